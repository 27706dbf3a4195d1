import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import { readMaterializedNotice } from './fill-protocol.ts';
import type { MaterializedNotice } from './fill-protocol.ts';
import type { LogRetention } from './log-retention.ts';
import type { StandingWatch } from './standing.ts';

export interface MaterializedNoticesOptions {
  readonly self: NodeId;
  readonly links: Links;
  readonly clock: Clock;
  readonly standing: StandingWatch;
  readonly retention: LogRetention;
  readonly cache: GraphCache;
  readonly raft: Pick<RaftNode, 'compact'>;
  readonly members: () => readonly NodeId[];
  /** How much of the log is kept behind the database. */
  readonly retainedEntries: number;
  /** What the tail may take beyond what is not in the database yet. */
  readonly tail: { readonly bytesMax: number; readonly entriesMax: number };
}

/** A leader tells of progress so often at most, and repeats itself so often for whoever missed it. */
const noticeMs = 100;
const repeatMs = 2_000;
/** A compaction is a write to the log: it is done for a stretch of entries, not for each. */
const compactionsPerRetained = 64;

/** How far the database is: told by the leader, heard by everyone, and acted on by dropping what nobody needs any more. */
export class MaterializedNotices {
  readonly #options: MaterializedNoticesOptions;
  #compacted: LogIndex;
  #callOff: (() => void) | null = null;
  #due = 0;
  #stopped = false;

  constructor(options: MaterializedNoticesOptions) {
    this.#options = options;
    this.#compacted = options.retention.compactTo;
  }

  /** At the leader: the database is at `index` now. */
  onMaterialized(index: LogIndex): void {
    const { retention } = this.#options;
    retention.onMaterialized(index);
    retention.moveCompactTo();
    this.#drop();
    this.#schedule(noticeMs);
  }

  onApplied(): void {
    this.#trimTail();
  }

  /** A snapshot moved the start of the log. */
  onRestart(): void {
    this.#compacted = this.#options.retention.compactTo;
  }

  onMessage(from: NodeId, payload: unknown): void {
    const { retention, standing } = this.#options;
    const notice = readMaterializedNotice(payload);
    // Only the leader knows; one that was deposed may be wrong about what is kept.
    if (notice === null || standing.now.leader !== from || standing.now.term !== notice.term) return;
    retention.onMaterialized(notice.materialized);
    retention.onCompact(notice.compactTo);
    this.#drop();
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
  }

  #drop(): void {
    const { raft, retainedEntries, retention } = this.#options;
    if (retention.compactTo - this.#compacted > retainedEntries / compactionsPerRetained) {
      this.#compacted = retention.compactTo;
      raft.compact(retention.compactTo);
    }
    this.#trimTail();
  }

  #trimTail(): void {
    const { cache, retention, tail } = this.#options;
    cache.tail.trim({ keepAfter: retention.materialized, ...tail });
  }

  #schedule(delayMs: number): void {
    const { clock, standing } = this.#options;
    const due = clock.monotonicMs() + delayMs;
    if (this.#stopped || (this.#callOff !== null && this.#due <= due)) return;
    this.#callOff?.();
    this.#due = due;
    this.#callOff = clock.after(delayMs, () => {
      this.#callOff = null;
      if (standing.now.role !== 'leader') return;
      this.#tell();
      this.#schedule(repeatMs);
    });
  }

  #tell(): void {
    const { links, members, retention, self, standing } = this.#options;
    const notice: MaterializedNotice = {
      kind: 'materialized',
      term: standing.now.term,
      materialized: retention.materialized,
      compactTo: retention.compactTo,
    };
    for (const member of members()) if (member !== self) links.send(member, 'fill', notice);
  }
}
