import { describe, expect, test } from 'vitest';
import { AssertionFailed } from './assert.ts';
import { assertInvariants } from './invariants.ts';
import type { Checkpoint } from './invariants.ts';
import { bytesOf, entry, logOf, nodeId, TestNetwork } from './testing-network.ts';
import type { LogIndex, NodeId, Term } from './types.ts';

const sound: Checkpoint = {
  term: 3 as Term,
  votedFor: nodeId('n1'),
  role: 'leader',
  leader: nodeId('n1'),
  markIndex: 2 as LogIndex,
  lastIndex: 9 as LogIndex,
  lastTerm: 3 as Term,
  commitIndex: 7 as LogIndex,
  appliedIndex: 6 as LogIndex,
  durableIndex: 8 as LogIndex,
  acknowledgedSequence: 4,
};

describe('the invariants', () => {
  test('let a sound state be', () => {
    expect(() => assertInvariants(sound, { ...sound })).not.toThrow();
  });

  test.each<[string, Partial<Checkpoint>]>([
    ['the term falls', { term: 2 as Term }],
    ['the vote moves within a term', { votedFor: 'n2' as NodeId }],
    ['the vote is forgotten within a term', { votedFor: null }],
    ['the commit index falls', { commitIndex: 6 as LogIndex }],
    ['the applied index falls', { appliedIndex: 5 as LogIndex }],
    ['the mark falls', { markIndex: 1 as LogIndex }],
    ['an acknowledgement is taken back', { acknowledgedSequence: 3 }],
    ['more is compacted than applied', { markIndex: 7 as LogIndex }],
    ['more is applied than committed', { appliedIndex: 8 as LogIndex }],
    ['more is committed than there is', { commitIndex: 10 as LogIndex }],
    ['more is durable than there is', { durableIndex: 10 as LogIndex }],
    ['an entry is of a later term', { lastTerm: 4 as Term }],
    ['a leader cuts its log', { lastIndex: 8 as LogIndex }],
  ])('stop the node when %s', (_what, broken) => {
    expect(() => assertInvariants(sound, { ...sound, ...broken })).toThrow(AssertionFailed);
  });

  test('stop a node that leads without an election, or campaigns against a leader', () => {
    expect(() => assertInvariants({ ...sound, role: 'follower' }, sound)).toThrow(AssertionFailed);
    expect(() => assertInvariants(sound, { ...sound, role: 'pre-candidate' })).toThrow(AssertionFailed);
  });
});

describe('a core', () => {
  test('starts from what the disk held, with everything in it taken for durable and nothing for committed', () => {
    const network = new TestNetwork({ voters: ['n1', 'n2'], logs: { n1: logOf(1, 1, 2) }, terms: { n1: 4 } });
    expect(network.node('n1').status).toMatchObject({
      role: 'follower',
      term: 4,
      lastIndex: 3,
      commitIndex: 0,
      leader: null,
    });
  });

  test('refuses a disk whose log is of a later term than its hard state', () => {
    const options = { voters: ['n1'], logs: { n1: logOf(1, 5) }, terms: { n1: 4 } };
    expect(() => new TestNetwork(options)).toThrow(AssertionFailed);
  });

  test.each([
    { heartbeatTicks: 0 },
    { electionTimeoutTicks: 2 },
    { inflightMessagesMax: 0 },
    { inflightBytesMax: 0 },
    { entriesBytesPerMessageMax: 0 },
    { uncommittedBytesMax: 0 },
  ])('refuses options out of range: %o', (core) => {
    expect(() => new TestNetwork({ voters: ['n1'], core })).toThrow(AssertionFailed);
  });

  test('asks for nothing when nothing happened, and never for the same thing twice', () => {
    const network = new TestNetwork({ voters: ['n1'] });
    const { core } = network.elect('n1');
    const nothing = { persist: null, sendNow: [], sendAfterPersist: [], restart: null, apply: [], readsReady: [] };
    expect(core.takeOutbox()).toEqual(nothing);
    core.propose({ kind: 'command', data: bytesOf('x') });
    expect(core.takeOutbox().persist?.entries).toHaveLength(1);
    expect(core.takeOutbox()).toEqual(nothing);
  });

  test('gathers what several calls ask for into one write, also when a later one cuts what an earlier one wrote', () => {
    const network = new TestNetwork({ voters: ['n1', 'n2', 'n3'], logs: { n1: logOf(1, 1) } });
    const { core } = network.node('n1');
    const append = { kind: 'append-request', to: nodeId('n1'), commit: 0 as LogIndex } as const;
    const previous = { previousIndex: 1 as LogIndex, previousTerm: 1 as Term };
    core.step({ ...append, ...previous, from: nodeId('n2'), term: 2 as Term, entries: [entry(2, 2), entry(3, 2)] });
    core.step({ ...append, ...previous, from: nodeId('n3'), term: 3 as Term, entries: [entry(2, 3)] });
    expect(core.takeOutbox().persist).toMatchObject({
      sequence: 1,
      hardState: { term: 3, votedFor: null },
      truncateFrom: 2,
      entries: [{ index: 2, term: 3 }],
    });
  });

  test('takes no notice of what is addressed to others or comes from itself', () => {
    const network = new TestNetwork({ voters: ['n1', 'n2'] });
    const { core } = network.node('n1');
    const heartbeat = { kind: 'heartbeat-request', term: 9 as Term, commit: 0 as LogIndex, readNumber: 0 } as const;
    core.step({ ...heartbeat, from: nodeId('n2'), to: nodeId('n3') });
    core.step({ ...heartbeat, from: nodeId('n1'), to: nodeId('n1') });
    expect(core.status().term).toBe(0);
  });

  test('shows entries within what it holds', () => {
    const network = new TestNetwork({ voters: ['n1', 'n2'], logs: { n1: logOf(1, 1, 2) } });
    const { core } = network.node('n1');
    const indexes = (from: number, count: number) => core.entries(from as LogIndex, count).map(({ index }) => index);
    expect(indexes(0, 2)).toEqual([1, 2]);
    expect(indexes(2, 9)).toEqual([2, 3]);
    expect(indexes(4, 1)).toEqual([]);
    expect(indexes(1, 0)).toEqual([]);
  });

  test('makes the status once between two calls', () => {
    const { core } = new TestNetwork({ voters: ['n1', 'n2'] }).node('n1');
    expect(core.status()).toBe(core.status());
  });
});
