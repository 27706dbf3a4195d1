import { expect, test } from 'vitest';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import { roleReason } from './role-reason.ts';

type Told = Parameters<typeof roleReason>[0];

const n2 = 'n2' as NodeId;
const follower: Told = {
  role: 'follower',
  term: 4 as Term,
  leader: n2,
  transferringTo: null,
  configuration: { voters: [n2], learners: [] },
};

const lost = { index: 7 as LogIndex, term: 2 as Term };

test.each<[string | null, Partial<Told>, Partial<Told>]>([
  [null, {}, {}],
  ['no leader is heard: asks whether it would win', {}, { role: 'pre-candidate', leader: null }],
  ['asks for the votes of term 5', { role: 'pre-candidate' }, { role: 'candidate', term: 5 as Term }],
  ['won the election of term 4', { role: 'candidate' }, { role: 'leader' }],
  ['did not win', { role: 'candidate', leader: null }, { leader: null }],
  ['n2 leads', { role: 'candidate', leader: null }, {}],
  ['a majority is not heard', { role: 'leader' }, { leader: null }],
  ['term 5 has begun', { role: 'leader' }, { leader: null, term: 5 as Term }],
  ['votes from now on', { role: 'learner' }, {}],
  ['does not vote any more', {}, { role: 'learner' }],
  ['n2 leads', { leader: null }, {}],
  ['n2 leads no more', {}, { leader: null }],
  ['term 5 has begun', {}, { leader: null, term: 5 as Term }],
  ['hands leadership over to n2', {}, { transferringTo: n2 }],
  ['the hand-over has ended', { transferringTo: n2 }, {}],
  ['its log lost entries up to 7 and is repaired', {}, { lost }],
  ['its log is whole again', { lost }, {}],
  ['n2 vote, n3 learn', {}, { configuration: { voters: [n2], learners: ['n3' as NodeId] } }],
  [null, {}, { configuration: { voters: [n2], learners: [] } }],
])('%s', (reason, before, now) => {
  expect(roleReason({ ...follower, ...now }, { ...follower, ...before })).toBe(reason);
});

test('is a line, however many members there are', () => {
  const voters = Array.from({ length: 100 }, (_, place) => `node-${place}` as NodeId);
  expect(roleReason({ ...follower, configuration: { voters, learners: [] } }, follower)).toHaveLength(200);
});
