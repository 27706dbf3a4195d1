import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

const file = 'consensus/core/elections.ts';

/** Votes, terms and who may win them. */
export const electionMutants: readonly Mutant[] = [
  mutant({
    name: 'vote not persisted before the reply',
    judge: 'one vote a term',
    source: 'Raft paper, figure 2',
    file,
    find: "raft.sendAfterPersist.push({ kind: 'vote-response'",
    replace: "raft.sendNow.push({ kind: 'vote-response'",
  }),
  mutant({
    name: 'duplicate vote counted',
    judge: 'election safety',
    source: 'https://github.com/butaneprotocol/oracles/pull/18',
    file,
    find: 'raft.votes.set(message.from, message.granted);\n  decideVote(raft);',
    replace: `const voter = raft.votes.has(message.from) ? raft.configuration.voters.find((id) => !raft.votes.has(id)) : message.from;
  raft.votes.set(voter ?? message.from, message.granted);\n  decideVote(raft);`,
  }),
  mutant({
    name: 'stale vote counted',
    judge: 'election safety',
    source: 'https://github.com/vesoft-inc/nebula/issues/685',
    file: 'consensus/core/raft.ts',
    find: "    case 'vote-response':\n    case 'append-response':",
    replace:
      "    case 'vote-response':\n      elections.onVoteResponse(raft, { ...message, term: raft.term });\n      break;\n    case 'append-response':",
  }),
  mutant({
    name: 'votes of one campaign kept for the next',
    judge: 'election safety',
    source: 'https://github.com/camunda/camunda/issues/1068',
    file: 'consensus/core/roles.ts',
    find: '  raft.votes.clear();\n',
    replace: '',
  }),
  mutant({
    name: 'vote for a shorter log',
    judge: 'leader completeness',
    source: 'Raft paper 5.4.1',
    file,
    find: 'const granted = mayVoteFor(raft, message.from) && isUpToDate(raft, message);',
    replace: 'const granted = mayVoteFor(raft, message.from);',
  }),
  mutant({
    name: 'logs compared by length alone',
    judge: 'leader completeness',
    source: 'https://github.com/markwylde/liferaft/issues/8',
    file,
    find: 'return isAtLeast({ index: message.lastIndex, term: message.lastTerm }, { index: lastIndex, term: lastTerm });',
    replace: 'return message.lastIndex >= lastIndex;',
  }),
  mutant({
    name: 'logs compared by term alone',
    judge: 'leader completeness',
    source: 'https://github.com/markwylde/liferaft/issues/8',
    file,
    find: 'return isAtLeast({ index: message.lastIndex, term: message.lastTerm }, { index: lastIndex, term: lastTerm });',
    replace: 'return message.lastTerm >= lastTerm;',
  }),
  mutant({
    name: 'two votes in a term',
    judge: 'one vote a term',
    source: 'https://github.com/camunda/camunda/issues/5356',
    file,
    find: 'return raft.votedFor === null || raft.votedFor === candidate;',
    replace:
      'return raft.role !== "leader" && raft.role !== "candidate" && candidate !== null && ((raft.votedFor = null), true);',
  }),
  mutant({
    name: 'vote forgotten when a leader is heard',
    judge: 'assertion',
    source: 'https://github.com/KanishJebaMathewM/Truxify/issues/6843',
    file: 'consensus/core/follower.ts',
    find: '  raft.leaderHeardTick = raft.nowTick;',
    replace: '  raft.leaderHeardTick = raft.nowTick;\n  raft.votedFor = null;',
  }),
  mutant({
    name: 'own vote counted before it is on disk',
    judge: 'election safety',
    source: 'https://github.com/ongardie/raft.tla/pull/5',
    file,
    find: 'export function campaign(raft: RaftState, options: { readonly transfer: boolean }): void {\n  becomeCandidate(raft);',
    replace:
      'export function campaign(raft: RaftState, options: { readonly transfer: boolean }): void {\n  becomeCandidate(raft);\n  raft.votes.set(raft.id, true);',
  }),
  mutant({
    name: 'votes asked for with a log that is not on disk',
    judge: 'a promise is on disk',
    source: 'https://github.com/etcd-io/etcd/issues/14143',
    file,
    find: 'if (isReal && !isLogSettled) raft.sendAfterPersist.push(message);',
    replace: 'if (isReal && !isLogSettled) raft.sendNow.push(message);',
  }),
  mutant({
    name: 'term not persisted',
    judge: 'a restart remembers',
    source: 'https://github.com/ongardie/raft.tla/pull/5',
    file: 'consensus/core/raft-state.ts',
    find: 'this.votedFor = null;\n    this.write.hardStateChanged();',
    replace: 'this.votedFor = null;',
  }),
  mutant({
    name: 'pre-vote raises the term',
    judge: 'a term begins with a campaign',
    source: 'thesis 9.6; https://github.com/canonical/raft/pull/280',
    file: 'consensus/core/raft.ts',
    find: "  if (message.kind === 'pre-vote-request') return false;\n",
    replace: '',
  }),
  mutant({
    name: 'a grant to a pre-vote raises the term',
    judge: 'a term begins with a campaign',
    source: 'thesis 9.6; https://github.com/etcd-io/etcd/issues/8243',
    file: 'consensus/core/raft.ts',
    find: "  return !(message.kind === 'pre-vote-response' && message.granted);",
    replace: '  return true;',
  }),
  mutant({
    name: 'append of a deposed leader taken',
    judge: 'assertion',
    source: 'https://github.com/vesoft-inc/nebula/issues/685',
    file: 'consensus/core/raft.ts',
    find: "    case 'append-request':\n    case 'heartbeat-request':\n    case 'snapshot-request': {\n      const { lastIndex",
    replace:
      "    case 'append-request':\n      if (!raft.isLeader && raft.leader === null) return follower.onAppendRequest(raft, { ...message, term: raft.term });\n    case 'heartbeat-request':\n    case 'snapshot-request': {\n      const { lastIndex",
  }),
  mutant({
    name: 'entry stamped with a term that the node does not lead',
    judge: 'log matching',
    source: 'https://github.com/hashicorp/raft/issues/695',
    file: 'consensus/core/raft.ts',
    find: "if (!raft.isLeader) return 'not-leader';",
    replace: "if (!raft.isLeader && raft.votedFor !== raft.id) return 'not-leader';",
  }),
];
