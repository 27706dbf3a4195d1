import { mutant } from '../mutant.ts';
import type { Mutant } from '../mutant.ts';

const file = 'consensus/storage/file-log.ts';
const judge = 'a restart remembers';

/** What a disk was told, and what is believed of it. */
export const storageMutants: readonly Mutant[] = [
  mutant({
    name: 'fsync skipped',
    judge,
    source: 'https://github.com/etcd-io/etcd/issues/14143',
    file,
    find: 'disk.sync(name, (syncError) => {',
    replace: '((_name, then) => then(null))(name, (syncError) => {',
  }),
  mutant({
    name: 'fsync tried again after an error',
    judge,
    source: 'fsyncgate, 2018; https://github.com/rostamlabs/rostam/issues/94',
    file,
    find: 'if (syncError !== null) return this.#fail(syncError);',
    replace:
      'if (syncError !== null) return disk.sync(name, () => { this.#durable = position; for (const record of records) this.#note(record); next(); });',
  }),
  mutant({
    name: 'segment given up before its truncation is durable',
    judge: 'assertion',
    source: 'https://github.com/redpanda-data/redpanda/pull/29849',
    file,
    find: 'offset = writeRecord(content, offset, record, place);',
    replace: 'offset = writeRecord(content, offset, record, place); this.#note(record);',
  }),
  mutant({
    name: 'new segment without the newest vote',
    judge,
    source: 'https://github.com/etcd-io/etcd/issues/14098',
    file,
    find: "    if (record.kind === 'hard-state') this.#hardState = record.hardState;\n",
    replace: '',
  }),
  mutant({
    name: 'new segment without the newest mark',
    judge,
    source: 'https://github.com/etcd-io/etcd/issues/22442',
    file,
    find: "if (record.kind === 'reset' || record.kind === 'compact') this.#mark = record.mark;",
    replace: "if (record.kind === 'compact') this.#mark = record.mark;",
  }),
  mutant({
    name: 'segment removed while an entry in it is needed',
    judge,
    source: 'https://github.com/redpanda-data/redpanda/issues/3377',
    file: 'consensus/storage/segment-ledger.ts',
    find: 'oldest.lastIndex > markIndex',
    replace: 'oldest.lastIndex > markIndex + 1',
  }),
  mutant({
    name: 'truncated entries come back at a restart',
    judge,
    source: 'https://github.com/etcd-io/etcd/issues/22442',
    file: 'consensus/storage/log-replay.ts',
    find: 'this.#entries = kept(this.#entries, (entry) => entry.index < from);',
    replace: 'this.#entries = kept(this.#entries, (entry) => entry.index <= from);',
  }),
  mutant({
    name: 'record with a wrong checksum believed',
    judge,
    source: "Alagappan et al., 'Protocol-Aware Recovery', FAST 2018; https://github.com/etcd-io/etcd/issues/5230",
    file: 'consensus/storage/record.ts',
    find: 'if (end > source.length || source.readUInt32BE(offset + 8) !== checksum(source, offset, end)) return null;',
    replace: 'if (end > source.length) return null;',
  }),
  mutant({
    name: 'damage in the middle taken for a torn tail',
    judge,
    source: "Alagappan et al., 'Protocol-Aware Recovery', FAST 2018",
    file: 'consensus/storage/log-replay.ts',
    find: 'if (this.#after !== null) this.#lose(end',
    replace: 'if (this.#hardState.term < 0) this.#lose(end',
  }),
  mutant({
    name: 'tail believed that was never synced',
    judge,
    source: 'fsyncgate, 2018; https://github.com/etcd-io/etcd/issues/14098',
    file: 'consensus/storage/recovery.ts',
    find: 'tail: kept };',
    replace: 'tail: [] };',
  }),
  mutant({
    name: 'replies do not wait for earlier writes',
    judge: 'durable before acknowledged',
    source: 'Raft paper, figure 2',
    file: 'consensus/driver/raft-driver.ts',
    find: 'if (this.#durableSequence === this.#handedSequence)',
    replace: 'if (this.#handedSequence % 2 === 0 || this.#durableSequence === this.#handedSequence)',
  }),
  mutant({
    name: 'held replies leave one write too early',
    judge: 'durable before acknowledged',
    source: 'https://github.com/cockroachdb/cockroach/pull/94165',
    file: 'consensus/driver/raft-driver.ts',
    find: 'this.#held[0].sequence <= sequence) {',
    replace: 'this.#held[0].sequence <= sequence + 1) {',
  }),
];
