// Goal: however many read, one index is asked for at a time, and none of them gets one that was asked for before it came. Method: a leader that
// answers when the test says so.
import { expect, test } from 'vitest';
import { ReadIndexFailed } from '#consensus/driver/failures.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { ReadIndexRounds } from './read-index-rounds.ts';
import { ManualClock } from './testing/manual-clock.ts';

class World {
  readonly asked: PromiseWithResolvers<LogIndex>[] = [];
  readonly clock = new ManualClock();
  readonly rounds = new ReadIndexRounds({
    clock: this.clock,
    timeoutMs: 1_000,
    raft: {
      readIndex: () => {
        const index = Promise.withResolvers<LogIndex>();
        this.asked.push(index);
        return index.promise;
      },
    },
  });
}

test('those who come while an index is asked for share the next one, and get nothing older', async () => {
  const world = new World();
  const early = [world.rounds.next(), world.rounds.next()];
  await world.clock.settle();
  const late = [world.rounds.next(), world.rounds.next()];
  await world.clock.settle();
  expect(world.asked).toHaveLength(1);
  world.asked[0]?.resolve(7 as LogIndex);
  expect(await Promise.all(early)).toEqual([7, 7]);
  await world.clock.settle();
  expect(world.asked).toHaveLength(2);
  world.asked[1]?.resolve(9 as LogIndex);
  expect(await Promise.all(late)).toEqual([9, 9]);
  await world.clock.settle();
  expect(world.asked).toHaveLength(2);
});

test('an answer that does not come keeps the next ones waiting for a moment only', async () => {
  const world = new World();
  const lost = world.rounds.next();
  await world.clock.settle();
  const next = world.rounds.next();
  await world.clock.advance(20);
  world.asked[1]?.resolve(3 as LogIndex);
  expect(await next).toBe(3);
  // It comes after all, and starts nothing: nobody waits.
  world.asked[0]?.resolve(2 as LogIndex);
  expect(await lost).toBe(2);
  await world.clock.settle();
  expect(world.asked).toHaveLength(2);
});

test('a round that fails fails for those who shared it, and the next one is asked for', async () => {
  const world = new World();
  const failing = world.rounds.next();
  await world.clock.settle();
  const next = world.rounds.next();
  world.asked[0]?.reject(new ReadIndexFailed('no leader'));
  await expect(failing).rejects.toThrow(ReadIndexFailed);
  await world.clock.settle();
  world.asked[1]?.resolve(4 as LogIndex);
  expect(await next).toBe(4);
});
