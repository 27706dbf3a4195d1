import { assert } from '../core/assert.ts';
import { Buffer } from 'node:buffer';
import type { HardState, LogPlace, Persist, SnapshotMark } from '../core/types.ts';
import type { Disk } from './disk.ts';
import type { LogStorage, RecoveredLog } from './log-storage.ts';
import { recoverLog } from './recovery.ts';
import type { OpenedLog } from './recovery.ts';
import { recordLength, writeRecord } from './record.ts';
import type { LogRecord } from './record.ts';
import type { SegmentLedger } from './segment-ledger.ts';
import { newSegment, segmentName } from './segment.ts';
import { TermStarts } from './term-starts.ts';

export interface FileLogOptions {
  readonly disk: Disk;
  /** A write, sync or removal failed. Nothing is tried again and no `done` is called any more: end the process. */
  readonly onFailure: (error: Error) => void;
  /** A segment that reached this size is followed by a new one. Only whole segments are ever given back to the disk. */
  readonly segmentBytesMax: number;
}

/**
 * Opens the log in this folder, or begins an empty one. Blocks until it is read. Where entries that were durable cannot be read, what came
 * before them is kept, and `recovered.lost` says up to where the rest is to be had from others. Throws LogDamaged when term and vote
 * cannot be read, LogFormatUnknown for a log of a newer version.
 */
export function openFileLog(options: FileLogOptions): {
  readonly recovered: RecoveredLog;
  readonly storage: LogStorage;
} {
  const opened = recoverLog(options.disk);
  return { recovered: opened.recovered, storage: new FileLog(options, opened) };
}

interface Waiting {
  readonly records: readonly LogRecord[];
  readonly done: () => void;
}

/** One write takes at most about this much, so that a long queue does not need its size in memory twice. */
const batchBytesMax = 8 * 1024 * 1024;

/** Group commit: while one write and sync is under way, persists collect; then one write and one sync serve all of them. */
class FileLog implements LogStorage {
  readonly #options: FileLogOptions;
  readonly #ledger: SegmentLedger;
  // Bounded by the core, which has at most `uncommittedBytesMax` of its own and one append a peer under way.
  readonly #waiting: Waiting[] = [];
  #number: number;
  #segmentBytes: number;
  /** Where the next record goes, as a position in the whole log. Invariant: durable <= position. */
  #position: number;
  #durable: number;
  /** As of the durable records. */
  #hardState: HardState;
  #mark: SnapshotMark;
  readonly #terms: TermStarts;
  #lost: LogPlace | null;
  #writing = false;
  #removing = false;
  #failed = false;
  #closing: (() => void) | null = null;
  #closed = false;

  constructor(options: FileLogOptions, opened: OpenedLog) {
    this.#options = options;
    this.#ledger = opened.ledger;
    this.#number = opened.newest.number;
    this.#segmentBytes = opened.newest.length;
    this.#position = opened.newest.position;
    this.#durable = opened.newest.position;
    this.#hardState = opened.recovered.hardState;
    this.#mark = opened.recovered.mark;
    this.#terms = new TermStarts(opened.recovered);
    this.#lost = opened.recovered.lost ?? null;
  }

  persist(write: Persist, done: () => void): void {
    assert(this.#closing === null, `persist ${write.sequence} came after close`);
    this.#waiting.push({ records: recordsOf(write), done });
    this.#advance();
  }

  close(done: () => void): void {
    assert(this.#closing === null, 'the log was closed twice');
    this.#closing = done;
    this.#advance();
  }

  /** Starts the next piece of work if none is under way. */
  #advance(): void {
    if (this.#writing) return;
    if (this.#failed) return this.#finishClose();
    if (this.#waiting.length === 0) {
      if (this.#closing !== null && !this.#removing) this.#writeLastMark();
      return;
    }
    this.#writing = true;
    if (this.#segmentBytes >= this.#options.segmentBytesMax) this.#roll(() => this.#writeBatch());
    else this.#writeBatch();
  }

  /** Everything before the new segment is durable, since a batch ends with its sync. */
  #roll(next: () => void): void {
    const { content, header } = newSegment({
      number: this.#number + 1,
      base: this.#position,
      hardState: this.#hardState,
      mark: this.#mark,
      promised: this.#promised,
      lost: this.#lost,
      isBeginning: false,
      tail: [],
    });
    this.#options.disk.install(segmentName(header.number), content, (error) => {
      if (error !== null) return this.#fail(error);
      this.#ledger.begin(segmentName(header.number));
      this.#number = header.number;
      this.#segmentBytes = content.length;
      this.#position = header.synced;
      this.#durable = header.synced;
      next();
    });
  }

  #writeBatch(): void {
    const batch = this.#takeBatch();
    const records = batch.flatMap((waiting) => waiting.records);
    this.#append(records, () => {
      this.#writing = false;
      // The disk is kept busy before anyone is answered: what they answer with joins the batch after the next.
      this.#advance();
      for (const waiting of batch) waiting.done();
      this.#removeOld();
    });
  }

  #takeBatch(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      count += 1;
      for (const record of waiting.records) bytes += recordLength(record);
      if (bytes >= batchBytesMax) break;
    }
    return this.#waiting.splice(0, count);
  }

  /** What others may count on, as of the durable records. */
  get #promised(): LogPlace {
    return this.#lost ?? this.#terms.last;
  }

  /** One write and one sync. The first record says how things stood, and with that all that was written before is vouched for. */
  #append(batch: readonly LogRecord[], next: () => void): void {
    const isWhole = this.#lost === null;
    const records: readonly LogRecord[] = [
      { kind: 'standing', hardState: this.#hardState, promised: this.#promised, isWhole },
      ...batch,
    ];
    const content = Buffer.allocUnsafe(records.reduce((sum, record) => sum + recordLength(record), 0));
    let offset = 0;
    for (const record of records) {
      const place = { position: this.#position + offset, synced: this.#durable };
      offset = writeRecord(content, offset, record, place);
    }
    assert(offset === content.length, `a batch of ${content.length} bytes was encoded as ${offset}`);
    this.#segmentBytes += offset;
    this.#position += offset;
    const position = this.#position;
    const name = segmentName(this.#number);
    const { disk } = this.#options;
    disk.append(name, content, (appendError) => {
      if (appendError !== null) return this.#fail(appendError);
      disk.sync(name, (syncError) => {
        if (syncError !== null) return this.#fail(syncError);
        this.#durable = position;
        for (const record of records) this.#note(record);
        next();
      });
    });
  }

  /** Only now: a segment given up for the sake of a truncation that is not durable yet would leave a hole. */
  #note(record: LogRecord): void {
    this.#ledger.note(record);
    if (record.kind === 'hard-state') this.#hardState = record.hardState;
    if (record.kind === 'reset' || record.kind === 'compact') this.#mark = record.mark;
    if (record.kind === 'repair') this.#lost = record.lost;
    if (record.kind === 'repaired') this.#lost = null;
    this.#terms.note(record);
  }

  /** One segment at a time, oldest first, so that a crash in between leaves no hole. */
  #removeOld(): void {
    if (this.#removing || this.#failed) return;
    const name = this.#ledger.takeRemovable(this.#mark.index);
    if (name === null) return;
    this.#removing = true;
    this.#options.disk.remove(name, (error) => {
      this.#removing = false;
      if (error !== null) return this.#fail(error);
      this.#removeOld();
      this.#advance();
    });
  }

  /** The last batch has no later record that vouches for it: this one does, so that damage to it is not taken for a torn tail. */
  #writeLastMark(): void {
    if (this.#closed) return;
    this.#writing = true;
    this.#append([], () => {
      this.#writing = false;
      this.#finishClose();
    });
  }

  #finishClose(): void {
    const done = this.#closing;
    if (done === null || this.#closed || this.#writing) return;
    this.#closed = true;
    this.#options.disk.close((error) => {
      if (error !== null && !this.#failed) this.#options.onFailure(error);
      done();
    });
  }

  #fail(error: Error): void {
    this.#writing = false;
    if (!this.#failed) {
      this.#failed = true;
      this.#waiting.length = 0;
      this.#options.onFailure(error);
    }
    this.#finishClose();
  }
}

/** In the order in which Persist says that its parts are carried out; cut anywhere, what is left is a state the node was in. */
function recordsOf(write: Persist): readonly LogRecord[] {
  const records: LogRecord[] = [];
  if (write.hardState !== null) records.push({ kind: 'hard-state', hardState: write.hardState });
  if (write.reset !== null) records.push({ kind: 'reset', mark: write.reset });
  if (write.truncateFrom !== null) records.push({ kind: 'truncate', from: write.truncateFrom });
  for (const entry of write.entries) records.push({ kind: 'entry', entry });
  if (write.compactTo !== null) records.push({ kind: 'compact', mark: write.compactTo });
  if (write.lost !== undefined)
    records.push(write.lost === null ? { kind: 'repaired' } : { kind: 'repair', lost: write.lost });
  return records;
}
