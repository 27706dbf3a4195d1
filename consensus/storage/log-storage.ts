import type { LogDamage } from './log-damaged.ts';
import type { Entry, HardState, LogPlace, Persist, SnapshotMark } from '../core/types.ts';

/** What a log on disk held when it was opened. */
export interface RecoveredLog {
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly entries: readonly Entry[];
  /** Bytes of a torn tail that were cut: written, never acknowledged. */
  readonly tornBytes: number;
  /** Entries up to this place were lost, now or at an earlier start, and not had from others since. Absent: the log is whole. */
  readonly lost?: LogPlace;
  /** What could not be read at this start; the files are kept aside. Absent: nothing. */
  readonly damages?: readonly LogDamage[];
}

/**
 * The log on disk, as the driver needs it. `persist` answers through `done`, in the order of the calls, once the write and
 * all before it are durable. A failed write or sync is never retried: `onFailure` of the constructor ends the process, since
 * the page cache may hold what the disk does not.
 */
export interface LogStorage {
  persist(write: Persist, done: () => void): void;
  /** Waits for writes under way, then releases the files. */
  close(done: () => void): void;
}
