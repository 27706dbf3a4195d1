import { expect, test } from 'vitest';
import { KeysMissing } from './evaluate-port.ts';
import type { GraphView } from './evaluate-port.ts';
import type { EntityId, LogIndex } from './identifiers.ts';
import { deletionStep } from './large-deletion.ts';
import { smallDeletionEdgesMax } from './limits.ts';
import { checkGraph } from './testing/check-graph.ts';
import { socialDeclarations } from './testing/social-declarations.ts';
import { change, cut, join, remove, SocialGraph } from './testing/social-graph.ts';

function popular(edges: number): { graph: SocialGraph; star: EntityId; fan: EntityId } {
  const graph = new SocialGraph();
  const star = graph.user('star');
  const fan = graph.user('fan0');
  graph.run(join(star, 'friend', fan));
  for (let made = 1; made < edges; made++) {
    const create = { kind: 'create-entity', type: 'User', properties: { handle: `fan${made}`, name: 'Fan' } } as const;
    graph.run(create, join(star, made % 2 === 0 ? 'friend' : 'followedby', { created: 0 }));
  }
  return { graph, star, fan };
}

test('an entity with as many edges as fit goes at once, with one more it is only marked', () => {
  const fits = popular(smallDeletionEdgesMax);
  expect(fits.graph.run(remove(fits.star)).outcome.kind).toBe('done');
  expect(fits.graph.replayed.entity(fits.star)).toBeNull();

  const { graph, star } = popular(smallDeletionEdgesMax + 1);
  const before = graph.entity(star);
  const { outcome, effects } = graph.run(remove(star));
  expect(outcome).toEqual({ kind: 'pending' });
  const entity = { ...before, deletingKey: `key-${graph.index}` };
  expect(effects).toEqual([{ kind: 'entity-put', entity, created: false }]);
});

test('a marked entity is still readable and not found by every command', () => {
  const { graph, star, fan } = popular(smallDeletionEdgesMax + 1);
  graph.run(remove(star));
  for (const operation of [
    change(star, { bio: 'x' }),
    remove(star),
    join(fan, 'follows', star),
    cut(fan, 'friend', star),
  ]) {
    expect(graph.codeOf(operation), operation.kind).toBe('NOT_FOUND');
  }
  expect(graph.codeOf({ kind: 'create-entity', type: 'User', properties: { handle: 'star', name: 'x' } })).toBe(
    'CONFLICT',
  );
});

test('a batch that would need a large deletion is TOO_LARGE', () => {
  const { graph, star, fan } = popular(smallDeletionEdgesMax + 1);
  expect(graph.codeOf(remove(star), change(fan, { bio: 'x' }))).toBe('TOO_LARGE');
});

test('its steps are bounded, split no edge, and end with the entity and its key', () => {
  const { graph, star, fan } = popular(333);
  graph.run(remove(star));
  expect(graph.codeOf(join(star, 'follows', fan))).toBe('NOT_FOUND');
  let steps = 0;
  for (let finished = false; !finished; steps++) {
    expect(graph.replayed.entity(star)).not.toBeNull();
    const step = graph.deletionStep(star, 100);
    finished = step.finished;
    expect(step.effects.length).toBeLessThanOrEqual(100);
    checkGraph(graph.replayed, socialDeclarations);
  }
  // About 32 edges to a step of 100 effects.
  expect(steps).toBeGreaterThan(9);
  expect(steps).toBeLessThan(14);
  expect(graph.replayed.entity(star)).toBeNull();
  expect(graph.replayed.unique('User', 'star')).toBeNull();
  expect(graph.replayed.associations.size).toBe(0);
});

test('a step asks at once for all the counts that it lacks', () => {
  const { graph, star } = popular(smallDeletionEdgesMax + 1);
  graph.run(remove(star));
  const whole = graph.replayed;
  const view: GraphView = {
    entity: (id) => whole.entity(id),
    unique: (type, key) => whole.unique(type, key),
    association: (from, type, to) => whole.association(from, type, to),
    count: (from, type) => (from === star ? whole.count(from, type) : undefined),
    list: (from, type, length) => whole.list(from, type, length),
  };
  const index = (graph.index + 1) as LogIndex;
  let asked = 0;
  try {
    deletionStep({ view, id: star, declarations: socialDeclarations, index, now: index * 1000 });
  } catch (error) {
    if (!(error instanceof KeysMissing)) throw error;
    asked = error.keys.length;
  }
  // Half of the edges are of the first list.
  expect(asked).toBeGreaterThan(smallDeletionEdgesMax / 3);
});

test('a step of full size takes about 330 edges', () => {
  const { graph, star } = popular(400);
  graph.run(remove(star));
  const first = graph.deletionStep(star);
  expect([first.finished, first.effects.length > 950, first.effects.length <= 1000]).toEqual([false, true, true]);
  expect(graph.deletionStep(star).finished).toBe(true);
});
