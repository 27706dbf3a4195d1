import type { Entry, HardState, Persist, SnapshotMark } from '../core/types.ts';

/** What a log on disk held when it was opened. */
export interface RecoveredLog {
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly entries: readonly Entry[];
  /** Bytes of a torn tail that were cut: written, never acknowledged. */
  readonly tornBytes: number;
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
