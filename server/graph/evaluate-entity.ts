import type { Operation } from './command.ts';
import { associationsFrom } from './declared-associations.ts';
import type { EntityDeclaration } from './declarations.ts';
import type { Entity, Properties } from './entity.ts';
import { assert } from './errors.ts';
import type { GraphDraft } from './graph-draft.ts';
import type { EntityId, EntityType, LogIndex } from './identifiers.ts';
import { jsonEqual, mergeProperties } from './json.ts';
import { smallDeletionEdgesMax } from './limits.ts';
import type { OperationResult } from './log-payload.ts';
import { existingEntity, largeDeletion, nameOf, type OperationContext } from './operation-context.ts';
import { Refusal } from './refusal.ts';
import { checkEntityProperties, checkPropertiesSize } from './validate-properties.ts';

type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;

export function createEntity(operation: OperationOf<'create-entity'>, context: OperationContext): OperationResult {
  const { draft } = context;
  const { type } = operation;
  const properties = mergeProperties({}, operation.properties);
  const key = keyOf(declarationOf(draft, type), properties);
  if (key !== null) refuseTakenKey(draft, { type, key, id: null });
  const id = context.nextId();
  const entity: Entity = {
    id,
    type,
    properties,
    createdAt: draft.now,
    updatedAt: draft.now,
    version: draft.index,
    deletingKey: null,
  };
  draft.putEntity(entity, { created: true });
  if (key !== null) draft.putKey(type, key, id);
  return { id, type: operation.type, changed: true };
}

export function updateEntity(operation: OperationOf<'update-entity'>, context: OperationContext): OperationResult {
  const { draft } = context;
  const entity = existingEntity(context, operation.id, operation.expectedType);
  refuseOtherVersion(entity, operation.ifVersion);
  const declaration = declarationOf(draft, entity.type);
  // Where the client named no type, this is the first moment at which it is known what the properties must be.
  checkEntityProperties({ properties: operation.properties, declaration, create: false, path: 'properties' });
  const properties = mergeProperties(entity.properties, operation.properties);
  if (jsonEqual(properties, entity.properties)) return { id: null, changed: false };
  checkPropertiesSize(properties, 'properties');

  changeKey(draft, entity, keyOf(declaration, properties));
  draft.putEntity({ ...entity, properties, updatedAt: draft.now, version: draft.index }, { created: false });
  return { id: null, changed: true };
}

export function deleteEntity(
  operation: OperationOf<'delete-entity'>,
  context: OperationContext,
): OperationResult | typeof largeDeletion {
  const { draft } = context;
  const entity = existingEntity(context, operation.id, operation.expectedType);
  refuseOtherVersion(entity, operation.ifVersion);
  const edges = edgesCount(draft, entity);
  if (edges > smallDeletionEdgesMax) {
    if (!context.alone) {
      throw new Refusal(
        'TOO_LARGE',
        `${nameOf(entity)} has ${edges} edges and can only be deleted by a mutation of its own`,
      );
    }
    draft.putEntity({ ...entity, deletingKey: context.key }, { created: false });
    return largeDeletion;
  }
  for (const declaration of associationsFrom(draft.declarations, entity.type)) {
    const length = draft.count(entity.id, declaration.type) + 1;
    if (length === 1) continue;
    const { edges: list } = draft.list(entity.id, declaration.type, length);
    const others = list.map(({ to }) => to);
    draft.removeEdges(entity.id, declaration, others);
  }
  removeBareEntity(draft, entity);
  return { id: null, changed: true };
}

/** An entity without edges, and the key it holds. */
export function removeBareEntity(draft: GraphDraft, entity: Entity): void {
  for (const { type } of associationsFrom(draft.declarations, entity.type)) {
    const left = draft.count(entity.id, type);
    assert(left === 0, `${nameOf(entity)} would be removed with ${left} edges of type ${type} left`);
  }
  const key = keyOf(declarationOf(draft, entity.type), entity.properties);
  if (key !== null) draft.removeKey(entity.type, key);
  draft.removeEntity(entity);
}

/** Of all declared types together. Edges without an inverse are counted where they start, and only there. */
function edgesCount(draft: GraphDraft, entity: Entity): number {
  return associationsFrom(draft.declarations, entity.type).reduce(
    (sum, { type }) => sum + draft.count(entity.id, type),
    0,
  );
}

function refuseOtherVersion(entity: Entity, ifVersion: LogIndex | null): void {
  if (ifVersion === null || ifVersion === entity.version) return;
  throw new Refusal('CONFLICT', `${nameOf(entity)} is at version ${entity.version}, not ${ifVersion}`);
}

function changeKey(draft: GraphDraft, entity: Entity, key: string | null): void {
  const { type, id } = entity;
  const before = keyOf(declarationOf(draft, type), entity.properties);
  if (before === key) return;
  if (key !== null) refuseTakenKey(draft, { type, key, id });
  if (before !== null) draft.removeKey(type, before);
  if (key !== null) draft.putKey(type, key, id);
}

function refuseTakenKey(
  draft: GraphDraft,
  wanted: { readonly type: EntityType; readonly key: string; readonly id: EntityId | null },
): void {
  const holder = draft.unique(wanted.type, wanted.key);
  if (holder === null || holder === wanted.id) return;
  throw new Refusal('CONFLICT', `another ${wanted.type} has the key ${JSON.stringify(wanted.key)}`);
}

function keyOf(declaration: EntityDeclaration, properties: Properties): string | null {
  if (declaration.key === null) return null;
  const key = Object.hasOwn(properties, declaration.key) ? properties[declaration.key] : undefined;
  return typeof key === 'string' ? key : null;
}

function declarationOf(draft: GraphDraft, type: EntityType): EntityDeclaration {
  const declaration = draft.declarations.entities.get(type);
  assert(declaration !== undefined, `the entity type ${type} is not declared`);
  return declaration;
}
