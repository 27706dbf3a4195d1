import { Buffer } from 'node:buffer';
import type { Disk } from './disk.ts';
import { LogDamaged } from './log-damaged.ts';
import { readRecord, recordMagic } from './record.ts';
import type { PlacedRecord } from './record.ts';
import { readHeader, segmentHeaderLength, segmentName, segmentNumber } from './segment.ts';
import type { SegmentHeader } from './segment.ts';

export interface ScannedSegment {
  readonly name: string;
  readonly header: SegmentHeader;
  readonly records: readonly PlacedRecord[];
}

export interface ScannedLog {
  /** Oldest first, without a hole. */
  readonly segments: readonly ScannedSegment[];
  /** The position up to which the log is known to have been durable; all records before it are sound. */
  readonly synced: number;
  readonly tornBytes: number;
}

interface Segment {
  readonly name: string;
  readonly header: SegmentHeader;
  readonly content: Buffer;
}

/**
 * Reads the whole log and tells a torn tail from damage. A torn tail can only lie in the newest segment, after the last
 * position that any later record, or the segment's own head, says was durable. All else that cannot be read is LogDamaged.
 */
export function scanLog(disk: Disk): ScannedLog {
  const found = readSegments(disk);
  const segments: ScannedSegment[] = [];
  let synced = 0;
  let tornBytes = 0;
  for (const [at, segment] of found.entries()) {
    const next = found[at + 1];
    if (next === undefined) {
      const newest = scanNewest(segment);
      synced = newest.synced;
      tornBytes = newest.tornBytes;
      segments.push(newest.segment);
    } else {
      segments.push(scanOlder(segment, next));
    }
  }
  return { segments, synced, tornBytes };
}

function readSegments(disk: Disk): Segment[] {
  const numbers = disk
    .listNow()
    .map(segmentNumber)
    .filter((number) => number !== null)
    .toSorted((a, b) => a - b);
  return numbers.map((number, at) => {
    const name = segmentName(number);
    const before = numbers[at - 1];
    if (before !== undefined && number !== before + 1)
      throw new LogDamaged({ file: segmentName(before + 1), offset: 0, durableTo: 0, reason: 'the file is missing' });
    const bytes = disk.readNow(name);
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = readHeader(content, name);
    // A segment appears whole and durable, so its head is never torn.
    if (header === null || header.number !== number)
      throw new LogDamaged({
        file: name,
        offset: 0,
        durableTo: segmentHeaderLength,
        reason: 'the head of the file is unreadable',
      });
    return { name, header, content };
  });
}

/** A segment with a newer one after it was durable up to where the newer one begins. */
function scanOlder(segment: Segment, next: Segment): ScannedSegment {
  const { name, header, content } = segment;
  const end = next.header.base - header.base;
  const { records, end: soundTo } = readRecords(segment, Math.min(end, content.length));
  if (soundTo !== end)
    throw new LogDamaged({ file: name, offset: soundTo, durableTo: end, reason: 'no sound record begins there' });
  return { name, header, records };
}

function scanNewest(segment: Segment): {
  readonly segment: ScannedSegment;
  readonly synced: number;
  readonly tornBytes: number;
} {
  const { name, header, content } = segment;
  const { records, end } = readRecords(segment, content.length);
  let synced = records.reduce((highest, record) => Math.max(highest, record.synced), header.synced);
  if (end < content.length) synced = Math.max(synced, syncedAfterDamage(segment, end + 1));
  if (synced > header.base + end)
    throw new LogDamaged({
      file: name,
      offset: end,
      durableTo: synced - header.base,
      reason: 'no sound record begins there',
    });
  return { segment: { name, header, records }, synced, tornBytes: content.length - end };
}

function readRecords(
  segment: Segment,
  limit: number,
): { readonly records: readonly PlacedRecord[]; readonly end: number } {
  const { header } = segment;
  const content = segment.content.subarray(0, limit);
  const records: PlacedRecord[] = [];
  let end = segmentHeaderLength;
  for (;;) {
    const record = readRecord(content, end, header.base + end);
    if (record === null) return { records, end };
    records.push(record);
    end += record.length;
  }
}

/** The highest position that a sound record beyond the damage says was durable; 0 when there is no such record. */
function syncedAfterDamage(segment: Segment, from: number): number {
  const { header, content } = segment;
  let synced = 0;
  for (let at = content.indexOf(recordMagic, from); at !== -1; at = content.indexOf(recordMagic, at + 1)) {
    const record = readRecord(content, at, header.base + at);
    if (record !== null) synced = Math.max(synced, record.synced);
  }
  return synced;
}
