import type { Command, EntityReference, Operation } from './command.ts';
import type { AssociationDeclaration, Declarations, EntityDeclaration } from './declarations.ts';
import { GraphError } from './errors.ts';
import type { AssociationType, EntityType } from './identifiers.ts';
import { operationsMax, timeMsMax, timeMsMin } from './limits.ts';
import { checkEntityProperties, checkProperties } from './validate-properties.ts';

/** What is known of a command while its operations are checked one after the other. */
interface Check {
  readonly declarations: Declarations;
  readonly operations: readonly Operation[];
  /** Of the operation being checked. */
  readonly place: number;
}

/**
 * Refuses, before anything is logged, everything that is wrong whatever the graph holds. Throws GraphError BAD_INPUT or TOO_LARGE; the
 * message says where. Takes a command that came over a link as well: nothing but the type of the argument is believed.
 */
export function validateCommand(command: Command, declarations: Declarations): void {
  const { operations } = command;
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new GraphError('BAD_INPUT', 'a command needs at least one operation');
  }
  if (operations.length > operationsMax) {
    throw new GraphError(
      'TOO_LARGE',
      `${operations.length} operations, at most ${operationsMax} are allowed in one command`,
    );
  }
  for (let place = 0; place < operations.length; place++) checkOperation({ declarations, operations, place });
}

function checkOperation(check: Check): void {
  const operation = check.operations[check.place];
  if (operation === undefined || operation === null) throw badInput(check, 'is missing');
  switch (operation.kind) {
    case 'create-entity': {
      const declaration = declaredEntity(check, operation.type);
      return checkEntityProperties({
        properties: operation.properties,
        declaration,
        create: true,
        path: path(check, 'properties'),
      });
    }
    case 'update-entity':
      return checkUpdate(check, operation);
    case 'delete-entity':
      checkVersion(check, operation.ifVersion);
      return void targetType(check, operation);
    case 'add-association':
      checkEnds(check, operation, declaredAssociation(check, operation.type));
      checkTime(check, operation.time);
      if (operation.ifPresent !== 'replace' && operation.ifPresent !== 'keep')
        throw badInput(check, 'has no known ifPresent');
      return checkProperties(operation.properties, path(check, 'properties'));
    case 'remove-association':
      return checkEnds(check, operation, declaredAssociation(check, operation.type));
    case 'change-association-type':
      return checkTypeChange(check, operation);
    default:
      throw badInput(check, 'is of no known kind');
  }
}

function checkUpdate(check: Check, operation: Extract<Operation, { kind: 'update-entity' }>): void {
  checkVersion(check, operation.ifVersion);
  const type = targetType(check, operation);
  const { properties } = operation;
  // Without a type the graph decides later what its entity is, and `evaluate` checks what is declared then.
  if (type === null) return checkProperties(properties, path(check, 'properties'));
  checkEntityProperties({
    properties,
    declaration: declaredEntity(check, type),
    create: false,
    path: path(check, 'properties'),
  });
}

function checkTypeChange(check: Check, operation: Extract<Operation, { kind: 'change-association-type' }>): void {
  const before = declaredAssociation(check, operation.type);
  const after = declaredAssociation(check, operation.newType);
  if (before.fromType !== after.fromType || before.toType !== after.toType) {
    throw badInput(
      check,
      `cannot change ${before.type} (${before.fromType} to ${before.toType}) into ${after.type} (${after.fromType} to ${after.toType})`,
    );
  }
  checkEnds(check, operation, before);
  checkEnds(check, operation, after);
}

function checkEnds(
  check: Check,
  edge: { readonly from: EntityReference; readonly to: EntityReference },
  declaration: AssociationDeclaration,
): void {
  checkEnd(check, edge.from, 'from', declaration.fromType);
  checkEnd(check, edge.to, 'to', declaration.toType);
  if (declaration.inverse === declaration.type && isSameReference(edge.from, edge.to)) {
    throw badInput(check, `cannot join an entity with itself by the symmetric type ${declaration.type}`);
  }
}

function checkEnd(check: Check, reference: EntityReference, end: string, wanted: EntityType): void {
  const created = referencedType(check, reference, end);
  if (created !== null && created !== wanted)
    throw badInput(check, `${end} must be a ${wanted}, and #${place(reference)} is a ${created}`);
}

/** The type that an update or a deletion is about, as far as the command itself says. */
function targetType(
  check: Check,
  operation: { readonly id: EntityReference; readonly expectedType: EntityType | null },
): EntityType | null {
  const created = referencedType(check, operation.id, 'id');
  const { expectedType } = operation;
  if (expectedType === null) return created;
  declaredEntity(check, expectedType);
  if (created !== null && created !== expectedType)
    throw badInput(check, `wants a ${expectedType}, and #${place(operation.id)} is a ${created}`);
  return expectedType;
}

/** The type of what `#n` creates; null for an id, of which only the graph knows what it is. */
function referencedType(check: Check, reference: EntityReference, field: string): EntityType | null {
  if (typeof reference === 'number') {
    if (Number.isSafeInteger(reference) && reference > 0) return null;
    throw badInput(check, `has ${String(reference)} as ${field}, which is no id`);
  }
  const created: unknown = reference?.created;
  if (typeof created !== 'number' || !Number.isInteger(created)) throw badInput(check, `has no ${field}`);
  const operation = created < check.place ? check.operations[created] : undefined;
  if (operation?.kind !== 'create-entity') {
    throw badInput(check, `refers to #${created} as ${field}, and no operation before it creates an entity there`);
  }
  return operation.type;
}

function declaredEntity(check: Check, type: EntityType): EntityDeclaration {
  const declaration = check.declarations.entities.get(type);
  if (declaration === undefined)
    throw badInput(check, `names the entity type ${JSON.stringify(type)}, which is not declared`);
  return declaration;
}

function declaredAssociation(check: Check, type: AssociationType): AssociationDeclaration {
  const declaration = check.declarations.associations.get(type);
  if (declaration === undefined)
    throw badInput(check, `names the association type ${JSON.stringify(type)}, which is not declared`);
  return declaration;
}

function checkVersion(check: Check, version: unknown): void {
  if (version === null) return;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) {
    throw badInput(check, 'has an ifVersion that is no log index');
  }
}

function checkTime(check: Check, time: unknown): void {
  if (time === null) return;
  if (typeof time !== 'number' || !Number.isInteger(time) || time < timeMsMin || time > timeMsMax) {
    throw badInput(check, 'has a time outside of the years 1 to 9999');
  }
}

function isSameReference(left: EntityReference, right: EntityReference): boolean {
  if (typeof left === 'number' || typeof right === 'number') return left === right;
  return left.created === right.created;
}

function place(reference: EntityReference): string {
  return typeof reference === 'number' ? '' : String(reference.created);
}

function path(check: Check, field: string): string {
  return check.operations.length === 1 ? field : `operations[${check.place}].${field}`;
}

function badInput(check: Check, text: string): GraphError {
  return new GraphError('BAD_INPUT', `operation ${check.place} ${text}`);
}
