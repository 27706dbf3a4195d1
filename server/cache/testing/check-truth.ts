import { isDeepStrictEqual } from 'node:util';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import { assert } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { LabelledValue } from '../graph-cache.ts';

interface Judged {
  readonly appliedIndex: LogIndex;
  cachedValues(): Iterable<LabelledValue & { readonly key: CacheKey }>;
}

/** What replaying the log up to an index gives for a key. */
export type Truth = (key: CacheKey, index: LogIndex) => CacheValue;

/** Rule 5: every cached value is what the log up to max(label, P) gives. Knows nothing of how it came there. */
export function checkTruth(cache: Judged, truth: Truth): number {
  let checked = 0;
  for (const { key, value, label } of cache.cachedValues()) {
    const index = Math.max(label, cache.appliedIndex) as LogIndex;
    assertTrue(key, value, truth(key, index), index);
    checked += 1;
  }
  return checked;
}

/** An incomplete stretch may turn out to be all there is; a complete one must be. */
export function assertTrue(key: CacheKey, value: CacheValue, expected: CacheValue, index: LogIndex): void {
  const said = `${JSON.stringify(key)} is cached as ${JSON.stringify(value)} and was ${JSON.stringify(expected)} at ${index}`;
  if (value.kind === 'list' && expected.kind === 'list' && !value.stretch.complete) {
    assert(isDeepStrictEqual(value.stretch.edges, expected.stretch.edges) && value.stretch.edges.length > 0, said);
  } else {
    assert(isDeepStrictEqual(value, expected), said);
  }
}
