import type { Entry } from '#consensus/core/types.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { encodeGlobalId } from '#server/graph/global-id.ts';
import type { AssociationType, EntityId, EntityType, LogIndex } from '#server/graph/identifiers.ts';
import type { AppliedEntry, CommandRecord } from '#server/graph/log-payload.ts';
import type { LogEntryReport } from './node-service.ts';
import { countRecords } from './payload-codec.ts';

const entityIdsMax = 20;

/** An entry that is applied here: what it did to the graph, in a few words. */
export function appliedSummary(
  { index, term, payload }: AppliedEntry,
  options: { readonly kind: Entry['kind']; readonly declarations: Declarations },
): LogEntryReport {
  const { kind, declarations } = options;
  const committed = { index, term, committed: true };
  if (payload === null) return { ...committed, ...withoutPayload(kind) };
  if (payload.kind === 'expiry')
    return { ...committed, kind: 'EXPIRY', mutations: 0, summary: 'old idempotency keys forgotten', entityIds: [] };
  return {
    ...committed,
    kind: 'MUTATIONS',
    mutations: payload.records.length,
    summary: summaryOf(payload.records),
    entityIds: entityIdsOf(payload.records, declarations),
  };
}

/** An entry that is in this node's log and not applied: its contents may still come to nothing, so they are not shown. */
export function pendingSummary(entry: Entry, commitIndex: LogIndex): LogEntryReport {
  const { index, term, kind, data } = entry;
  const head = { index, term, committed: index <= commitIndex };
  if (kind !== 'command') return { ...head, ...withoutPayload(kind) };
  const mutations = countRecords(data);
  if (mutations === null) return { ...head, kind: 'EXPIRY', mutations: 0, summary: '', entityIds: [] };
  return { ...head, kind: 'MUTATIONS', mutations, summary: countOf(mutations, 'mutation'), entityIds: [] };
}

function withoutPayload(kind: Entry['kind']): Pick<LogEntryReport, 'kind' | 'mutations' | 'summary' | 'entityIds'> {
  if (kind === 'configuration')
    return { kind: 'CONFIGURATION', mutations: 0, summary: 'members changed', entityIds: [] };
  return { kind: 'LEADER_START', mutations: 0, summary: 'a leader began its term', entityIds: [] };
}

/**
 * Such as `2 User created, 1 friend added`. An edge is counted in one direction only: its inverse is the same edge, and comes right after
 * it. An entry may hold ten thousand effects, so nothing is remembered of each.
 */
function summaryOf(records: readonly CommandRecord[]): string {
  const counts = new Map<string, Map<string, number>>();
  for (const { outcome, effects } of records) {
    if (outcome.kind === 'refused') count(counts, 'mutation', 'refused');
    let last: EdgeEnds | null = null;
    for (const effect of effects) {
      if (effect.kind === 'entity-put') count(counts, effect.entity.type, effect.created ? 'created' : 'changed');
      else if (effect.kind === 'entity-removed') count(counts, effect.type, 'removed');
      else if (effect.kind === 'association-put' || effect.kind === 'association-removed') {
        const edge: EdgeEnds = effect.kind === 'association-put' ? effect.association : effect;
        const isInverse: boolean = last !== null && last.from === edge.to && last.to === edge.from;
        last = isInverse ? null : edge;
        if (!isInverse) count(counts, edge.type, effect.kind === 'association-put' ? 'added' : 'removed');
      }
    }
  }
  const parts = [...counts].flatMap(([type, acts]) => [...acts].map(([act, number]) => `${number} ${type} ${act}`));
  return parts.length === 0 ? 'nothing changed' : parts.slice(0, 6).join(', ');
}

interface EdgeEnds {
  readonly from: EntityId;
  readonly type: AssociationType;
  readonly to: EntityId;
}

function count(counts: Map<string, Map<string, number>>, type: string, act: string): void {
  const acts = counts.get(type);
  if (acts === undefined) counts.set(type, new Map([[act, 1]]));
  else acts.set(act, (acts.get(act) ?? 0) + 1);
}

/** Of entities that changed, and of what edges that changed go from. */
function entityIdsOf(records: readonly CommandRecord[], declarations: Declarations): readonly string[] {
  const ids = new Map<EntityId, string>();
  const add = (id: EntityId, type: EntityType | undefined): void => {
    if (type !== undefined) ids.set(id, encodeGlobalId(type, id));
  };
  for (const { effects } of records) {
    for (const effect of effects) {
      if (ids.size >= entityIdsMax) return [...ids.values()];
      if (effect.kind === 'entity-put') add(effect.entity.id, effect.entity.type);
      else if (effect.kind === 'entity-removed') add(effect.id, effect.type);
      else if (effect.kind === 'association-put' || effect.kind === 'association-removed') {
        const { from, type } = effect.kind === 'association-put' ? effect.association : effect;
        add(from, declarations.associations.get(type)?.fromType);
      }
    }
  }
  return [...ids.values()];
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
