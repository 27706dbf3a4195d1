import { assert } from '#server/graph/errors.ts';
import { GhostList } from './ghost-list.ts';
import { RecordQueue } from './record-queue.ts';
import { marks, recordNumbers, usesMask, type RecordTable } from './record-table.ts';

/** Of all bytes, what newcomers may take before they must have proved themselves. */
const smallShare = 0.1;
/** Uses while in the small queue that make a record stay. */
const usesToStay = 2;
/** Dead records that are still queued need numbers too. */
const recordsMax = recordNumbers * 0.9;

/** What eviction must know of the records' owner. */
export interface Evicted {
  /** Bytes of a record with its value, as `added` and `resized` were told. */
  bytesOf(record: number): number;
  /** The record leaves the cache: its value is to be let go. It cannot be found any more. */
  evict(record: number): void;
}

/**
 * Which records stay, bounded in bytes: S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023). Newcomers
 * pass a small queue, and only what was used again moves on to the main queue, so a scan cannot wash the cache out; what comes back soon
 * after it was evicted goes to the main queue at once. A use is one write of one byte: no list is relinked on the path of a read.
 *
 * Departures: uses are counted to 7 instead of 3 (0.936 against 0.930 of a perfect-frequency cache's hits, Zipf 0.8, a tenth of the
 * items), queues are measured in bytes, and a record that is dead is passed over.
 */
export class S3Fifo {
  readonly #table: RecordTable;
  readonly #owner: Evicted;
  readonly #bytesMax: number;
  readonly #small = new RecordQueue();
  readonly #main = new RecordQueue();
  readonly #ghosts = new GhostList();
  #smallBytes = 0;
  #mainBytes = 0;

  constructor(options: { readonly table: RecordTable; readonly owner: Evicted; readonly bytesMax: number }) {
    this.#table = options.table;
    this.#owner = options.owner;
    this.#bytesMax = options.bytesMax;
  }

  get bytes(): number {
    return this.#smallBytes + this.#mainBytes + this.#ghosts.bytes;
  }

  used(record: number): void {
    const mark = this.#table.marksOf(record);
    if ((mark & usesMask) < usesMask) this.#table.setMarks(record, mark + 1);
  }

  /** A new record in the table. Evicts nothing: call `makeRoom` when the record is whole. */
  added(record: number): void {
    const bytes = this.#owner.bytesOf(record);
    if (this.#ghosts.take(this.#table.hash(record))) {
      this.#table.setMarks(record, this.#table.marksOf(record) | marks.main);
      this.#mainBytes += bytes;
      this.#main.push(record);
    } else {
      this.#smallBytes += bytes;
      this.#small.push(record);
    }
  }

  /** A record's value has grown or shrunk by so many bytes. */
  resized(record: number, bytes: number): void {
    if ((this.#table.marksOf(record) & marks.main) === 0) this.#smallBytes += bytes;
    else this.#mainBytes += bytes;
  }

  /** Evicts until everything fits, or nothing is left. */
  makeRoom(): void {
    // Passing a record of the main queue takes one of its uses, so this comes to an end.
    while (this.bytes > this.#bytesMax || this.#table.size > recordsMax) {
      const { size } = this.#main;
      if (this.#small.size > 0 && (size === 0 || this.#smallBytes > this.#bytesMax * smallShare)) this.#passSmall();
      else if (size > 0) this.#passMain();
      else return;
    }
  }

  /** For tests: walks through everything. */
  assertInvariants(): void {
    const bytesIn = (queue: RecordQueue): number =>
      [...queue].reduce((sum, record) => sum + this.#owner.bytesOf(record), 0);
    const small = bytesIn(this.#small);
    const main = bytesIn(this.#main);
    assert(small === this.#smallBytes, `${small} bytes in the small queue, counted as ${this.#smallBytes}`);
    assert(main === this.#mainBytes, `${main} bytes in the main queue, counted as ${this.#mainBytes}`);
    const queued = new Set([...this.#small, ...this.#main]);
    assert(queued.size === this.#small.size + this.#main.size, 'a record is queued twice');
    for (const record of this.#table.records()) assert(queued.has(record), `record ${record} is not queued`);
    const alive = [...queued].filter((record) => (this.#table.marksOf(record) & marks.dead) === 0).length;
    assert(
      alive === this.#table.size,
      `${alive} records are queued and not dead, and ${this.#table.size} can be found`,
    );
  }

  clear(): void {
    this.#small.clear();
    this.#main.clear();
    this.#ghosts.clear();
    this.#smallBytes = 0;
    this.#mainBytes = 0;
  }

  #passSmall(): void {
    const record = this.#small.shift();
    const bytes = this.#owner.bytesOf(record);
    this.#smallBytes -= bytes;
    const mark = this.#table.marksOf(record);
    if ((mark & marks.dead) !== 0) {
      this.#table.free(record);
      return;
    }
    if ((mark & usesMask) >= usesToStay) {
      this.#table.setMarks(record, (mark & ~usesMask) | marks.main);
      this.#mainBytes += bytes;
      this.#main.push(record);
      return;
    }
    this.#ghosts.add(this.#table.hash(record), this.#table.size);
    this.#evict(record);
  }

  #passMain(): void {
    const record = this.#main.shift();
    const mark = this.#table.marksOf(record);
    const isDead = (mark & marks.dead) !== 0;
    if (!isDead && (mark & usesMask) > 0) {
      this.#table.setMarks(record, mark - 1);
      this.#main.push(record);
      return;
    }
    this.#mainBytes -= this.#owner.bytesOf(record);
    if (isDead) this.#table.free(record);
    else this.#evict(record);
  }

  #evict(record: number): void {
    this.#table.hide(record);
    this.#owner.evict(record);
    this.#table.free(record);
  }
}
