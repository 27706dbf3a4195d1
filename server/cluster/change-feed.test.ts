import { expect, test } from 'vitest';
import { GraphCache } from '#server/cache/graph-cache.ts';
import type { EntityId, LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import { socialDeclarations } from '#server/graph/testing/social-declarations.ts';
import { ChangeFeed } from './change-feed.ts';

class Bench {
  readonly cache = new GraphCache({ bytesMax: 1_000_000, declarations: socialDeclarations, horizon: 10 as LogIndex });
  readonly feed = new ChangeFeed({ cache: this.cache, changeBufferEntriesMax: 4 });

  apply(): void {
    const index = (this.cache.appliedIndex + 1) as LogIndex;
    const effect = { kind: 'entity-removed', id: index as number as EntityId, type: 'User' } as const;
    const record = { key: `k${index}`, hash: 'h', outcome: { kind: 'pending' }, effects: [effect] } as const;
    const payload = { kind: 'mutations', time: index, leader: 'n1' as NodeId, records: [record] } as const;
    this.cache.apply({ index, term: 1 as Term, payload }, 100);
    this.feed.onApplied();
  }

  open(fromCommit: number | null) {
    const abort = new AbortController();
    const stream = this.feed.changes({ fromCommit: fromCommit as LogIndex | null, signal: abort.signal });
    const next = async (): Promise<string> => {
      const { value, done } = await stream.next();
      if (done === true) return 'end';
      return value.kind === 'gone' ? `gone ${value.index}` : `${value.commit.index}`;
    };
    return { next, abort };
  }
}

test('a stream begins with the commit that was asked for and goes on in order', async () => {
  const bench = new Bench();
  for (let i = 0; i < 4; i++) bench.apply();
  const { next } = bench.open(12);
  expect([await next(), await next(), await next()]).toEqual(['12', '13', '14']);
  const waiting = next();
  bench.apply();
  expect(await waiting).toBe('15');
});

test('a stream without a beginning tells of what comes from now on', async () => {
  const bench = new Bench();
  bench.apply();
  const { next } = bench.open(null);
  const waiting = next();
  bench.apply();
  expect(await waiting).toBe('12');
});

test('a node that is behind the wanted commit waits for it', async () => {
  const bench = new Bench();
  const { next } = bench.open(13);
  const waiting = next();
  for (let i = 0; i < 3; i++) bench.apply();
  expect(await waiting).toBe('13');
});

test('a stream from before what is remembered, or over a jump, ends with gone', async () => {
  const bench = new Bench();
  bench.apply();
  const old = bench.open(9);
  expect([await old.next(), await old.next()]).toEqual(['gone 9', 'end']);
  const { next } = bench.open(11);
  expect(await next()).toBe('11');
  const waiting = next();
  bench.cache.clear(90 as LogIndex);
  bench.feed.onRestart();
  expect(await waiting).toBe('gone 12');
});

test('a consumer that falls behind by more than the bound is ended; one that catches up from far back is not', async () => {
  const bench = new Bench();
  for (let i = 0; i < 9; i++) bench.apply();
  const far = bench.open(11);
  for (let i = 11; i <= 19; i++) expect(await far.next()).toBe(String(i));
  const waiting = far.next();
  bench.apply();
  expect(await waiting).toBe('20');
  for (let i = 0; i < 6; i++) bench.apply();
  expect(await far.next()).toBe('gone 21');
});

test('a stream ends when nobody wants it any more, and when the node stops', async () => {
  const bench = new Bench();
  const left = bench.open(null);
  const waiting = left.next();
  left.abort.abort();
  expect(await waiting).toBe('end');
  const other = bench.open(null);
  const still = other.next();
  bench.feed.stop();
  expect(await still).toBe('end');
});
