import { expect, test } from 'vitest';
import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { SingleFlight, type Fetched } from './single-flight.ts';

interface Asked {
  readonly keys: readonly CacheKey[];
  readonly min: LogIndex;
  readonly answer: PromiseWithResolvers<Fetched>;
}

/** A source that answers when the test says so. */
class Source {
  readonly asked: Asked[] = [];
  readonly flights = new SingleFlight({
    fetch: (keys, min) => {
      const answer = Promise.withResolvers<Fetched>();
      this.asked.push({ keys, min, answer });
      return answer.promise;
    },
  });

  land(turn: number, label: number): void {
    const { keys, answer } = this.asked[turn] ?? {};
    answer?.resolve({ label: at(label), values: (keys ?? []).map((key) => valueOf(key, label)) });
  }
}

function valueOf(key: CacheKey, label: number): CacheValue {
  if (key.kind !== 'list') return { kind: 'count', count: label };
  const edge = { from: key.from, type: key.type, to: id(7), time: 1, properties: {}, version: at(1) };
  return { kind: 'list', stretch: { edges: Array.from({ length: key.length }, () => edge), complete: false } };
}

const at = (index: number): LogIndex => index as LogIndex;
const id = (number: number): EntityId => number as EntityId;
const count = (from: number): CacheKey => ({ kind: 'count', from: id(from), type: 'friend' });
const list = (from: number, length: number): CacheKey => ({ kind: 'list', from: id(from), type: 'friend', length });
/** Lets everything that is resolved run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('ten thousand readers of a cold list cost one fetch', async () => {
  const source = new Source();
  const loads = Array.from({ length: 10_000 }, () => source.flights.load([list(1, 20)], at(0)));
  expect(source.asked.length).toBe(1);
  source.land(0, 5);
  for (const { labels } of await Promise.all(loads)) expect(labels).toEqual([5]);
  expect(source.flights.size).toBe(0);
});

test('one call starts what is not under way in one fetch, and gets everything in its own order', async () => {
  const source = new Source();
  const first = source.flights.load([count(1), count(2)], at(0));
  const second = source.flights.load([count(3), count(2), count(4)], at(0));
  expect(source.asked.map(({ keys }) => keys)).toEqual([
    [count(1), count(2)],
    [count(3), count(4)],
  ]);
  source.land(1, 9);
  source.land(0, 4);
  expect((await first).labels).toEqual([4, 4]);
  expect((await second).labels).toEqual([9, 4, 9]);
});

test('a joiner that needs a later label starts the next flight, and others join that one', async () => {
  const source = new Source();
  const early = source.flights.load([count(1)], at(3));
  const late = source.flights.load([count(1)], at(8));
  const latest = source.flights.load([count(1)], at(9));
  source.land(0, 5);
  expect((await early).labels).toEqual([5]);
  await settle();
  expect(source.asked.map(({ min }) => min)).toEqual([3, 8]);
  source.land(1, 8);
  expect((await late).labels).toEqual([8]);
  await settle();
  expect(source.asked.map(({ min }) => min)).toEqual([3, 8, 9]);
  source.land(2, 10);
  expect((await latest).labels).toEqual([10]);
});

test('a joiner that needs a longer stretch asks again, and one that needs a shorter one does not', async () => {
  const source = new Source();
  const twenty = source.flights.load([list(1, 20)], at(0));
  const ten = source.flights.load([list(1, 10)], at(0));
  const fifty = source.flights.load([list(1, 50)], at(0));
  source.land(0, 5);
  expect((await twenty).labels).toEqual(await ten.then(({ labels }) => labels));
  await settle();
  expect(source.asked[1]?.keys).toEqual([list(1, 50)]);
  source.land(1, 6);
  expect((await fifty).labels).toEqual([6]);
});

test('the same list asked for twice in one call is asked for once, as long as the longer', async () => {
  const source = new Source();
  const load = source.flights.load([list(1, 10), list(1, 30)], at(0));
  expect(source.asked.map(({ keys }) => keys)).toEqual([[list(1, 30)]]);
  source.land(0, 5);
  expect((await load).labels).toEqual([5, 5]);
});

test('a flight that fails fails everyone in it, and the next one starts anew', async () => {
  const source = new Source();
  const loads = [source.flights.load([count(1)], at(0)), source.flights.load([count(2), count(1)], at(0))];
  source.asked[0]?.answer.reject(new Error('no database'));
  const results = await Promise.allSettled(loads);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  source.land(1, 4);
  await settle();
  expect(source.flights.size).toBe(0);
  void source.flights.load([count(1)], at(0));
  expect(source.asked.length).toBe(3);
});

test('another leader fails all flights, and what still lands is not listened to', async () => {
  const source = new Source();
  const before = source.flights.load([count(1)], at(0));
  source.flights.failAll(new Error('the leader changed'));
  await expect(before).rejects.toThrow('the leader changed');
  const after = source.flights.load([count(1)], at(0));
  source.land(0, 3);
  await settle();
  expect(source.flights.size).toBe(1);
  source.land(1, 7);
  expect((await after).labels).toEqual([7]);
});

test('a source that never gets fresh enough is given up', async () => {
  const source = new Source();
  const load = source.flights.load([count(1)], at(9));
  const failed = expect(load).rejects.toMatchObject({ code: 'BUSY' });
  for (let turn = 0; turn < 8; turn++) {
    source.land(turn, 1);
    await settle();
  }
  await failed;
  expect(source.asked.length).toBe(8);
});

test('a fetch that throws at once leaves nothing under way', async () => {
  const flights = new SingleFlight({
    fetch: () => {
      throw new Error('closed');
    },
  });
  await expect(flights.load([count(1)], at(0))).rejects.toThrow('closed');
  expect(flights.size).toBe(0);
});
