import { Kind, type DocumentNode, type FieldDefinitionNode, type ObjectTypeDefinitionNode } from 'graphql';
import { directiveOf, namedType } from './expand-entities.ts';

/** What a client has to ask for to see the whole graph: each entity, and each association from one of its two ends. */
export interface GraphOutline {
  readonly entities: readonly EntityOutline[];
}

export interface EntityOutline {
  readonly type: string;
  /** The field of Query that lists all entities of the type, by `first` and `after`. */
  readonly listField: string;
  /** The list says how many there are. */
  readonly isCounted: boolean;
  readonly associations: readonly AssociationOutline[];
}

export interface AssociationOutline {
  readonly type: string;
  /** Its own inverse: it is seen from both ends all the same. */
  readonly isSymmetric: boolean;
}

interface Claim extends AssociationOutline {
  readonly inverse: string | null;
  readonly from: string;
  readonly isList: boolean;
}

/** Of a schema in its expanded form. Throws for an entity type that no field of Query lists. */
export function graphOutline(schema: DocumentNode): GraphOutline {
  const objects = new Map<string, ObjectTypeDefinitionNode>();
  for (const definition of schema.definitions)
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) objects.set(definition.name.value, definition);
  const entities = [...objects.values()].filter((object) => directiveOf(object, 'entity') !== undefined);
  const claims = new Map(entities.flatMap(claimsOf).map((claim) => [claim.type, claim]));
  return {
    entities: entities.map(({ name: { value: type } }) => ({
      type,
      ...listFieldOf(type, objects),
      associations: [...claims.values()]
        .filter((claim) => claim.from === type && isChosen(claim, claims.get(claim.inverse ?? '')))
        .map((claim) => ({ type: claim.type, isSymmetric: claim.isSymmetric })),
    })),
  };
}

function listFieldOf(
  type: string,
  objects: ReadonlyMap<string, ObjectTypeDefinitionNode>,
): Pick<EntityOutline, 'listField' | 'isCounted'> {
  for (const field of objects.get('Query')?.fields ?? []) {
    const names = (field.arguments ?? []).map((argument) => argument.name.value).toSorted();
    const page = objects.get(namedType(field.type).name.value)?.fields ?? [];
    const nodes = page.find(({ name }) => name.value === 'nodes');
    if (names.join(' ') !== 'after first' || nodes === undefined || namedType(nodes.type).name.value !== type) continue;
    return { listField: field.name.value, isCounted: page.some(({ name }) => name.value === 'totalCount') };
  }
  throw new Error(`No field of Query lists the entities of type ${type}.`);
}

function claimsOf(entity: ObjectTypeDefinitionNode): readonly Claim[] {
  return (entity.fields ?? []).flatMap((field) => {
    const type = textOf(field, 'type');
    if (type === null) return [];
    const inverse = textOf(field, 'inverse');
    const isList = (field.arguments ?? []).some((argument) => argument.name.value === 'first');
    return [{ type, inverse, from: entity.name.value, isList, isSymmetric: inverse === type }];
  });
}

/** From the end that has many, as there are fewer of such ends; else from the one whose name comes first. */
function isChosen(claim: Claim, other: Claim | undefined): boolean {
  if (other === undefined || claim.isSymmetric) return true;
  return claim.isList === other.isList ? claim.type < other.type : claim.isList;
}

function textOf(field: FieldDefinitionNode, name: string): string | null {
  const argument = directiveOf(field, 'association')?.arguments?.find((each) => each.name.value === name);
  return argument?.value.kind === Kind.STRING ? argument.value.value : null;
}
