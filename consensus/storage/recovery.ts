import type { Disk } from './disk.ts';
import { LogDamaged } from './log-damaged.ts';
import type { LogDamage } from './log-damaged.ts';
import type { RecoveredLog } from './log-storage.ts';
import { LogReplay } from './log-replay.ts';
import { SegmentLedger } from './segment-ledger.ts';
import { newSegment, segmentName, segmentNumber } from './segment.ts';
import { isDamaged, scanLog } from './segment-scan.ts';
import type { ScannedLog, ScannedPart } from './segment-scan.ts';
import type { LogRecord } from './record.ts';

export interface OpenedLog {
  readonly recovered: RecoveredLog;
  readonly ledger: SegmentLedger;
  /** The segment that is written to from now on. */
  readonly newest: { readonly number: number; readonly position: number; readonly length: number };
}

/**
 * Reads the log and begins a new segment. Throws LogDamaged when the node's own term and vote cannot be read.
 */
export function recoverLog(disk: Disk): OpenedLog {
  const scanned = scanLog(disk);
  return scanned.damages.length === 0 ? goOn(disk, scanned) : beginAnew(disk, scanned);
}

/**
 * The new segment starts where the old ones are known to be durable. What lies after that is written again, into the new segment: after a
 * failed or missing sync the page cache shows what the disk may not hold, and a second sync of the same pages would succeed without
 * writing them (the "fsyncgate" of 2018).
 */
function goOn(disk: Disk, scanned: ScannedLog): OpenedLog {
  const replay = new LogReplay();
  const ledger = new SegmentLedger();
  setAside(disk, { files: scanned.voidFiles, damaged: [] }, ledger);
  const tail: LogRecord[] = [];
  let file = '';
  const begin = (name: string): void => {
    if (name !== file) ledger.begin(name);
    file = name;
  };
  const synced = (part: ScannedPart): boolean => part.kind === 'gap' || part.placed.position < scanned.synced;
  for (const part of scanned.parts) {
    if (part.kind === 'gap') continue;
    begin(part.file);
    if (!synced(part)) tail.push(part.placed.record);
    else apply(replay, ledger, part);
  }
  const { hardState, mark, promised, lost } = replay;
  const number = scanned.number + 1;
  const kept = tail.filter(({ kind }) => kind !== 'synced' && kind !== 'standing');
  const options = { number, base: scanned.synced, hardState, mark, promised, lost, isBeginning: false, tail: kept };
  const { content, header } = newSegment(options);
  begin(segmentName(number));
  for (const part of scanned.parts) if (part.kind === 'record' && !synced(part)) apply(replay, ledger, part);
  replay.finish();
  // The mark that made the oldest segments superfluous never came: they are missing.
  if (replay.lost !== lost && !tail.some(({ kind }) => kind === 'repair')) return beginAnew(disk, beheaded(scanned));
  disk.installNow(segmentName(number), content);
  return opened({ replay, ledger, scanned }, { number, position: header.synced, length: content.length });
}

/**
 * After damage: all that is left is written into a segment with which the log begins, together with where it once ended, so that a crash
 * in the middle of the repair does not forget that it is due. Only then the damaged files are set aside.
 */
function beginAnew(disk: Disk, scanned: ScannedLog): OpenedLog {
  const replay = new LogReplay();
  const ledger = new SegmentLedger();
  for (const part of scanned.parts) {
    if (part.kind === 'gap') replay.gap();
    else apply(replay, null, part);
  }
  replay.finish();
  const [first] = scanned.damages;
  if (!replay.isVoteKnown && first !== undefined)
    throw new LogDamaged({ ...first, reason: `${first.reason}, and no sound record after it tells term and vote` });
  const number = scanned.number + 1;
  const { hardState, mark, lost, entries } = replay;
  const tail = entries.map((entry): LogRecord => ({ kind: 'entry', entry }));
  tail.push({ kind: 'standing', hardState, promised: replay.promised, isWhole: lost === null });
  const base = Math.max(scanned.synced, scanned.end);
  const promised = lost ?? mark;
  const { content, header } = newSegment({ number, base, hardState, mark, promised, lost, isBeginning: true, tail });
  disk.installNow(segmentName(number), content);
  setAside(disk, { files: [...scanned.voidFiles, ...scanned.files], damaged: scanned.damages }, ledger);
  ledger.begin(segmentName(number));
  for (const record of tail) ledger.note(record);
  return opened({ replay, ledger, scanned }, { number, position: header.synced, length: content.length });
}

function beheaded(scanned: ScannedLog): ScannedLog {
  const file = segmentName((segmentNumber(scanned.files[0] ?? '') ?? 1) - 1);
  const damage = { file, offset: 0, durableTo: 0, reason: 'the oldest files are missing' };
  return { ...scanned, parts: [{ kind: 'gap' }, ...scanned.parts], damages: [damage] };
}

/** Files that hold nothing of the log any more: the damaged ones are kept for the operator, the others go when the log is next written. */
function setAside(
  disk: Disk,
  left: { readonly files: readonly string[]; readonly damaged: readonly LogDamage[] },
  ledger: SegmentLedger,
): void {
  for (const name of left.files) {
    if (left.damaged.some(({ file }) => file === name) || isDamaged(disk, name)) disk.setAsideNow(name);
    else ledger.begin(name);
  }
}

function apply(replay: LogReplay, ledger: SegmentLedger | null, part: Extract<ScannedPart, { kind: 'record' }>): void {
  const { placed, file } = part;
  const wrong = replay.apply(placed.record);
  const { position: offset, length } = placed;
  if (wrong !== null) throw new LogDamaged({ file, offset, durableTo: offset + length, reason: wrong });
  ledger?.note(placed.record);
}

function opened(
  from: { readonly replay: LogReplay; readonly ledger: SegmentLedger; readonly scanned: ScannedLog },
  newest: OpenedLog['newest'],
): OpenedLog {
  const { replay, ledger, scanned } = from;
  const { hardState, mark, entries, lost } = replay;
  const { tornBytes, damages } = scanned;
  const repair = { ...(lost === null ? {} : { lost }), ...(damages.length === 0 ? {} : { damages }) };
  return { recovered: { hardState, mark, entries, tornBytes, ...repair }, ledger, newest };
}
