import { associationsFrom, declaredInverse } from './declared-associations.ts';
import type { Declarations } from './declarations.ts';
import type { Effect } from './effect.ts';
import type { Entity } from './entity.ts';
import { assert } from './errors.ts';
import { removeBareEntity } from './evaluate-entity.ts';
import type { GraphView } from './evaluate-port.ts';
import { GraphDraft } from './graph-draft.ts';
import type { EntityId, LogIndex, TimeMs } from './identifiers.ts';
import { deletionStepEffectsMax } from './limits.ts';

/** The entity itself and its key. */
const bareEffects = 2;

/**
 * The next commit in the deletion of a marked entity: as many edges as fit, newest first, each with its inverse and both counts; with the
 * last of them the entity and its key, and then `finished`. Throws KeysMissing for what the view does not know. The entry's record
 * carries the entity's `deletingKey`, with the outcome `pending` until `finished`, then `done`.
 */
export function deletionStep(options: {
  readonly view: GraphView;
  readonly id: EntityId;
  readonly declarations: Declarations;
  readonly index: LogIndex;
  readonly now: TimeMs;
  readonly effectsMax?: number;
}): { readonly effects: readonly Effect[]; readonly finished: boolean } {
  const { effectsMax = deletionStepEffectsMax } = options;
  const draft = new GraphDraft(options);
  const entity = draft.entity(options.id);
  assert(entity !== null && entity.deletingKey !== null, `entity ${options.id} is not marked as being deleted`);
  const edgesLeft = removeNewestEdges(draft, entity, effectsMax - bareEffects);
  if (!edgesLeft) removeBareEntity(draft, entity);
  const effects = draft.takeEffects();
  assert(effects.length <= effectsMax, `${effects.length} effects in one step of a deletion`);
  return { effects, finished: !edgesLeft };
}

/** True when some had to be left for the next step. */
function removeNewestEdges(draft: GraphDraft, entity: Entity, effectsMax: number): boolean {
  for (const declaration of associationsFrom(draft.declarations, entity.type)) {
    const count = draft.count(entity.id, declaration.type);
    if (count === 0) continue;
    // Two directions and the count at the other end; the entity's own count of this type is one more, whatever the number of edges.
    const effectsPerEdge = declaredInverse(draft.declarations, declaration) === null ? 1 : 3;
    const fitting = Math.max(0, Math.floor((effectsMax - draft.effectsCount - 2) / effectsPerEdge));
    const length = Math.min(count, fitting);
    if (length === 0) return true;
    const edges = draft.list(entity.id, declaration.type, length).edges.slice(0, length);
    assert(
      edges.length === length,
      `${count} ${declaration.type} from ${entity.id} are counted and ${edges.length} found`,
    );
    const others = edges.map(({ to }) => to);
    draft.removeEdges(entity.id, declaration, others);
    if (length < count) return true;
  }
  return false;
}
