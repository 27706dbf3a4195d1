// Goal: a leader lets in whoever was added and remembers nothing, and nobody that may be missed as a voter.
import { expect, test } from 'vitest';
import type { Configuration, PeerProgress, RaftStatus, Term } from '#consensus/core/types.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { JoiningAnswers } from './joining.ts';
import { RaftDouble } from './testing/raft-double.ts';

const asker = 'n4' as NodeId;
const ids = (...names: string[]): NodeId[] => names as NodeId[];
const added: Configuration = { voters: ids('n1', 'n2', 'n3'), learners: ids('n4') };

const copied = (matchIndex: number): PeerProgress => ({
  id: asker,
  matchIndex: matchIndex as LogIndex,
  nextIndex: (matchIndex + 1) as LogIndex,
  state: 'probe',
  active: true,
});

/** `duringRead`: what has changed when the read index comes; null: it does not come. */
function answerOf(status: Partial<RaftStatus>, duringRead: Partial<RaftStatus> | null = {}) {
  const raft = new RaftDouble();
  raft.status_ = { ...raft.status_, configuration: added, progress: [copied(0)], ...status };
  const readIndex = async (): Promise<LogIndex> => {
    if (duringRead === null) throw new Error('nobody confirmed it');
    raft.status_ = { ...raft.status_, ...duringRead };
    return 1 as LogIndex;
  };
  return new JoiningAnswers({ raft: { status: () => raft.status_, readIndex }, clusterId: 'c' }).of(asker);
}

test('a learner that has acknowledged nothing is let in, with what it begins with', async () => {
  expect(await answerOf({})).toEqual({ clusterId: 'c', term: 3, leader: 'n1', configuration: added });
});

test.each([
  ['is a voter, and may have voted', { configuration: { voters: ids('n1', 'n2', 'n4'), learners: [] } }],
  ['was not added', { configuration: { voters: ids('n1', 'n2', 'n3'), learners: [] } }],
  ['has acknowledged entries, which it does not hold any more', { progress: [copied(7)] }],
  ['asks one that does not lead', { role: 'follower' as const }],
])('one that %s is not', async (_what, status) => {
  expect(await answerOf(status)).toBeNull();
});

test('nobody is let in by a leader that no majority confirms, or that was deposed while it asked', async () => {
  expect(await answerOf({}, null)).toBeNull();
  expect(await answerOf({}, { role: 'follower', term: 4 as Term })).toBeNull();
  expect(await answerOf({}, { configuration: { voters: ids('n1', 'n2', 'n3', 'n4'), learners: [] } })).toBeNull();
});
