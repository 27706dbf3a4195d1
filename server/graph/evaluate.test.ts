import { expect, test } from 'vitest';
import type { Operation } from './command.ts';
import type { EntityId, LogIndex } from './identifiers.ts';
import { checkGraph } from './testing/check-graph.ts';
import { socialDeclarations } from './testing/social-declarations.ts';
import { change, cut, join, remove, SocialGraph } from './testing/social-graph.ts';

const nobody = 4095 as EntityId;

test('an edge, its inverse and both counts are in the effects of one command', () => {
  const graph = new SocialGraph();
  const [ann, post] = [graph.user('ann'), graph.status('hi')];
  const { effects, outcome } = graph.run(join(ann, 'likes', post, { properties: { mood: 'glad', none: null } }));
  const content = { time: 3000, properties: { mood: 'glad' }, version: 3 };
  expect(outcome).toEqual({ kind: 'done', results: [{ id: null, changed: true }] });
  expect(effects).toEqual([
    { kind: 'association-put', association: { from: ann, type: 'likes', to: post, ...content }, created: true },
    { kind: 'count-put', from: ann, type: 'likes', count: 1 },
    { kind: 'association-put', association: { from: post, type: 'likedby', to: ann, ...content }, created: true },
    { kind: 'count-put', from: post, type: 'likedby', count: 1 },
  ]);
});

test('an edge is new to its list only where the graph did not hold it before the command', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  const bob = graph.user('bob');
  const newness = (...operations: Parameters<SocialGraph['run']>): readonly unknown[] =>
    graph.run(...operations).effects.flatMap((effect) => (effect.kind === 'association-put' ? [effect.created] : []));
  expect(newness(join(ann, 'friend', bob))).toEqual([true, true]);
  expect(newness(join(ann, 'friend', bob, { ifPresent: 'replace', properties: { since: 'school' } }))).toEqual([
    false,
    false,
  ]);
  expect(newness(cut(ann, 'friend', bob), join(ann, 'friend', bob))).toEqual([false, false]);
});

test('posting a status is a status and its edge in one command, by reference', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  const { outcome } = graph.run(
    { kind: 'create-entity', type: 'Status', properties: { text: 'hi' } },
    join(ann, 'posted', { created: 0 }),
  );
  expect(outcome.kind === 'done' && outcome.results.map((result) => result.id)).toEqual([2 * 4096, null]);
  expect(graph.replayed.list((2 * 4096) as EntityId, 'postedby', 5).edges.map((edge) => edge.to)).toEqual([ann]);
});

test('a batch is done whole or not at all', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  const create = { kind: 'create-entity', type: 'User', properties: { handle: 'bob', name: 'Bob' } } as const;
  const evaluation = graph.run(create, join(ann, 'friend', { created: 0 }), join(ann, 'friend', nobody));
  expect(evaluation).toMatchObject({ outcome: { kind: 'refused', code: 'NOT_FOUND' }, effects: [] });
  expect(graph.replayed.unique('User', 'bob')).toBeNull();
});

test('adding what is there changes nothing when asked to keep, and its time and properties when asked to replace', () => {
  const graph = new SocialGraph();
  const [ann, bob] = [graph.user('ann'), graph.user('bob')];
  graph.run(join(ann, 'friend', bob, { time: 7, properties: { since: 'school' } }));
  const kept = graph.run(join(bob, 'friend', ann, { time: 9 }));
  expect(kept).toEqual({ outcome: { kind: 'done', results: [{ id: null, changed: false }] }, effects: [] });

  graph.run(join(bob, 'friend', ann, { time: 9, ifPresent: 'replace' }));
  expect(graph.replayed.association(ann, 'friend', bob)).toMatchObject({ time: 9, properties: {}, version: 5 });
  expect(graph.replayed.count(ann, 'friend')).toBe(1);
  const same = graph.run(join(ann, 'friend', bob, { time: 9, ifPresent: 'replace' }));
  expect(same.outcome).toMatchObject({ results: [{ changed: false }] });
});

test('removing what is not there is done and changes nothing, unless an end is missing', () => {
  const graph = new SocialGraph();
  const [ann, bob] = [graph.user('ann'), graph.user('bob')];
  expect(graph.run(cut(ann, 'friend', bob)).outcome).toEqual({ kind: 'done', results: [{ id: null, changed: false }] });
  expect(graph.codeOf(cut(ann, 'friend', nobody))).toBe('NOT_FOUND');
});

test('an end of another type than the association joins is not found', () => {
  const graph = new SocialGraph();
  const [ann, bob] = [graph.user('ann'), graph.user('bob')];
  expect(graph.codeOf(join(ann, 'likes', bob))).toBe('NOT_FOUND');
});

test('properties are merged, null removes one, and what stays the same changes nothing', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann', { bio: 'old', tags: ['x'] });
  expect(graph.run(change(ann, { bio: 'old', tags: ['x'] })).effects).toEqual([]);
  graph.run(change(ann, { bio: null, tags: { a: -0 } }));
  expect(graph.entity(ann)).toMatchObject({
    properties: { handle: 'ann', name: 'ann', tags: { a: 0 } },
    createdAt: 1000,
    updatedAt: 3000,
    version: 3,
  });
  expect('bio' in graph.entity(ann).properties).toBe(false);
  expect(Object.is((graph.entity(ann).properties['tags'] as { a: number }).a, 0)).toBe(true);
});

test('ifVersion refuses a change and a deletion when the entity has moved on', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  graph.run(change(ann, { bio: 'new' }));
  expect(graph.codeOf(change(ann, { bio: 'newer' }, { ifVersion: 1 as LogIndex }))).toBe('CONFLICT');
  expect(graph.codeOf(remove(ann, { ifVersion: 1 as LogIndex }))).toBe('CONFLICT');
  expect(graph.codeOf(change(ann, { bio: 'newer' }, { ifVersion: 2 as LogIndex }))).toBeNull();
});

test('an id that says another type than the entity has is not found', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  expect(graph.codeOf(change(ann, { text: 'x' }, { expectedType: 'Status' }))).toBe('NOT_FOUND');
  expect(graph.codeOf(remove(ann, { expectedType: 'Status' }))).toBe('NOT_FOUND');
});

test('a key belongs to one entity of its type, byte for byte, and is free again after a change or a deletion', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  const taken = { kind: 'create-entity', type: 'User', properties: { handle: 'ann', name: 'x' } } as const;
  expect(graph.codeOf(taken)).toBe('CONFLICT');
  graph.user('Ann');
  graph.run(change(ann, { handle: 'anna' }));
  expect([graph.replayed.unique('User', 'ann'), graph.replayed.unique('User', 'anna')]).toEqual([null, ann]);
  expect(graph.codeOf(change(ann, { handle: 'Ann' }))).toBe('CONFLICT');
  graph.run(remove(ann));
  expect(graph.codeOf({ ...taken, properties: { handle: 'anna', name: 'x' } })).toBeNull();
});

test('two users swap their handles in one batch', () => {
  const graph = new SocialGraph();
  const [ann, bob] = [graph.user('ann'), graph.user('bob')];
  expect(
    graph.codeOf(change(ann, { handle: 'tmp' }), change(bob, { handle: 'ann' }), change(ann, { handle: 'bob' })),
  ).toBeNull();
  expect([graph.replayed.unique('User', 'ann'), graph.replayed.unique('User', 'bob')]).toEqual([bob, ann]);
  expect(graph.replayed.unique('User', 'tmp')).toBeNull();
});

test('a single association takes one edge, from either end', () => {
  const graph = new SocialGraph();
  const [ann, bob, post, photo] = [graph.user('ann'), graph.user('bob'), graph.status('hi'), graph.photo()];
  expect(graph.codeOf(join(ann, 'posted', post))).toBeNull();
  expect(graph.codeOf(join(ann, 'posted', post, { time: 5, ifPresent: 'replace' }))).toBeNull();
  expect(graph.codeOf(join(bob, 'posted', post))).toBe('CONFLICT');
  expect(graph.codeOf(join(post, 'postedby', bob))).toBe('CONFLICT');
  expect(graph.codeOf(join(photo, 'portrays', ann))).toBeNull();
  expect(graph.codeOf(join(bob, 'portrait', photo))).toBe('CONFLICT');
});

test('a changed type keeps time and properties, and needs the edge that it changes and not the one it makes', () => {
  const graph = new SocialGraph();
  const [ann, post] = [graph.user('ann'), graph.status('hi')];
  const turn = { kind: 'change-association-type', from: ann, type: 'likes', to: post, newType: 'shares' } as const;
  expect(graph.codeOf(turn)).toBe('NOT_FOUND');
  graph.run(join(ann, 'likes', post, { time: 5, properties: { a: 1 } }));
  expect(graph.codeOf(turn)).toBeNull();
  expect(graph.replayed.association(post, 'sharedby', ann)).toMatchObject({
    time: 5,
    properties: { a: 1 },
    version: 5,
  });
  expect(graph.replayed.association(post, 'likedby', ann)).toBeNull();
  graph.run(join(ann, 'likes', post));
  expect(graph.codeOf(turn)).toBe('CONFLICT');
});

test('deleting an entity removes its edges both ways, the counts at their other ends and its key, and nothing else', () => {
  const graph = new SocialGraph();
  const [ann, bob, post] = [graph.user('ann'), graph.user('bob'), graph.status('hi')];
  for (const edge of [join(ann, 'friend', bob), join(ann, 'posted', post), join(bob, 'likes', post)]) graph.run(edge);
  graph.run(join(ann, 'follows', ann));
  graph.run(remove(ann));
  expect(graph.replayed.entity(ann)).toBeNull();
  expect(graph.replayed.entity(post)).not.toBeNull();
  expect([...graph.replayed.associations.keys()]).toEqual([`${bob} likes ${post}`, `${post} likedby ${bob}`]);
  expect(graph.replayed.count(bob, 'friend')).toBe(0);
  checkGraph(graph.replayed, socialDeclarations);
});

test('what a batch makes and removes again leaves no effect', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann');
  const create = { kind: 'create-entity', type: 'User', properties: { handle: 'bob', name: 'Bob' } } as const;
  const { effects } = graph.run(create, join(ann, 'friend', { created: 0 }), {
    ...remove(nobody),
    id: { created: 0 },
  } as Operation);
  expect(effects).toEqual([]);
});

test('properties that outgrow an entity by merging are TOO_LARGE', () => {
  const graph = new SocialGraph();
  const ann = graph.user('ann', { a: 'x'.repeat(8_000) });
  expect(graph.codeOf(change(ann, { b: 'x'.repeat(8_000) }))).toBeNull();
  expect(graph.codeOf(change(ann, { c: 'x'.repeat(800) }))).toBe('TOO_LARGE');
});

test('what a batch makes and changes at once is one effect that says it was made', () => {
  const graph = new SocialGraph();
  const create = { kind: 'create-entity', type: 'Status', properties: { text: 'hi' } } as const;
  const { effects } = graph.run(create, { ...change(nobody, { text: 'ho' }), id: { created: 0 } } as Operation);
  expect(effects).toMatchObject([{ kind: 'entity-put', created: true, entity: { properties: { text: 'ho' } } }]);
});
