/**
 * Goal: the exploration runs, its paths can be walked again, and it finds bugs that need a crash, or a story of several terms.
 * `npm run exhaustive` is the same at length.
 */
import { expect, test } from 'vitest';
import { mutantNamed } from '#tests/simulation/all-mutants.ts';
import { defaultBounds } from './bounds.ts';
import { exploreInThread } from './explore-in-thread.ts';

test('no property breaks in the first fifty thousand states, and paths walked again end in the same states', async () => {
  const bounds = { ...defaultBounds, states: 50_000 };
  const { exploration } = await exploreInThread({ bounds, mutant: null, again: 100 });
  expect(exploration).toMatchObject({ violation: null, states: 50_000, walkedAgain: 100 });
  expect(exploration.depth).toBeGreaterThanOrEqual(6);
});

test('a space small enough is explored to its end', async () => {
  const none = { entries: 0, crashes: 0, duplicates: 0, losses: 0, leaderTicks: 0 };
  const bounds = { ...defaultBounds, ...none, states: 200_000, terms: 1, scene: 'led', plain: true };
  const { exploration } = await exploreInThread({ bounds, mutant: null, again: 10 });
  expect(exploration).toMatchObject({ violation: null, isComplete: true });
});

test('a vote that leaves before it is on disk is found, with the shortest path to two votes in a term', async () => {
  const order = { mutant: mutantNamed('vote not persisted before the reply'), again: 0 };
  const bounds = { ...defaultBounds, states: 100_000, plain: true };
  const { violation } = (await exploreInThread({ bounds, ...order })).exploration;
  expect(violation?.property).toBe('one vote a term');
  expect(violation?.path).toHaveLength(5);
});

test('an entry of an old term committed by counting is found from figure 8 on', async () => {
  const order = { mutant: mutantNamed('commit of an old term by counting'), again: 0 };
  const bounds = {
    ...defaultBounds,
    states: 200_000,
    terms: 4,
    entries: 0,
    scene: 'figure-8',
    plain: true,
    anyNetwork: true,
  };
  const { violation } = (await exploreInThread({ bounds, ...order })).exploration;
  expect(violation?.property).toBe('leader completeness');
});
