import { Buffer } from 'node:buffer';
import type { HardState, LogPlace, SnapshotMark } from '../core/types.ts';
import { crc32c } from './crc32c.ts';
import { LogFormatUnknown } from './log-damaged.ts';
import { recordLength, writeRecord } from './record.ts';
import type { LogRecord } from './record.ts';

/** The head of each file of the log. */
export interface SegmentHeader {
  /** Segments are numbered from 1, without a hole; only the oldest ones ever go. */
  readonly number: number;
  /** The position in the whole log of the file's first byte. What an older segment holds from here on is void. */
  readonly base: number;
  /** The position up to which the segment was durable when it appeared. */
  readonly synced: number;
  /** The whole log begins here: whatever older segments hold is void. So after damage, when all that is left was written anew. */
  readonly isBeginning: boolean;
}

/** Magic (8), format version (2), flags (2; always zero in version 1), CRC32C of all else (4), number (6), base (6), synced (6); big-endian. */
export const segmentHeaderLength = 34;
const magic = Buffer.from('IFACELOG');
const formatVersion = 2;
const beginningFlag = 1;
const suffix = '.segment';

export function segmentName(number: number): string {
  return `${String(number).padStart(12, '0')}${suffix}`;
}

/** Null for a file that is no segment. */
export function segmentNumber(name: string): number | null {
  const digits = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return /^\d{12}$/.test(digits) ? Number(digits) : null;
}

/**
 * A new segment as it is installed: header, then the state of the log at its beginning, so that every segment can be the
 * oldest one; then, at a start, the rewritten tail.
 */
export function newSegment(options: {
  readonly number: number;
  readonly base: number;
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly promised: LogPlace;
  readonly lost: LogPlace | null;
  readonly isBeginning: boolean;
  readonly tail: readonly LogRecord[];
}): { readonly content: Buffer<ArrayBuffer>; readonly header: SegmentHeader } {
  const { number, base, hardState, mark, promised, lost, isBeginning, tail } = options;
  const records: LogRecord[] = [{ kind: 'compact', mark }];
  if (lost !== null) records.push({ kind: 'repair', lost });
  records.push({ kind: 'standing', hardState, promised, isWhole: lost === null });
  for (const record of tail) records.push(record);
  const length = records.reduce((sum, record) => sum + recordLength(record), segmentHeaderLength);
  const header: SegmentHeader = { number, base, synced: base + length, isBeginning };
  const content = Buffer.alloc(length);
  writeHeader(content, header);
  let offset = segmentHeaderLength;
  for (const record of records)
    offset = writeRecord(content, offset, record, { position: base + offset, synced: base });
  return { content, header };
}

/** Null when the head is damaged. Throws LogFormatUnknown for a sound head of a newer version. */
export function readHeader(content: Buffer, file: string): SegmentHeader | null {
  if (content.length < segmentHeaderLength || !content.subarray(0, 8).equals(magic)) return null;
  if (content.readUInt32BE(12) !== headerChecksum(content)) return null;
  const version = content.readUInt16BE(8);
  if (version > formatVersion) throw new LogFormatUnknown({ file, found: version, known: formatVersion });
  return {
    number: content.readUIntBE(16, 6),
    base: content.readUIntBE(22, 6),
    synced: content.readUIntBE(28, 6),
    isBeginning: (content.readUInt16BE(10) & beginningFlag) !== 0,
  };
}

function writeHeader(content: Buffer, header: SegmentHeader): void {
  magic.copy(content);
  content.writeUInt16BE(formatVersion, 8);
  content.writeUInt16BE(header.isBeginning ? beginningFlag : 0, 10);
  content.writeUIntBE(header.number, 16, 6);
  content.writeUIntBE(header.base, 22, 6);
  content.writeUIntBE(header.synced, 28, 6);
  content.writeUInt32BE(headerChecksum(content), 12);
}

function headerChecksum(content: Buffer): number {
  return crc32c(content, 16, segmentHeaderLength, crc32c(content, 0, 12));
}
