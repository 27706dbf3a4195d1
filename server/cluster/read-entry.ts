import { ReadIndexFailed } from '#consensus/driver/failures.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import { checkHistory, type HistoryGap } from '#server/graph/cluster-identity.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { withDeadline } from './deadline.ts';
import type { ReadOptions, ReadSession } from './node-service.ts';
import { ReadIndexRounds } from './read-index-rounds.ts';
import { NodeReadSession } from './read-session.ts';
import type { ReadSessionOptions } from './read-session.ts';
import type { StandingWatch } from './standing.ts';

export interface ReadEntryOptions extends Pick<
  ReadSessionOptions,
  'cache' | 'fills' | 'progress' | 'clock' | 'isMaterialized'
> {
  readonly raft: Pick<RaftNode, 'readIndex'>;
  readonly standing: StandingWatch;
  /** For a read index that several reads share. */
  readonly readDeadlineMs: number;
  /** Commits in them may be lost, though P is beyond them. */
  readonly gaps: readonly HistoryGap[];
}

/** Where a query begins: it waits until this node is as fresh as the query's consistency asks for. */
export class ReadEntry {
  readonly #options: ReadEntryOptions;
  /** What this node has answered for, since its start; what it answered before that is below its first read index. */
  #answered = 0 as LogIndex;
  #hasFirstIndex = false;
  #firstIndex: Promise<LogIndex> | null = null;
  readonly #rounds: ReadIndexRounds;

  constructor(options: ReadEntryOptions) {
    this.#options = options;
    this.#rounds = new ReadIndexRounds({ ...options, timeoutMs: options.readDeadlineMs });
  }

  /** This node has told a client of this commit. */
  onAnswered(index: LogIndex): void {
    this.#answered = later(this.#answered, index);
  }

  /** Throws HISTORY_GONE where it can never include what it must. */
  open(options: ReadOptions): Promise<ReadSession> | ReadSession {
    const { clock, progress, gaps } = this.#options;
    if (options.consistency !== 'LOCAL') checkHistory(gaps, options.atLeast);
    const started = clock.monotonicMs();
    const deadline = started + options.deadlineMs;
    switch (options.consistency) {
      case 'LOCAL':
        return this.#session({ floor: 0 as LogIndex, isLocal: true, deadline, waitedMs: 0 });
      case 'SESSION': {
        const floor = later(this.#answered, options.atLeast);
        if (this.#hasFirstIndex && floor <= progress.applied)
          return this.#session({ floor, isLocal: false, deadline, waitedMs: 0 });
        return this.#openSession({ atLeast: options.atLeast, started, deadline });
      }
      case 'LINEARIZABLE':
        return this.#openLinearizable({ atLeast: options.atLeast, started, deadline });
    }
  }

  async #openSession(options: {
    readonly atLeast: LogIndex;
    readonly started: number;
    readonly deadline: number;
  }): Promise<ReadSession> {
    if (!this.#hasFirstIndex) await this.#withinDeadline(this.#first(), options.deadline);
    return this.#openOnceApplied({ ...options, floor: later(this.#answered, options.atLeast) });
  }

  async #openLinearizable(options: {
    readonly atLeast: LogIndex;
    readonly started: number;
    readonly deadline: number;
  }): Promise<ReadSession> {
    const index = await this.#withinDeadline(this.readIndex(), options.deadline);
    return this.#openOnceApplied({ ...options, floor: later(index, options.atLeast) });
  }

  async #openOnceApplied(options: {
    readonly floor: LogIndex;
    readonly started: number;
    readonly deadline: number;
  }): Promise<ReadSession> {
    const { clock, progress, standing } = this.#options;
    const { floor, started, deadline } = options;
    try {
      await progress.whenApplied(floor, deadline);
    } catch (error) {
      if (error instanceof GraphError && error.code === 'DEADLINE_EXCEEDED' && standing.now.leader === null)
        throw new GraphError('NO_LEADER', `${error.message}, and knows no leader`, error.details);
      throw error;
    }
    return this.#session({ floor, isLocal: false, deadline, waitedMs: clock.monotonicMs() - started });
  }

  #session(options: Pick<ReadSessionOptions, 'floor' | 'isLocal' | 'deadline' | 'waitedMs'>): ReadSession {
    const { cache, fills, progress, clock, isMaterialized } = this.#options;
    return new NodeReadSession({ cache, fills, progress, clock, isMaterialized, ...options });
  }

  /** The first SESSION read after a start: whatever this node answered before it is within a read index. */
  #first(): Promise<LogIndex> {
    this.#firstIndex ??= this.readIndex().then(
      (index) => {
        this.onAnswered(index);
        this.#hasFirstIndex = true;
        return index;
      },
      (error: unknown) => {
        this.#firstIndex = null;
        throw error;
      },
    );
    return this.#firstIndex;
  }

  /** An index that includes everything acknowledged before this call. Rejects with ReadIndexFailed. */
  readIndex(): Promise<LogIndex> {
    return this.#rounds.next();
  }

  #withinDeadline(index: Promise<LogIndex>, deadline: number): Promise<LogIndex> {
    const { clock, standing } = this.#options;
    const error = (): GraphError =>
      standing.now.leader === null
        ? new GraphError('NO_LEADER', 'no leader confirmed how fresh this read must be')
        : new GraphError('DEADLINE_EXCEEDED', 'the leader did not confirm in time how fresh this read must be');
    const confirmed = index.catch((reason: unknown) => {
      if (reason instanceof ReadIndexFailed) throw error();
      throw reason;
    });
    return withDeadline(confirmed, { clock, deadline, error });
  }
}

function later(left: LogIndex, right: LogIndex): LogIndex {
  return left > right ? left : right;
}
