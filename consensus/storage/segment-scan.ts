import { Buffer } from 'node:buffer';
import type { Disk } from './disk.ts';
import type { LogDamage } from './log-damaged.ts';
import { positionOfRecord, readRecord, recordMagic } from './record.ts';
import type { PlacedRecord } from './record.ts';
import { readHeader, segmentHeaderLength, segmentName, segmentNumber } from './segment.ts';
import type { SegmentHeader } from './segment.ts';

/** Sound records in their order; a gap stands for any number of unreadable ones. */
export type ScannedPart =
  { readonly kind: 'record'; readonly file: string; readonly placed: PlacedRecord } | { readonly kind: 'gap' };

export interface ScannedLog {
  /** Files that the log consists of, oldest first. */
  readonly files: readonly string[];
  /** Files that hold nothing of it any more: what was left after damage was written anew. */
  readonly voidFiles: readonly string[];
  readonly parts: readonly ScannedPart[];
  /** The number of the newest file; 0 when there is none. */
  readonly number: number;
  /** The position up to which the log is known to have been durable, and the one where its bytes end. */
  readonly synced: number;
  readonly end: number;
  readonly tornBytes: number;
  readonly damages: readonly LogDamage[];
}

interface Segment {
  readonly name: string;
  readonly number: number;
  /** Null: it cannot be read. */
  readonly header: SegmentHeader | null;
  /** The position of its first byte; null when nothing in it tells. */
  readonly knownBase: number | null;
  readonly base: number;
  readonly content: Buffer;
}

/**
 * Reads the whole log and tells a torn tail from damage. A torn tail can only lie in the newest segment, after the last position that
 * any later record, or the segment's own head, says was durable; it is left out. All else that cannot be read is damage.
 */
export function scanLog(disk: Disk): ScannedLog {
  const all = readSegments(disk);
  const begins = all.findLastIndex(({ header }) => header?.isBeginning === true);
  const segments = all.slice(Math.max(0, begins));
  const scan = new Scan();
  for (const [at, segment] of segments.entries()) scan.read(segment, segments[at + 1] ?? null);
  const newest = segments.at(-1);
  return {
    files: segments.map(({ name }) => name),
    voidFiles: all.slice(0, Math.max(0, begins)).map(({ name }) => name),
    parts: scan.parts,
    number: newest?.number ?? 0,
    synced: scan.synced,
    end: all.reduce((end, { base, content }) => Math.max(end, base + content.length), 0),
    tornBytes: scan.tornBytes,
    damages: scan.damages,
  };
}

/** Whether anything in this file is unreadable that was once durable, as far as the file itself can tell. */
export function isDamaged(disk: Disk, name: string): boolean {
  const segment = readSegment(disk, segmentNumber(name) ?? 0);
  const scan = new Scan();
  scan.read(segment, null);
  return scan.damages.length > 0;
}

function readSegments(disk: Disk): readonly Segment[] {
  const numbers = disk.listNow().map(segmentNumber);
  return numbers
    .filter((number) => number !== null)
    .toSorted((a, b) => a - b)
    .map((number) => readSegment(disk, number));
}

function readSegment(disk: Disk, number: number): Segment {
  const name = segmentName(number);
  const bytes = disk.readNow(name);
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readHeader(content, name);
  const header = read?.number === number ? read : null;
  const knownBase = header?.base ?? baseByRecords(content);
  return { name, number, header, knownBase, base: knownBase ?? 0, content };
}

/** Every sound record knows its own position, so a file whose head is damaged can still be read. */
function baseByRecords(content: Buffer): number | null {
  for (let at = content.indexOf(recordMagic); at !== -1; at = content.indexOf(recordMagic, at + 1)) {
    const position = positionOfRecord(content, at);
    if (position !== null && position >= at && readRecord(content, at, position) !== null) return position - at;
  }
  return null;
}

class Scan {
  readonly parts: ScannedPart[] = [];
  readonly damages: LogDamage[] = [];
  synced = 0;
  tornBytes = 0;
  #previous: Segment | null = null;

  read(segment: Segment, next: Segment | null): void {
    this.#checkOrder(segment);
    this.#previous = segment;
    const { header, base, content, name } = segment;
    if (header === null)
      this.#damaged({ file: name, offset: 0, durableTo: segmentHeaderLength }, 'the head of the file is unreadable');
    // A newer segment begins where this one was durable, and has what came after it; if nothing tells where that is, the bytes' end.
    const nextBase = next?.knownBase ?? base + content.length;
    const durable = next === null ? null : nextBase - base;
    const limit = durable === null ? content.length : Math.min(durable, content.length);
    const pieces = readPieces(segment, limit);
    // Without its head nobody knows what was durable when the segment appeared: nothing in it is taken for a torn tail.
    const vouched = durable ?? (header === null ? content.length : syncedIn(header, pieces) - base);
    if (next === null) this.synced = Math.max(base + vouched, base + segmentHeaderLength);
    let end = segmentHeaderLength;
    for (const piece of pieces) {
      if (piece.from > end && !this.#skip({ name, from: end, to: piece.from, vouched }))
        return this.#tear(content.length - end);
      for (const placed of piece.records) this.parts.push({ kind: 'record', file: name, placed });
      end = piece.to;
    }
    const readable = Math.max(limit, vouched);
    if (end < readable && !this.#skip({ name, from: end, to: readable, vouched })) this.#tear(content.length - end);
  }

  /** False: nothing says that the place was ever durable. */
  #skip(place: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly vouched: number;
  }): boolean {
    const { name, from, to, vouched } = place;
    if (from >= vouched) return false;
    this.#damaged({ file: name, offset: from, durableTo: Math.min(to, vouched) }, 'no sound record begins there');
    return true;
  }

  #tear(bytes: number): void {
    this.tornBytes = Math.max(0, bytes);
  }

  /** Only the oldest segments ever go. */
  #checkOrder({ number }: Segment): void {
    const expected = (this.#previous?.number ?? number - 1) + 1;
    if (number !== expected)
      this.#damaged({ file: segmentName(expected), offset: 0, durableTo: 0 }, 'the file is missing');
  }

  #damaged(place: Pick<LogDamage, 'file' | 'offset' | 'durableTo'>, reason: string): void {
    this.damages.push({ ...place, reason });
    this.parts.push({ kind: 'gap' });
  }
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly records: readonly PlacedRecord[];
}

/** The stretches of a segment that can be read. */
function readPieces({ base, content }: Segment, limit: number): readonly Piece[] {
  const readable = content.subarray(0, limit);
  const pieces: Piece[] = [];
  let from = segmentHeaderLength;
  while (from < limit) {
    const records: PlacedRecord[] = [];
    let to = from;
    for (let next = readRecord(readable, to, base + to); next !== null; next = readRecord(readable, to, base + to)) {
      records.push(next);
      to += next.length;
    }
    if (records.length > 0) pieces.push({ from, to, records });
    from = nextSound(readable, to + 1, base);
  }
  return pieces;
}

function nextSound(readable: Buffer, from: number, base: number): number {
  for (let at = readable.indexOf(recordMagic, from); at !== -1; at = readable.indexOf(recordMagic, at + 1)) {
    if (readRecord(readable, at, base + at) !== null) return at;
  }
  return readable.length;
}

/** Also what lies beyond damage says how far the log was durable when it was written. */
function syncedIn(header: SegmentHeader, pieces: readonly Piece[]): number {
  let synced = header.synced;
  for (const { records } of pieces) for (const record of records) synced = Math.max(synced, record.synced);
  return synced;
}
