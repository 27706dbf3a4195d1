import type { Disk } from './disk.ts';
import { LogDamaged } from './log-damaged.ts';
import type { RecoveredLog } from './log-storage.ts';
import { LogReplay } from './log-replay.ts';
import { SegmentLedger } from './segment-ledger.ts';
import { newSegment, segmentName } from './segment.ts';
import { scanLog } from './segment-scan.ts';
import type { ScannedLog } from './segment-scan.ts';
import type { LogRecord, PlacedRecord } from './record.ts';

export interface OpenedLog {
  readonly recovered: RecoveredLog;
  readonly ledger: SegmentLedger;
  /** The segment that is written to from now on. */
  readonly newest: { readonly number: number; readonly position: number; readonly length: number };
}

/**
 * Reads the log and begins a new segment that starts where the old ones are known to be durable. What lies after that is
 * written again, into the new segment: after a failed or missing sync the page cache shows what the disk may not hold, and a
 * second sync of the same pages would succeed without writing them (the "fsyncgate" of 2018).
 */
export function recoverLog(disk: Disk): OpenedLog {
  const scanned = scanLog(disk);
  const last = scanned.segments.at(-1);
  const replay = new LogReplay();
  const ledger = new SegmentLedger();
  for (const segment of scanned.segments) {
    ledger.begin(segment.name);
    for (const placed of segment.records) {
      if (segment === last && placed.position >= scanned.synced) break;
      applyPlaced(replay, placed, { file: segment.name, base: segment.header.base });
      ledger.note(placed.record);
    }
  }
  const tail = tailOf(scanned);
  const number = (last?.header.number ?? 0) + 1;
  const { hardState, mark } = replay;
  const { content, header } = newSegment({
    number,
    base: scanned.synced,
    hardState,
    mark,
    tail: tail.map((placed) => placed.record),
  });
  ledger.begin(segmentName(number));
  for (const placed of tail) {
    applyPlaced(replay, placed, { file: last?.name ?? '', base: last?.header.base ?? 0 });
    ledger.note(placed.record);
  }
  const missing = replay.finish();
  if (missing !== null) throw new LogDamaged({ file: segmentName(number), offset: 0, durableTo: 0, reason: missing });
  disk.installNow(segmentName(number), content);
  return {
    recovered: {
      hardState: replay.hardState,
      mark: replay.mark,
      entries: replay.entries,
      tornBytes: scanned.tornBytes,
    },
    ledger,
    newest: { number, position: header.synced, length: content.length },
  };
}

function tailOf(scanned: ScannedLog): readonly PlacedRecord[] {
  const records = scanned.segments.at(-1)?.records ?? [];
  return records.filter((placed) => placed.position >= scanned.synced && isWorthKeeping(placed.record));
}

function isWorthKeeping(record: LogRecord): boolean {
  return record.kind !== 'synced';
}

function applyPlaced(
  replay: LogReplay,
  placed: PlacedRecord,
  segment: { readonly file: string; readonly base: number },
): void {
  const wrong = replay.apply(placed.record);
  if (wrong === null) return;
  const offset = placed.position - segment.base;
  throw new LogDamaged({ file: segment.file, offset, durableTo: offset + placed.length, reason: wrong });
}
