import { isDeepStrictEqual } from 'node:util';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { CommittedGraph } from './committed-graph.ts';
import { isSamePlainData } from './same-data.ts';

/** Null: it is what the log says at the index. Else what was said and what is. Of a list any stretch that is true will do. */
export function contradiction(
  graph: CommittedGraph,
  { key, value, index }: { readonly key: CacheKey; readonly value: CacheValue; readonly index: LogIndex },
): string | null {
  graph.compared += 1;
  if (value.kind !== key.kind) return `${JSON.stringify(key)} is said to be a ${value.kind}`;
  if (index > graph.index)
    return `${JSON.stringify(key)} is said to be known at ${index}, and ${graph.index} is committed`;
  const is = graph.valueAt(asLong(key, value), index);
  // Whoever holds all edges need not know that they are all.
  const known = is.kind === 'list' && value.kind === 'list' && !value.stretch.complete ? incomplete(is) : is;
  if (isSamePlainData(value, known) || isDeepStrictEqual(value, known)) return null;
  return `${JSON.stringify(key)} is said to be ${JSON.stringify(value)} at ${index}, and is ${JSON.stringify(known)}`;
}

/** A list that holds fewer edges than were asked for must be the whole list. */
export function isShort(key: CacheKey, value: CacheValue): boolean {
  return (
    key.kind === 'list' && value.kind === 'list' && !value.stretch.complete && value.stretch.edges.length < key.length
  );
}

function asLong(key: CacheKey, value: CacheValue): CacheKey {
  return key.kind === 'list' && value.kind === 'list' ? { ...key, length: value.stretch.edges.length } : key;
}

function incomplete({ kind, stretch }: Extract<CacheValue, { kind: 'list' }>): CacheValue {
  return { kind, stretch: { ...stretch, complete: false } };
}
