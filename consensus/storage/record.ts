import { Buffer } from 'node:buffer';
import type {
  Configuration,
  Entry,
  EntryKind,
  HardState,
  LogIndex,
  LogPlace,
  NodeId,
  SnapshotMark,
  Term,
} from '../core/types.ts';
import { entryKinds } from '../core/types.ts';
import { crc32c } from './crc32c.ts';

/** One step in the life of a log; replaying all of them in order gives the log. */
export type LogRecord =
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'hard-state'; readonly hardState: HardState }
  | { readonly kind: 'truncate'; readonly from: LogIndex }
  /** Forget all entries and go on after the mark. */
  | { readonly kind: 'reset'; readonly mark: SnapshotMark }
  /** Entries up to the mark are no longer needed. */
  | { readonly kind: 'compact'; readonly mark: SnapshotMark }
  /** Says nothing but how far the log was synced; format version 1 ended with it. */
  | { readonly kind: 'synced' }
  /**
   * How things stood when the write of which it is the first record began, all of it durable: term and vote, and where the log ended, or
   * ended before it lost entries. Changes nothing, and outlasts damage to what came before it.
   */
  | {
      readonly kind: 'standing';
      readonly hardState: HardState;
      readonly promised: LogPlace;
      readonly isWhole: boolean;
    }
  /** Entries up to this place were lost, and are to be had from others before the node votes. */
  | { readonly kind: 'repair'; readonly lost: LogPlace }
  | { readonly kind: 'repaired' };

/** Where a record lies. Positions count the bytes of the whole log since its beginning, over all segments. */
export interface RecordPlace {
  readonly position: number;
  /** The log was durable up to this position when the record was written. Invariant: synced <= position. */
  readonly synced: number;
}

export interface PlacedRecord extends RecordPlace {
  readonly record: LogRecord;
  /** Bytes on disk, header included. */
  readonly length: number;
}

/*
 * Big-endian, the same in format versions 1 and 2, which added the kinds from `standing` on: magic (4), data length (4), CRC32C of all else (4), kind (1), kind of entry or, of
 * a `standing`, whether the log lacks entries (1), zero (2),
 * term (6), index (6), position (6), synced (6), data. A record that carries its own position cannot be mistaken for
 * another one: not a stale block of the disk, nor bytes in somebody's data that look like a record.
 */
export const recordHeaderLength = 40;
const magic = 0x9e1f1a06;
export const recordMagic = Buffer.from([0x9e, 0x1f, 0x1a, 0x06]);
const kindCodes = [
  'entry',
  'hard-state',
  'truncate',
  'reset',
  'compact',
  'synced',
  'standing',
  'repair',
  'repaired',
] as const satisfies readonly LogRecord['kind'][];
const termLength = 6;
const nothing = new Uint8Array(0);

interface Fields {
  readonly term: number;
  readonly index: number;
  readonly entryKind: number;
  readonly data: Uint8Array;
}

/** Appends records to a buffer that was made large enough with `recordBytesMax`. */
export function writeRecord(target: Buffer, offset: number, record: LogRecord, place: RecordPlace): number {
  const { term, index, entryKind, data } = fieldsOf(record);
  const end = offset + recordHeaderLength + data.length;
  target.writeUInt32BE(magic, offset);
  target.writeUInt32BE(data.length, offset + 4);
  target[offset + 12] = kindCodes.indexOf(record.kind);
  target[offset + 13] = entryKind;
  target.writeUInt16BE(0, offset + 14);
  target.writeUIntBE(term, offset + 16, 6);
  target.writeUIntBE(index, offset + 22, 6);
  target.writeUIntBE(place.position, offset + 28, 6);
  target.writeUIntBE(place.synced, offset + 34, 6);
  target.set(data, offset + recordHeaderLength);
  target.writeUInt32BE(checksum(target, offset, end), offset + 8);
  return end;
}

/** Bytes that the record takes on disk. */
export function recordLength(record: LogRecord): number {
  return recordHeaderLength + (record.kind === 'entry' ? record.entry.data.length : fieldsOf(record).data.length);
}

/** The position that a record here would say it has; null where none can begin. */
export function positionOfRecord(source: Buffer, offset: number): number | null {
  return offset + recordHeaderLength > source.length ? null : source.readUIntBE(offset + 28, 6);
}

/** Null when no whole, sound record of this very position begins at `offset`. */
export function readRecord(source: Buffer, offset: number, position: number): PlacedRecord | null {
  if (offset + recordHeaderLength > source.length || source.readUInt32BE(offset) !== magic) return null;
  // The position is looked at before the checksum: it makes the search through a damaged stretch cheap.
  if (source.readUIntBE(offset + 28, 6) !== position) return null;
  const end = offset + recordHeaderLength + source.readUInt32BE(offset + 4);
  if (end > source.length || source.readUInt32BE(offset + 8) !== checksum(source, offset, end)) return null;
  const record = recordOf(kindCodes[source[offset + 12] ?? -1], {
    term: source.readUIntBE(offset + 16, 6),
    index: source.readUIntBE(offset + 22, 6),
    entryKind: source[offset + 13] ?? -1,
    data: source.subarray(offset + recordHeaderLength, end),
  });
  return record === null ? null : { record, position, synced: source.readUIntBE(offset + 34, 6), length: end - offset };
}

function checksum(bytes: Uint8Array, offset: number, end: number): number {
  return crc32c(bytes, offset + 12, end, crc32c(bytes, offset, offset + 8));
}

function fieldsOf(record: LogRecord): Fields {
  switch (record.kind) {
    case 'entry': {
      const { term, index, kind, data } = record.entry;
      return { term, index, entryKind: entryKinds.indexOf(kind), data };
    }
    case 'hard-state': {
      const { term, votedFor } = record.hardState;
      return { term, index: 0, entryKind: 0, data: votedFor === null ? nothing : Buffer.from(votedFor) };
    }
    case 'truncate':
      return { term: 0, index: record.from, entryKind: 0, data: nothing };
    case 'reset':
    case 'compact': {
      const { term, index, configuration } = record.mark;
      return { term, index, entryKind: 0, data: Buffer.from(JSON.stringify(configuration)) };
    }
    case 'standing': {
      const { hardState, promised, isWhole } = record;
      const data = Buffer.alloc(termLength + Buffer.byteLength(hardState.votedFor ?? ''));
      data.writeUIntBE(promised.term, 0, termLength);
      data.write(hardState.votedFor ?? '', termLength);
      return { term: hardState.term, index: promised.index, entryKind: isWhole ? 0 : 1, data };
    }
    case 'repair':
      return { term: record.lost.term, index: record.lost.index, entryKind: 0, data: nothing };
    case 'repaired':
    case 'synced':
      return { term: 0, index: 0, entryKind: 0, data: nothing };
  }
}

/** The border where bytes become types: the checksum has shown that they are what `fieldsOf` wrote. */
function recordOf(kind: LogRecord['kind'] | undefined, fields: Fields): LogRecord | null {
  const term = fields.term as Term;
  const index = fields.index as LogIndex;
  switch (kind) {
    case 'entry': {
      const entryKind: EntryKind | undefined = entryKinds[fields.entryKind];
      if (entryKind === undefined) return null;
      // A copy: else one small entry would keep its whole segment in memory.
      return { kind, entry: { index, term, kind: entryKind, data: new Uint8Array(fields.data) } };
    }
    case 'hard-state':
      return { kind, hardState: { term, votedFor: nodeOf(fields.data) } };
    case 'standing': {
      const promisedTerm = Buffer.from(fields.data).readUIntBE(0, termLength) as Term;
      const hardState = { term, votedFor: nodeOf(fields.data.subarray(termLength)) };
      return { kind, hardState, promised: { index, term: promisedTerm }, isWhole: fields.entryKind === 0 };
    }
    case 'repair':
      return { kind, lost: { index, term } };
    case 'truncate':
      return { kind, from: index };
    case 'reset':
    case 'compact':
      return { kind, mark: { index, term, configuration: JSON.parse(textOf(fields.data)) as Configuration } };
    case 'repaired':
    case 'synced':
      return { kind };
    case undefined:
      return null;
  }
}

function nodeOf(data: Uint8Array): NodeId | null {
  return data.length === 0 ? null : (textOf(data) as NodeId);
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}
