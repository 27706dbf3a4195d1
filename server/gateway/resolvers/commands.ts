/** Inputs of mutations as operations of a command. */
import type {
  AssociationInput,
  BatchOperation,
  ChangeAssociationTypeInput,
  CreateEntityInput,
  DeleteInput,
  RemoveAssociationInput,
  UpdateEntityInput,
} from '#schema/generated/server.ts';
import type { EntityReference, Operation, PropertyChanges } from '#server/graph/command.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { GraphError } from '#server/graph/errors.ts';
import { decodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityType, LogIndex } from '#server/graph/identifiers.ts';
import { declaredAssociation, idOfType } from './arguments.ts';

/** Properties of an input: those with a field of their own and the others, none of them twice. */
export function propertiesOf(
  fields: Readonly<Record<string, unknown>>,
  others: Readonly<Record<string, unknown>> | null | undefined,
): PropertyChanges {
  const properties = new Map(Object.entries(others ?? {}));
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (properties.has(name)) throw new GraphError('BAD_INPUT', `${name} is given twice: as a field and in properties`);
    properties.set(name, value);
  }
  // Values are JSON: they come from scalars that take nothing else.
  return Object.fromEntries(properties) as PropertyChanges;
}

/** The version that a change is meant for. */
export function versionOf(input: { readonly ifVersion?: number | null }): LogIndex | null {
  return (input.ifVersion ?? null) as LogIndex | null;
}

export function createEntity(input: CreateEntityInput): Operation {
  return { kind: 'create-entity', type: input.type, properties: propertiesOf({}, input.properties) };
}

export function updateEntity(input: UpdateEntityInput): Operation {
  return {
    kind: 'update-entity',
    ...targetOf(input.id),
    properties: propertiesOf({}, input.properties),
    ifVersion: versionOf(input),
  };
}

/** `type`: what the id must be of; null: anything. */
export function deleteEntity(input: DeleteInput, type: EntityType | null): Operation {
  if (type !== null) idOfType(input.id, type, 'id');
  return { kind: 'delete-entity', ...targetOf(input.id), ifVersion: versionOf(input) };
}

export function addAssociation(input: AssociationInput, declarations: Declarations): Operation {
  return {
    kind: 'add-association',
    ...edgeOf(input, declarations),
    time: input.time ?? null,
    properties: propertiesOf({}, input.properties),
    ifPresent: 'replace',
  };
}

export function removeAssociation(input: RemoveAssociationInput, declarations: Declarations): Operation {
  return { kind: 'remove-association', ...edgeOf(input, declarations) };
}

export function changeAssociationType(input: ChangeAssociationTypeInput, declarations: Declarations): Operation {
  const newType = declaredAssociation(declarations, input.newType).type;
  return { kind: 'change-association-type', ...edgeOf(input, declarations), newType };
}

/** One operation of a batch. The batch has a key for all of them, so a key in one is a misunderstanding. */
export function batchOperation(operation: BatchOperation, declarations: Declarations): Operation {
  for (const input of Object.values(operation)) {
    const key: unknown = (input as { readonly idempotencyKey?: unknown } | null)?.idempotencyKey;
    if (typeof key === 'string')
      throw new GraphError('BAD_INPUT', 'an operation of a batch takes no idempotencyKey; the batch itself does');
  }
  if (operation.createEntity) return createEntity(operation.createEntity);
  if (operation.updateEntity) return updateEntity(operation.updateEntity);
  if (operation.deleteEntity) return deleteEntity(operation.deleteEntity, null);
  if (operation.addAssociation) return addAssociation(operation.addAssociation, declarations);
  if (operation.removeAssociation) return removeAssociation(operation.removeAssociation, declarations);
  throw new GraphError('BAD_INPUT', 'an operation of a batch must be exactly one of its fields');
}

function targetOf(id: string): { readonly id: EntityReference; readonly expectedType: EntityType | null } {
  const created = createdReference(id);
  if (created !== null) return { id: created, expectedType: null };
  const decoded = decodeGlobalId(id);
  return { id: decoded.id, expectedType: decoded.type };
}

function edgeOf(
  input: { readonly from: string; readonly type: string; readonly to: string },
  declarations: Declarations,
): { readonly from: EntityReference; readonly type: string; readonly to: EntityReference } {
  const { type, fromType, toType } = declaredAssociation(declarations, input.type);
  return {
    from: createdReference(input.from) ?? idOfType(input.from, fromType, 'from'),
    type,
    to: createdReference(input.to) ?? idOfType(input.to, toType, 'to'),
  };
}

/** `#3`: what the operation at place 3 creates. Outside of a batch no operation stands before, and the graph refuses it. */
function createdReference(id: string): { readonly created: number } | null {
  return /^#\d{1,4}$/.test(id) ? { created: Number(id.slice(1)) } : null;
}
