import type { Effect } from '#server/graph/effect.ts';
import type { EntityId, LogIndex, NodeId, Term, TimeMs } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';

/** An entry with one command, of key `key-INDEX`, at time INDEX unless said otherwise. */
export function entryWith(
  index: number,
  effects: readonly Effect[],
  options: { readonly term?: number; readonly time?: TimeMs } = {},
): AppliedEntry {
  const { term = 1, time = index } = options;
  const outcome = { kind: 'done', results: [] } as const;
  const records = [{ key: `key-${index}`, hash: `hash-${index}`, outcome, effects }];
  const payload = { kind: 'mutations', time, leader: 'n1' as NodeId, records } as const;
  return { index: index as LogIndex, term: term as Term, payload };
}

export function expiryEntry(index: number, before: TimeMs): AppliedEntry {
  const payload = { kind: 'expiry', time: index, leader: 'n1' as NodeId, before } as const;
  return { index: index as LogIndex, term: 1 as Term, payload };
}

export function userPut(id: number, properties: { readonly handle: string; readonly name: string }): Effect {
  const dates = { createdAt: 1, updatedAt: 1, version: 1 as LogIndex, deletingKey: null };
  return { kind: 'entity-put', created: true, entity: { id: id as EntityId, type: 'User', properties, ...dates } };
}

export function friendPut(from: number, to: number, time: TimeMs): Effect {
  const association = { from: from as EntityId, type: 'friend', to: to as EntityId, time, properties: {} };
  return { kind: 'association-put', association: { ...association, version: 1 as LogIndex } };
}

export function countPut(from: number, count: number): Effect {
  return { kind: 'count-put', from: from as EntityId, type: 'friend', count };
}
