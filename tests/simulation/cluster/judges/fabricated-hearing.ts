// For the tests of judges: small logs, and hearings that say what one likes.
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { Effect } from '#server/graph/effect.ts';
import type { Association } from '#server/graph/entity.ts';
import { idsPerEntryMax } from '#server/graph/identifiers.ts';
import type { EntityId, LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, CommandRecord, Outcome } from '#server/graph/log-payload.ts';
import { CommittedGraph } from './committed-graph.ts';
import type { ClusterHearing, DatabaseView, NodeView } from './cluster-hearing.ts';

export const n1 = 'n1' as NodeId;
export const n2 = 'n2' as NodeId;
export const done: Outcome = { kind: 'done', results: [{ id: null, changed: true }] };

export function at(index: number): LogIndex {
  return index as LogIndex;
}

/** The first id of an entry. */
export function idOf(index: number): EntityId {
  return (index * idsPerEntryMax) as EntityId;
}

export function record(key: string, effects: readonly Effect[] = [], outcome: Outcome = done): CommandRecord {
  return { key, hash: `hash of ${key}`, outcome, effects };
}

export function entry(index: number, records: readonly CommandRecord[], time = index * 10): AppliedEntry {
  return { index: at(index), term: 1 as Term, payload: { kind: 'mutations', time, leader: n1, records } };
}

export function user(index: number, name: string, version = index): Extract<Effect, { kind: 'entity-put' }> {
  const dates = { createdAt: index, updatedAt: version, version: at(version), deletingKey: null };
  const entity = { id: idOf(index), type: 'User', properties: { name }, ...dates };
  return { kind: 'entity-put', created: version === index, entity };
}

export function edge(from: number, to: number, version: number): Association {
  return { from: idOf(from), type: 'friend', to: idOf(to), time: version, properties: {}, version: at(version) };
}

/** Both directions with both counts, as the leader writes them. */
export function friends(one: number, other: number, version: number): readonly Effect[] {
  return [
    { kind: 'association-put', association: edge(one, other, version) },
    { kind: 'association-put', association: edge(other, one, version) },
    { kind: 'count-put', from: idOf(one), type: 'friend', count: 1 },
    { kind: 'count-put', from: idOf(other), type: 'friend', count: 1 },
  ];
}

/** Two users who become friends, and one of whom is then renamed. */
export function smallLog(): readonly AppliedEntry[] {
  return [
    entry(1, [record('a', [user(1, 'Ann')])]),
    entry(2, [record('b', [user(2, 'Ben')])]),
    entry(3, [record('c', friends(1, 2, 3))]),
    entry(4, [record('d', [user(1, 'Anna', 4)])]),
  ];
}

export const entityKey: CacheKey = { kind: 'entity', id: idOf(1) };
export const listKey: CacheKey = { kind: 'list', from: idOf(1), type: 'friend', length: 10 };

/** What it says of a key, whatever that is in truth. */
export function node(options: {
  readonly applied: number;
  readonly life?: number;
  readonly cached?: readonly { readonly key: CacheKey; readonly value: CacheValue; readonly label: number }[];
}): NodeView {
  const values = (options.cached ?? []).map((each) => ({ ...each, label: at(each.label) }));
  return {
    id: n1,
    life: options.life ?? 1,
    appliedIndex: at(options.applied),
    cached: (key) => values.find((each) => JSON.stringify(each.key) === JSON.stringify(key)),
    cachedValues: () => values,
  };
}

/** The database as it should be after so many entries of the graph. */
export function databaseAt(graph: CommittedGraph, index: number): DatabaseView {
  return {
    mark: { cluster: 'c', epoch: 1 as Term, index: at(index), term: 1 as Term, owner: n1 },
    value: (key) => graph.valueAt(key, at(index)),
    mutation: (key) => ({ ...record(key), index: at(1), term: 1 as Term, leader: n1, time: 0 }),
  };
}

export function graphOf(entries: readonly AppliedEntry[]): CommittedGraph {
  const graph = new CommittedGraph();
  for (const each of entries) graph.append(each);
  return graph;
}

const association = { type: 'friend', inverse: 'friend', fromType: 'User', toType: 'User', single: false };
const declarations: Declarations = {
  entities: new Map(),
  associations: new Map([['friend', association]]),
  digest: '',
};

export function hearing(what: Partial<ClusterHearing> = {}): ClusterHearing {
  const graph = what.graph ?? graphOf(what.committed ?? smallLog());
  return {
    declarations,
    graph,
    committed: [],
    touched: [],
    fills: [],
    database: { mark: null, value: (key) => graph.valueAt(key, at(0)), mutation: () => null },
    databaseWrites: [],
    mutationsAsked: [],
    mutationsTold: [],
    readsTold: [],
    statusesTold: [],
    isSweep: false,
    ...what,
  };
}
