import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

const follower = 'consensus/core/follower.ts';

/** Logs that begin behind a mark. */
export const snapshotMutants: readonly Mutant[] = [
  mutant({
    name: 'stale snapshot taken',
    judge: 'assertion',
    source: 'https://github.com/rabbitmq/ra/pull/509',
    file: follower,
    find: 'if (mark.index > raft.commitIndex) {',
    replace: 'if (true) {',
  }),
  mutant({
    name: 'nobody is told that a snapshot replaced the log',
    judge: 'state machine safety',
    source: 'Raft paper, figure 13, step 8',
    file: follower,
    find: '  raft.restart = mark;\n',
    replace: '',
  }),
  mutant({
    name: 'snapshot keeps a suffix that disagrees',
    judge: 'state machine safety',
    source: 'Raft paper, figure 13, step 7; https://github.com/etcd-io/etcd/issues/22442',
    file: follower,
    find: 'if (raft.log.termAt(mark.index) === mark.term) commitAsTold',
    replace: 'if (raft.log.termAt(mark.index) !== null) commitAsTold',
  }),
  mutant({
    name: 'a snapshot that was sent counts as taken',
    judge: 'assertion',
    source: 'https://github.com/tikv/tikv/issues/3819',
    file: 'consensus/core/replication.ts',
    find: '  peer.isWaiting = true;',
    replace: '  peer.isWaiting = true;\n  peer.matchIndex = raft.log.mark.index;',
  }),
  mutant({
    name: 'snapshot acknowledged before it is on disk',
    judge: 'a promise is on disk',
    source: 'https://github.com/redpanda-data/redpanda/pull/23921',
    file: follower,
    find: "raft.sendAfterPersist.push({ kind: 'snapshot-response'",
    replace: "raft.sendNow.push({ kind: 'snapshot-response'",
  }),
  mutant({
    name: 'snapshot leaves the old configuration in force',
    judge: 'the newest configuration counts',
    source: 'https://github.com/databendlabs/openraft/issues/1808',
    file: 'consensus/core/log.ts',
    find: '    this.#entries = [];\n    this.#configurations = [{ index: mark.index, configuration: mark.configuration }];\n  }',
    replace:
      '    this.#entries = [];\n    this.#configurations = [{ index: mark.index, configuration: this.configuration }];\n  }',
  }),
  mutant({
    name: 'compaction takes the newest configuration for the mark',
    judge: 'leader completeness',
    source: 'https://github.com/redpanda-data/redpanda/pull/14995',
    file: 'consensus/core/log.ts',
    find: 'const inForce = this.#configurations.findLast((placed) => placed.index <= index);',
    replace: 'const inForce = this.#configurations.at(-1);',
  }),
  mutant({
    name: 'durability survives a snapshot',
    judge: 'durable before acknowledged',
    source: 'https://github.com/etcd-io/raft/pull/31',
    file: 'consensus/core/pending-write.ts',
    find: '    this.#durability.reset();\n',
    replace: '',
  }),
];
