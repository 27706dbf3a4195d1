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
    name: 'log dropped for a snapshot that it holds',
    judge: 'durable before acknowledged',
    source: 'Raft paper, figure 13, step 6; https://github.com/etcd-io/etcd/pull/10308',
    file: follower,
    find: 'if (raft.log.termAt(mark.index) === mark.term) commitAsTold(raft, mark.index, mark.index);\n    else restartFrom(raft, message);',
    replace: 'restartFrom(raft, message);',
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
    name: 'answer to a snapshot names the end of the log',
    judge: 'durable before acknowledged',
    source: 'https://github.com/rabbitmq/rabbitmq-server/issues/15382',
    file: follower,
    find: '  const index = raft.commitIndex;',
    replace: '  const index = raft.log.lastIndex;',
  }),
  mutant({
    name: 'snapshot acknowledged before it is on disk',
    judge: 'durable before acknowledged',
    source: 'https://github.com/redpanda-data/redpanda/pull/23921',
    file: follower,
    find: "raft.sendAfterPersist.push({ kind: 'snapshot-response'",
    replace: "raft.sendNow.push({ kind: 'snapshot-response'",
  }),
  mutant({
    name: 'snapshot leaves the old configuration in force',
    judge: 'leader completeness',
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
