import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

const file = 'consensus/core/reads.ts';
const judge = 'reads are current';

/** Read indexes that are too low. */
export const readMutants: readonly Mutant[] = [
  mutant({
    name: 'read answered without a majority',
    judge,
    source: 'thesis 6.4; https://github.com/Hoverbear/old-raft-rs/issues/107',
    file,
    find: 'raft.quorumReached(reads.newestNumber, (peer) => peer.readConfirmed)',
    replace: 'reads.newestNumber',
  }),
  mutant({
    name: 'read before the first commit of the term',
    judge,
    source: 'https://github.com/etcd-io/etcd/issues/7331, https://github.com/tikv/tikv/issues/9208',
    file,
    find: 'else if (!raft.isOwnTermCommitted)',
    replace: 'else if (false)',
  }),
  mutant({
    name: 'early reads numbered when the leader is elected',
    judge,
    source: 'https://github.com/tikv/tikv/pull/6340',
    file,
    find: 'else if (!raft.isOwnTermCommitted) raft.reads.early.push(read);',
    replace:
      'else if (!raft.isOwnTermCommitted && raft.commitIndex + 3 < raft.termStartIndex) raft.reads.early.push(read);',
  }),
  mutant({
    name: 'read joins the round that is under way',
    judge,
    source: 'https://github.com/tikv/tikv/issues/4680',
    file,
    find: 'number: raft.reads.newestNumber + 1, index',
    replace:
      'number: raft.reads.newestNumber > raft.reads.confirmedNumber ? raft.reads.newestNumber : raft.reads.newestNumber + 1, index',
  }),
  {
    name: "read answer keyed by the caller's tag",
    judge,
    source: 'https://github.com/etcd-io/etcd/issues/20418, https://github.com/etcd-io/raft/pull/397',
    edits: [{ file, find: 'const number = ++reads.forwardNumber;', replace: 'const number = request;' }],
  },
  mutant({
    name: 'read answered by a node that does not lead',
    judge,
    source: 'https://github.com/xline-kv/Xline/issues/870',
    file,
    find: '  else answer(raft, read, null);\n}\n\nexport function onReadIndexResponse',
    replace:
      '  else answer(raft, read, raft.votedFor === raft.id ? raft.commitIndex : null);\n}\n\nexport function onReadIndexResponse',
  }),
];
