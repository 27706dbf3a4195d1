import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import { assert, AssertionFailed } from '#server/graph/errors.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry } from '#server/graph/log-payload.ts';
import { StoreError } from '#server/graph/store-port.ts';
import type { GraphStore, MaterializedMark } from '#server/graph/store-port.ts';
import type { Clock } from './clock.ts';
import type { NodeLog } from './node-log.ts';
import { decodePayload } from './payload-codec.ts';
import type { StandingWatch } from './standing.ts';

/** One transaction takes no more than this: others wait for its locks, and a crash repeats it. */
const entriesPerTransactionMax = 1_024;
const effectsPerTransactionMax = 16_384;

const retryMsMin = 100;
const retryMsMax = 2_000;
/** A database that will not have us is asked again this often: an operator may have put it right. */
const refusedRetryMs = 5_000;

/** What the leader knows of the database. `claiming` passes by itself; the others say what to tell whoever needs it. */
export type DatabaseState =
  | { readonly kind: 'not-leading' | 'claiming' | 'ready' }
  | { readonly kind: 'unavailable' | 'refused'; readonly reason: string };

export interface MaterializerOptions {
  readonly store: GraphStore;
  readonly raft: Pick<RaftNode, 'status' | 'entries'>;
  readonly cache: GraphCache;
  readonly standing: StandingWatch;
  readonly cluster: string;
  readonly self: NodeId;
  readonly clock: Clock;
  readonly log: NodeLog;
  /** The database holds everything up to here; smaller than before when it went back. */
  readonly onMaterialized: (index: LogIndex) => void;
  readonly onState: (state: DatabaseState) => void;
  /** The log of this node begins after `index`, which the database needs: somebody else may have it. Called once a term. */
  readonly handOver: (index: LogIndex) => void;
  readonly ended: (reason: Error) => void;
}

/**
 * Brings the applied log into the database, while this node leads. Nothing waits for it but the bound on how far the database may
 * be behind: whatever goes wrong here is tried again for as long as the term lasts.
 */
export class Materializer {
  readonly #options: MaterializerOptions;
  #state: DatabaseState = { kind: 'not-leading' };
  #materialized = 0 as LogIndex;
  /** The term being led, from the commit of its own entry on; null: not leading. */
  #term: Term | null = null;
  /** Terms follow each other: the next begins when the store of the last is closed. */
  #running: Promise<void> = Promise.resolve();
  /** Somebody has seen the database where this node does not believe it to be. */
  #isDoubted = false;
  readonly #woken = new Set<() => void>();

  constructor(options: MaterializerOptions) {
    this.#options = options;
    options.standing.onChange(() => this.#onStanding());
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** More is applied, so there may be more to write. */
  wake(): void {
    for (const wake of this.#woken) wake();
  }

  /**
   * A read found the database further back than it was. Writes would find out by themselves, but where nothing can be evaluated
   * without the database there are none.
   */
  claimAgain(): void {
    this.#isDoubted = true;
    this.wake();
  }

  async stop(): Promise<void> {
    this.#term = null;
    this.wake();
    await this.#running;
  }

  #onStanding(): void {
    const { role, term, ownTermCommitted } = this.#options.standing.now;
    const leading = role === 'leader' && ownTermCommitted ? term : null;
    if (leading === null) {
      const kind = role === 'leader' ? 'claiming' : 'not-leading';
      if (this.#state.kind !== kind) this.#setState({ kind });
    }
    if (leading === this.#term) return;
    this.#term = leading;
    this.wake();
    if (leading !== null) {
      this.#setState({ kind: 'claiming' });
      this.#running = this.#running.then(() => this.#lead(leading));
    }
  }

  /** Never rejects. */
  async #lead(term: Term): Promise<void> {
    const { store, log } = this.#options;
    let retryMs = retryMsMin;
    let handedOver = false;
    while (this.#term === term) {
      try {
        await store.open();
        if (this.#term !== term) break;
        const mark = await this.#claim(term);
        if (this.#term !== term) break;
        const complaint = this.#judge(mark);
        if (complaint === null) {
          retryMs = retryMsMin;
          await this.#keepUp(term, mark.index);
        } else {
          this.#refuse(complaint);
          if (!handedOver && mark.index + 1 < this.#options.raft.status().firstIndex) {
            handedOver = true;
            this.#options.handOver(mark.index);
          }
          await this.#pause(refusedRetryMs);
        }
      } catch (error) {
        if (this.#term !== term) break;
        await this.#pause(this.#onFailure(error, retryMs));
        retryMs = Math.min(retryMs * 2, retryMsMax);
      }
    }
    await store.close().catch((error: unknown) => log.warn({ error: String(error) }, 'the database did not close'));
  }

  #claim(term: Term): Promise<MaterializedMark> {
    const { store, cluster, self } = this.#options;
    return store.claim({ cluster, epoch: term, owner: self });
  }

  /** Whether the database and this log are of one history; else what an operator should know and do. */
  #judge(mark: MaterializedMark): string | null {
    const { raft } = this.#options;
    const { firstIndex, commitIndex } = raft.status();
    if (mark.index + 1 < firstIndex)
      return `the database holds the log up to ${mark.index}, and this node's log begins at ${firstIndex}: restore a newer backup of the database`;
    if (mark.index > commitIndex)
      return `the database holds the log up to ${mark.index}, and only ${commitIndex} is committed here: it belongs to another or a newer cluster`;
    const own = mark.index >= firstIndex ? raft.entries(mark.index, 1)[0] : undefined;
    if (own !== undefined && own.term !== mark.term)
      return `the database holds entry ${mark.index} of term ${mark.term}, and the log has it with term ${own.term}: they are of different histories`;
    return null;
  }

  /** Returns when the term is over, or the database has to be claimed again; rejects with what the store rejects with. */
  async #keepUp(term: Term, from: LogIndex): Promise<void> {
    const { store, cluster, log } = this.#options;
    this.#isDoubted = false;
    this.#advance(from);
    if (this.#state.kind !== 'ready') log.info({ index: from, database: store.kind }, 'the database is ours');
    this.#setState({ kind: 'ready' });
    while (this.#term === term) {
      if (this.#isDoubted) return this.#setState({ kind: 'claiming' });
      const entries = this.#nextEntries();
      const last = entries.at(-1);
      if (last === undefined) {
        await this.#pause(null);
        continue;
      }
      await store.materialize({ cluster, epoch: term, after: this.#materialized, entries });
      if (this.#term !== term) return;
      this.#advance(last.index);
    }
  }

  #nextEntries(): readonly AppliedEntry[] {
    const entries: AppliedEntry[] = [];
    let effects = 0;
    for (let index = this.#materialized + 1; index <= this.#options.cache.appliedIndex; index++) {
      const entry = this.#entryAt(index as LogIndex);
      effects += effectsOf(entry);
      if (entries.length > 0 && effects > effectsPerTransactionMax) break;
      entries.push(entry);
      if (entries.length === entriesPerTransactionMax) break;
    }
    return entries;
  }

  /** From memory, or from the log where the database went back further than memory reaches. */
  #entryAt(index: LogIndex): AppliedEntry {
    const { cache, raft } = this.#options;
    const known = cache.tail.at(index);
    if (known !== undefined) return known;
    const entry = raft.entries(index, 1)[0];
    assert(entry?.index === index, `entry ${index} is applied, not in the database, and not in the log`);
    const { term, kind, data } = entry;
    return { index, term, payload: kind === 'command' ? decodePayload(data, index) : null };
  }

  #advance(index: LogIndex): void {
    this.#materialized = index;
    this.#options.onMaterialized(index);
  }

  /** How long to wait before trying again. */
  #onFailure(error: unknown, retryMs: number): number {
    const { log, ended } = this.#options;
    if (error instanceof AssertionFailed) {
      this.#term = null;
      ended(error);
      return 0;
    }
    const reason = error instanceof Error ? error.message : String(error);
    const kind = error instanceof StoreError ? error.kind : 'unavailable';
    if (kind === 'unavailable' || kind === 'fenced') {
      const isNew = this.#state.kind !== 'unavailable' || this.#state.reason !== reason;
      this.#setState({ kind: 'unavailable', reason });
      if (isNew) log.warn({ reason, kind }, 'the database is away; the log goes on without it');
      return retryMs;
    }
    this.#refuse(reason);
    return refusedRetryMs;
  }

  /** The alarm: it says what to do, and is repeated only when it changes. */
  #refuse(reason: string): void {
    if (this.#state.kind !== 'refused' || this.#state.reason !== reason)
      this.#options.log.error(
        { reason },
        'ALARM: the database is refused; what needs it fails until this is put right',
      );
    this.#setState({ kind: 'refused', reason });
  }

  #setState(state: DatabaseState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  /** Until woken, or for so long. Waking is also how the end of a term is heard. */
  #pause(delayMs: number | null): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const term = this.#term;
      const wake = (): void => {
        // Entries that were applied do not shorten a retry; the end of the term does.
        if (delayMs !== null && this.#term === term) return;
        finish();
      };
      const finish = (): void => {
        this.#woken.delete(wake);
        callOff();
        resolve();
      };
      const callOff = delayMs === null ? () => undefined : clock.after(delayMs, finish);
      this.#woken.add(wake);
    });
  }
}

function effectsOf({ payload }: AppliedEntry): number {
  if (payload?.kind !== 'mutations') return 0;
  return payload.records.reduce((sum, record) => sum + record.effects.length, payload.records.length);
}
