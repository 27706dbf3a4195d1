import { base, en, Faker } from '@faker-js/faker';
import { expect, test } from 'vitest';
import { KnownGraph, nextAction } from './actions.ts';

const dice = (seed: number): Faker => new Faker({ locale: [en, base], seed });

function knownGraph(): KnownGraph {
  const known = new KnownGraph();
  for (let person = 0; person < 30; person += 1) known.addPerson(`p${person}`);
  for (let status = 0; status < 30; status += 1) known.addStatus(`s${status}`);
  return known;
}

function draw(seed: number, count: number): readonly string[] {
  const faker = dice(seed);
  const known = knownGraph();
  return Array.from({ length: count }, () => JSON.stringify(nextAction(faker, known)));
}

test('the same seed acts the same, another one differently', () => {
  expect(draw(7, 100)).toEqual(draw(7, 100));
  expect(draw(7, 100)).not.toEqual(draw(8, 100));
});

test('in a few hundred actions everything happens that people do', () => {
  const names = new Set(draw(1, 600).map((action) => (JSON.parse(action) as { name: string }).name));
  expect(names).toEqual(new Set(['join', 'befriend', 'unfriend', 'post', 'like', 'unlike', 'edit', 'leave']));
});

test('where nobody is, people join first', () => {
  expect(nextAction(dice(1), new KnownGraph()).name).toBe('join');
});

test('nobody befriends themselves', () => {
  const friendships = draw(3, 600)
    .map((action) => JSON.parse(action) as { name: string; input: { user: string; friend: string } })
    .filter(({ name }) => name === 'befriend');
  expect(friendships.length).toBeGreaterThan(50);
  expect(friendships.filter(({ input }) => input.user === input.friend)).toEqual([]);
});

test('what the bot remembers is bounded', () => {
  const known = new KnownGraph();
  for (let person = 0; person < KnownGraph.peopleMax + 10; person += 1) known.addPerson(`p${person}`);
  expect(known.people).toHaveLength(KnownGraph.peopleMax);
  expect(known.people).not.toContain('p0');
});
