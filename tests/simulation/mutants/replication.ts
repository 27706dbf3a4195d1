import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

const follower = 'consensus/core/follower.ts';
const commit = 'consensus/core/commit.ts';

/** What a log takes in, what is committed, and what answers prove. */
export const replicationMutants: readonly Mutant[] = [
  {
    name: 'commit of an old term by counting',
    judge: 'leader completeness',
    source: 'Raft paper 5.4.2, figure 8; https://github.com/logcabin/logcabin/issues/44',
    edits: [
      { file: commit, find: 'raft.log.termAt(replicated) === raft.term', replace: 'true' },
      // Else reads that the leader lets out too early give it away: the bug is to be found by what it does to entries.
      {
        file: commit,
        find: 'if (!wasOwnTermCommitted)',
        replace: 'if (!wasOwnTermCommitted && raft.isOwnTermCommitted)',
      },
    ],
  },
  {
    name: 'commit beyond the verified prefix',
    judge: 'state machine safety',
    source: 'https://github.com/rabbitmq/ra/pull/508',
    edits: [
      { file: commit, find: 'lesser(told, provedIndex)', replace: 'lesser(told, raft.log.lastIndex)' },
      // Harmless alone: the search for the common prefix steps back one entry more than it must. Its hints are so exact that
      // the first entry sent after them always cuts the unverified rest away, and the bug would only show behind a snapshot.
      {
        file: 'consensus/core/replication.ts',
        find: 'peer.refuse(message.index, mayAgreeAt);',
        replace: 'peer.refuse(message.index, plus(mayAgreeAt, -1));',
      },
    ],
  },
  {
    name: 'heartbeat commits beyond the verified prefix',
    judge: 'state machine safety',
    source: 'https://github.com/camunda/camunda/pull/30354',
    edits: [
      {
        file: 'consensus/core/heartbeat.ts',
        find: 'lesser(raft.commitIndex, peer.matchIndex)',
        replace: 'raft.commitIndex',
      },
      {
        file: follower,
        find: 'commitAsTold(raft, message.commit, message.commit);',
        replace: 'commitAsTold(raft, message.commit, raft.log.lastIndex);',
      },
    ],
  },
  mutant({
    name: 'truncate on a matching prefix',
    judge: 'committed stays committed',
    source: 'Raft paper 5.3, figure 2; https://github.com/vesoft-inc/nebula/pull/1303',
    file: follower,
    find: 'raft.log.termAt(entry.index) !== entry.term',
    replace: 'true',
  }),
  mutant({
    name: 'previous entry compared by index alone',
    judge: 'log matching',
    source: 'Raft paper 5.3, figure 2',
    file: follower,
    find: 'raft.log.termAt(previousIndex) === previousTerm',
    replace: 'raft.log.termAt(previousIndex) !== null',
  }),
  {
    name: 'answer claims an entry that the message did not prove',
    judge: 'durable before acknowledged',
    source: 'https://github.com/rabbitmq/rabbitmq-server/pull/16688',
    edits: [
      {
        file: follower,
        find: 'index: greater(provedIndex, raft.commitIndex),',
        replace: 'index: greater(lesser(plus(provedIndex, 1), raft.log.lastIndex), raft.commitIndex),',
      },
      // Harmless alone, as above: only where the search steps back too far is there a rest that nothing has proved.
      {
        file: 'consensus/core/replication.ts',
        find: 'peer.refuse(message.index, mayAgreeAt);',
        replace: 'peer.refuse(message.index, plus(mayAgreeAt, -2));',
      },
    ],
  },
  {
    name: 'an append proves one entry more than it carries',
    judge: 'state machine safety',
    source: 'https://github.com/rabbitmq/ra/pull/516',
    edits: [
      {
        file: follower,
        find: 'const provedIndex = plus(previousIndex, entries.length);',
        replace: 'const provedIndex = lesser(plus(previousIndex, entries.length + 1), raft.log.lastIndex);',
      },
      // Harmless alone, as above: only where the search steps back too far is there a rest that nothing has proved.
      {
        file: 'consensus/core/replication.ts',
        find: 'peer.refuse(message.index, mayAgreeAt);',
        replace: 'peer.refuse(message.index, plus(mayAgreeAt, -2));',
      },
    ],
  },
  mutant({
    name: 'answer to a heartbeat counts as an acknowledgement',
    judge: 'durable before acknowledged',
    source: 'https://github.com/async-raft/async-raft/issues/98',
    file: 'consensus/core/replication.ts',
    find: '  confirmReads(raft);\n  if (peer.state',
    replace:
      '  confirmReads(raft);\n  if (peer.state === "replicate") peer.acknowledge(lesser(message.lastIndex, plus(peer.nextIndex, -1)));\n  if (peer.state',
  }),
  mutant({
    name: 'sent counts as acknowledged',
    judge: 'durable before acknowledged',
    source: 'https://github.com/databendlabs/openraft/issues/1500',
    file: 'consensus/core/progress.ts',
    find: 'this.nextIndex = plus(lastIndex, 1);\n  }',
    replace:
      'this.nextIndex = plus(lastIndex, 1);\n    if (this.inFlight.isFull) this.matchIndex = greater(this.matchIndex, lastIndex);\n  }',
  }),
  mutant({
    name: 'entries acknowledged before they are on disk',
    judge: 'durable before acknowledged',
    source: 'Raft paper, figure 2; https://github.com/lni/dragonboat/issues/201',
    file: follower,
    find: "raft.sendAfterPersist.push({\n    kind: 'append-response',",
    replace: "raft.sendNow.push({\n    kind: 'append-response',",
  }),
  mutant({
    name: 'repeated append acknowledged before the first is on disk',
    judge: 'durable before acknowledged',
    source: 'https://github.com/rabbitmq/ra/pull/516',
    file: follower,
    find: "raft.sendAfterPersist.push({\n    kind: 'append-response',",
    replace:
      "(entries.length > 0 && raft.write.submittedIndex >= provedIndex ? raft.sendNow : raft.sendAfterPersist).push({\n    kind: 'append-response',",
  }),
  mutant({
    name: 'leader counts itself before its own disk',
    judge: 'durable before acknowledged',
    source: 'thesis 10.2.1',
    file: commit,
    find: 'raft.durability.durableIndex',
    replace: 'raft.log.lastIndex',
  }),
  mutant({
    name: 'acknowledgement of a write that was truncated since',
    judge: 'durable before acknowledged',
    source: 'https://github.com/rabbitmq/ra/pull/516 (a late written event confirms entries of a higher term)',
    file: 'consensus/core/durability.ts',
    find: 'for (const write of this.#submitted) write.lastIndex = lesser(write.lastIndex, kept);',
    replace: '',
  }),
  mutant({
    name: 'truncation keeps what was durable',
    judge: 'durable before acknowledged',
    source: 'https://github.com/rabbitmq/rabbitmq-server/pull/16688 (stale last written index on truncation)',
    file: 'consensus/core/durability.ts',
    find: '    this.#durableIndex = lesser(this.#durableIndex, kept);\n',
    replace: '',
  }),
  mutant({
    name: 'all writes acknowledged with the first',
    judge: 'durable before acknowledged',
    source: 'thesis 10.2.1; https://github.com/cockroachdb/cockroach/pull/94165',
    file: 'consensus/core/durability.ts',
    find: 'if (write.sequence > sequence) break;',
    replace: 'if (write.sequence > sequence + 1) break;',
  }),
  mutant({
    name: 'quorum of half the voters',
    judge: 'election safety',
    source: 'Raft paper 5.2; https://github.com/camunda/camunda/issues/57387',
    file: 'consensus/core/quorum.ts',
    find: 'return Math.floor(voterCount / 2) + 1;',
    replace: 'return Math.ceil(voterCount / 2);',
  }),
];
