import type { PropertyChanges } from './command.ts';
import { isDateTime } from './date-time.ts';
import type { EntityDeclaration, PropertyDeclaration, PropertyKind } from './declarations.ts';
import type { JsonValue, Properties } from './entity.ts';
import { GraphError } from './errors.ts';
import { checkJson, checkName, checkPlainObject, checkString, jsonBytes } from './json.ts';
import {
  keyCharactersMax,
  namedStringCharactersMax,
  propertiesBytesMax,
  propertyNameCharactersMax,
  propertyNamesMax,
  stringCharactersMax,
} from './limits.ts';

/** Anything printable that is not space: databases disagree about spaces at the end of a key, and people about those inside. */
const keyPattern = /^[^\s\p{C}\p{Z}]+$/u;

/** Any names with any JSON: what an edge holds, and the frame of what an entity holds. Null stands for removal. */
export function checkProperties(properties: PropertyChanges, path: string): void {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    throw new GraphError('BAD_INPUT', `${path} must be a JSON object`);
  }
  checkPlainObject(properties, path);
  for (const [name, value] of Object.entries(properties)) {
    if (name === '') throw new GraphError('BAD_INPUT', `${path} holds a property without a name`);
    checkName(name, path);
    checkString(name, `the name of a property in ${path}`, propertyNameCharactersMax);
    checkJson(value, `${path}.${name}`);
  }
  checkPropertiesSize(properties, path);
}

/** TOO_LARGE when there is more of them than one entity or edge may hold. */
export function checkPropertiesSize(properties: Properties, path: string): void {
  const names = Object.keys(properties).length;
  if (names > propertyNamesMax) {
    throw new GraphError('TOO_LARGE', `${path} holds ${names} properties, at most ${propertyNamesMax} are allowed`);
  }
  const bytes = jsonBytes(properties);
  if (bytes > propertiesBytesMax) {
    throw new GraphError(
      'TOO_LARGE',
      `${path} takes ${bytes} bytes as JSON, at most ${propertiesBytesMax} are allowed`,
    );
  }
}

/** What a declared type asks of its entities. `create`: required properties must be there, not only not be removed. */
export function checkEntityProperties(options: {
  readonly properties: PropertyChanges;
  readonly declaration: EntityDeclaration;
  readonly create: boolean;
  readonly path: string;
}): void {
  const { properties, declaration, create, path } = options;
  checkProperties(properties, path);
  for (const property of declaration.properties.values()) {
    const value = Object.hasOwn(properties, property.name) ? properties[property.name] : undefined;
    const place = `${path}.${property.name}`;
    if (value === undefined || value === null) {
      checkAbsence({ property, removed: value === null, create, place });
    } else {
      checkDeclaredValue(property, value, place);
      if (property.name === declaration.key) checkKey(property, value, place);
    }
  }
}

function checkAbsence(options: {
  readonly property: PropertyDeclaration;
  readonly removed: boolean;
  readonly create: boolean;
  readonly place: string;
}): void {
  const { property, removed, create, place } = options;
  if (!property.required) return;
  if (removed) throw new GraphError('BAD_INPUT', `${place} is required and cannot be null`);
  if (create && property.defaultValue === undefined) throw new GraphError('BAD_INPUT', `${place} is required`);
}

function checkDeclaredValue(property: PropertyDeclaration, value: JsonValue, place: string): void {
  if (!property.list) return checkScalar(property, value, place);
  if (!Array.isArray(value)) throw new GraphError('BAD_INPUT', `${place} must be a list of ${property.kind}`);
  value.forEach((item: JsonValue, index) => checkScalar(property, item, `${place}[${index}]`));
}

function checkScalar(property: PropertyDeclaration, value: JsonValue, place: string): void {
  if (!isOfKind(property.kind, value)) {
    throw new GraphError('BAD_INPUT', `${place} must be ${property.kind}, not ${describe(value)}`);
  }
  const charactersMax = namedStringCharactersMax.get(property.name);
  if (typeof value === 'string' && charactersMax !== undefined) checkString(value, place, charactersMax);
}

function isOfKind(kind: PropertyKind, value: JsonValue): boolean {
  switch (kind) {
    case 'String':
    case 'ID':
      return typeof value === 'string';
    case 'Int':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31;
    case 'Float':
      return typeof value === 'number';
    case 'Boolean':
      return typeof value === 'boolean';
    case 'DateTime':
      return typeof value === 'string' && isDateTime(value);
    case 'JSON':
      return value !== null;
  }
}

function checkKey(property: PropertyDeclaration, value: JsonValue, place: string): void {
  if (typeof value !== 'string' || !keyPattern.test(value)) {
    throw new GraphError('BAD_INPUT', `${place} must be printable characters without spaces`);
  }
  checkString(
    value,
    place,
    namedStringCharactersMax.get(property.name) ?? Math.min(keyCharactersMax, stringCharactersMax),
  );
}

function describe(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
