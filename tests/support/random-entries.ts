import * as fc from 'fast-check';
import type { Effect } from '#server/graph/effect.ts';
import type { Entity } from '#server/graph/entity.ts';
import { idsPerEntryMax, type EntityId, type LogIndex, type NodeId, type Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, CommandRecord } from '#server/graph/log-payload.ts';
import { NaiveGraph } from './naive-graph.ts';

const weights = { create: 4, befriend: 9, unfriend: 3, rename: 3, mark: 1, delete: 2, expire: 1 } as const;

/** A change in small numbers, which mean whatever is there when it comes to it. */
interface GraphChange {
  readonly kind: keyof typeof weights;
  readonly one: number;
  readonly other: number;
  readonly time: number;
}

const kinds = fc.oneof(
  ...(Object.keys(weights) as GraphChange['kind'][]).map((kind) => ({
    weight: weights[kind],
    arbitrary: fc.constant(kind),
  })),
);

export const graphChange: fc.Arbitrary<GraphChange> = fc.record({
  kind: kinds,
  one: fc.nat(99),
  other: fc.nat(99),
  time: fc.nat(3),
});

const names = ['Ann Lee', 'José Ann', 'joann', '李 小龙', `O'Brien \\ "x"`, 'Ölaf', '%_', 'ann ann', '', 'z'] as const;
const entryMs = 1_000;

/** A log that makes these changes, one an entry: effects are made from a naive graph, as the leader makes them from its view. */
export function entriesOf(changes: readonly GraphChange[]): { entries: readonly AppliedEntry[]; graph: NaiveGraph } {
  const graph = new NaiveGraph();
  const entries = changes.map((change, place) => {
    const entry = entryOf(graph, change, (place + 1) as LogIndex);
    graph.apply(entry);
    return entry;
  });
  return { entries, graph };
}

function entryOf(graph: NaiveGraph, change: GraphChange, index: LogIndex): AppliedEntry {
  const time = index * entryMs;
  const [leader, term] = ['n1' as NodeId, 1 as Term];
  if (change.kind === 'expire') {
    return { index, term, payload: { kind: 'expiry', time, leader, before: time - (change.one % 5) * entryMs } };
  }
  const effects = effectsOf(graph, change, index);
  const outcome = { kind: 'done', results: [{ id: null, changed: true }] } as const;
  // Some keys come again, as a large deletion's does.
  const record: CommandRecord = { key: `key ${index % 7}`, hash: `hash-${index}`, outcome, effects };
  return { index, term, payload: { kind: 'mutations', time, leader, records: [record] } };
}

function effectsOf(graph: NaiveGraph, change: GraphChange, index: LogIndex): readonly Effect[] {
  if (change.kind === 'create') return createEffects(change, index);
  const users = graph.idsOfType('User');
  const [one, other] = [users[change.one % users.length], users[change.other % users.length]];
  const user = one === undefined ? undefined : graph.entities.get(one);
  if (one === undefined || other === undefined || user === undefined) return [];
  switch (change.kind) {
    case 'befriend':
      return one === other
        ? []
        : [...edgeEffects(graph, one, other, change, index), ...edgeEffects(graph, other, one, change, index)];
    case 'unfriend':
      return one === other ? [] : [...edgeGone(graph, one, other), ...edgeGone(graph, other, one)];
    case 'rename':
      return renameEffects(user, names[change.other % names.length] ?? '', index);
    case 'mark':
      return [{ kind: 'entity-put', created: false, entity: { ...user, deletingKey: 'key', version: index } }];
    case 'delete':
      return deleteEffects(graph, user);
    case 'expire':
      return [];
  }
}

function createEffects({ one, other, time }: GraphChange, index: LogIndex): readonly Effect[] {
  return Array.from({ length: 1 + time }, (_, place): readonly Effect[] => {
    const id = (index * idsPerEntryMax + place) as EntityId;
    const properties = { name: names[(one + place) % names.length] ?? '', age: other, handle: `h${id}` };
    const dates = { createdAt: index, updatedAt: index, version: index, deletingKey: null };
    const type = other % 10 === 0 ? 'Status' : 'User';
    return [
      { kind: 'entity-put', created: true, entity: { id, type, properties, ...dates } },
      { kind: 'key-put', type, key: `h${id}`, id },
    ];
  }).flat();
}

function edgeEffects(
  graph: NaiveGraph,
  from: EntityId,
  to: EntityId,
  change: GraphChange,
  version: LogIndex,
): readonly Effect[] {
  const edges = graph.list(from, 'friend');
  const isNew = edges.every((edge) => edge.to !== to);
  const properties = change.time === 0 ? { since: 'school', nested: { list: [1, null, 'é'] } } : {};
  return [
    { kind: 'association-put', association: { from, type: 'friend', to, time: change.time, properties, version } },
    ...(isNew ? [{ kind: 'count-put', from, type: 'friend', count: edges.length + 1 } as const] : []),
  ];
}

function edgeGone(graph: NaiveGraph, from: EntityId, to: EntityId): readonly Effect[] {
  const edges = graph.list(from, 'friend');
  if (edges.every((edge) => edge.to !== to)) return [];
  return [
    { kind: 'association-removed', from, type: 'friend', to },
    { kind: 'count-put', from, type: 'friend', count: edges.length - 1 },
  ];
}

function renameEffects(user: Entity, name: string, version: LogIndex): readonly Effect[] {
  const handle = `h${version}`;
  return [
    { kind: 'key-removed', type: user.type, key: handleOf(user) },
    { kind: 'key-put', type: user.type, key: handle, id: user.id },
    {
      kind: 'entity-put',
      created: false,
      entity: { ...user, properties: { ...user.properties, name, handle }, version },
    },
  ];
}

function deleteEffects(graph: NaiveGraph, user: Entity): readonly Effect[] {
  const friends = graph.list(user.id, 'friend');
  return [
    ...friends.flatMap(({ to }): readonly Effect[] => [
      { kind: 'association-removed', from: user.id, type: 'friend', to },
      ...edgeGone(graph, to, user.id),
    ]),
    { kind: 'count-put', from: user.id, type: 'friend', count: 0 },
    { kind: 'key-removed', type: user.type, key: handleOf(user) },
    { kind: 'entity-removed', id: user.id, type: user.type },
  ];
}

export function handleOf({ properties }: Entity): string {
  const handle = properties['handle'];
  return typeof handle === 'string' ? handle : '';
}
