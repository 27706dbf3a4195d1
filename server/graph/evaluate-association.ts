import type { EntityReference, Operation } from './command.ts';
import { declaredAssociation, declaredInverse } from './declared-associations.ts';
import type { AssociationDeclaration } from './declarations.ts';
import type { EdgePlace, GraphDraft } from './graph-draft.ts';
import type { EntityId, AssociationType } from './identifiers.ts';
import { jsonEqual, mergeProperties } from './json.ts';
import type { OperationResult } from './log-payload.ts';
import { existingEntity, type OperationContext } from './operation-context.ts';
import { Refusal } from './refusal.ts';

type OperationOf<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>;

const unchanged: OperationResult = { id: null, changed: false };
const changed: OperationResult = { id: null, changed: true };

export function addAssociation(operation: OperationOf<'add-association'>, context: OperationContext): OperationResult {
  const { draft } = context;
  const edge = placeOf(context, operation, operation.type);
  const present = draft.association(edge.from, operation.type, edge.to);
  const time = operation.time ?? draft.now;
  const properties = mergeProperties({}, operation.properties);
  if (present === null) {
    refuseSecond(draft, edge);
    draft.putEdge(edge, { time, properties, isNew: true });
    return changed;
  }
  if (operation.ifPresent === 'keep') return unchanged;
  if (present.time === time && jsonEqual(present.properties, properties)) return unchanged;
  draft.putEdge(edge, { time, properties, isNew: false });
  return changed;
}

export function removeAssociation(
  operation: OperationOf<'remove-association'>,
  context: OperationContext,
): OperationResult {
  const { draft } = context;
  const edge = placeOf(context, operation, operation.type);
  if (draft.association(edge.from, operation.type, edge.to) === null) return unchanged;
  draft.removeEdge(edge);
  return changed;
}

/** The edge keeps its time and properties. */
export function changeAssociationType(
  operation: OperationOf<'change-association-type'>,
  context: OperationContext,
): OperationResult {
  const { draft } = context;
  const before = placeOf(context, operation, operation.type);
  const after = placeOf(context, operation, operation.newType);
  const present = draft.association(before.from, operation.type, before.to);
  if (present === null)
    throw new Refusal('NOT_FOUND', `there is no ${operation.type} from ${before.from} to ${before.to}`);
  if (operation.type === operation.newType) return unchanged;
  draft.removeEdge(before);
  // Looked for after the removal: of an edge from an entity to itself, the new one may be the inverse of the old.
  if (draft.association(after.from, operation.newType, after.to) !== null) {
    throw new Refusal('CONFLICT', `there is a ${operation.newType} from ${after.from} to ${after.to} already`);
  }
  refuseSecond(draft, after);
  draft.putEdge(after, { time: present.time, properties: present.properties, isNew: true });
  return changed;
}

function placeOf(
  context: OperationContext,
  ends: { readonly from: EntityReference; readonly to: EntityReference },
  type: AssociationType,
): EdgePlace {
  const declaration = declaredAssociation(context.draft.declarations, type);
  const from = existingEntity(context, ends.from, declaration.fromType).id;
  const to = existingEntity(context, ends.to, declaration.toType).id;
  return { from, declaration, to };
}

/** An association that is single holds one edge; the other end may be single too, or alone. */
function refuseSecond(draft: GraphDraft, edge: EdgePlace): void {
  refuseSecondOf(draft, edge.declaration, edge.from);
  const inverse = declaredInverse(draft.declarations, edge.declaration);
  if (inverse !== null) refuseSecondOf(draft, inverse, edge.to);
}

function refuseSecondOf(draft: GraphDraft, declaration: AssociationDeclaration, from: EntityId): void {
  if (!declaration.single || draft.count(from, declaration.type) === 0) return;
  throw new Refusal(
    'CONFLICT',
    `${declaration.fromType} ${from} has a ${declaration.type} already, and can have only one`,
  );
}
