import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import type { DatabaseState } from './materializer.ts';
import { readProbeAnswer } from './monitor-protocol.ts';
import type { ProbeAnswer } from './monitor-protocol.ts';
import type { NodeLog } from './node-log.ts';
import type { StandingWatch } from './standing.ts';
import { successors } from './successor.ts';

export interface DatabaseHandOverOptions {
  readonly links: Pick<Links, 'request'>;
  readonly raft: Pick<RaftNode, 'status' | 'transferLeadership'>;
  readonly standing: StandingWatch;
  readonly clock: Clock;
  readonly log: NodeLog;
  /** Whether the database answers this node; rejects when it does not. Null: no other node could do better. */
  readonly probe: (() => Promise<void>) | null;
  readonly state: () => DatabaseState;
  readonly materialized: () => LogIndex;
  readonly behindEntries: () => number;
  /** Where the log of another node begins, as it says; null: not heard. */
  readonly firstIndexOf: (id: NodeId) => LogIndex | null;
  /** Without progress for so long the database is taken to hang. */
  readonly stuckMs: number;
}

const lookMs = 250;
/** After a round of probes that found nobody. */
const retryMs = 10_000;
/**
 * A node that gave leadership away for its database does not take it back for the database of another: so that each gives it away once
 * in this time at most, and leadership does not wander around between nodes that all see the database hang.
 */
const quietMs = 600_000;

/**
 * A leader whose heartbeats go on while its database hangs would lead for ever. When the database does not answer the leader, or takes no
 * entries though some wait, and it does answer another voter, leadership goes there: once a term.
 */
export class DatabaseHandOver {
  readonly #options: DatabaseHandOverOptions;
  /** The last sign that the database takes what the leader has. */
  #progressMs: number;
  #index = 0 as LogIndex;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #gaveAwayMs = Number.NEGATIVE_INFINITY;
  #gaveAwayIn: Term | null = null;
  #asking = false;
  #callOff: (() => void) | null = null;
  #answer: Promise<ProbeAnswer> | null = null;

  constructor(options: DatabaseHandOverOptions) {
    this.#options = options;
    this.#progressMs = options.clock.monotonicMs();
    if (options.probe === null) return;
    options.standing.onChange((now, before) => {
      if (now.role === before.role && now.term === before.term) return;
      this.#onProgress();
      this.stop();
      if (now.role === 'leader') this.#schedule();
    });
  }

  /** The database holds everything up to here. Only what grows is progress: each claim says it again. */
  onMaterialized(index: LogIndex): void {
    if (index > this.#index) this.#onProgress();
    this.#index = index;
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #onProgress(): void {
    this.#progressMs = this.#options.clock.monotonicMs();
  }

  /** To a leader that asks whether this node would do better. One look at a time, whoever asks. */
  answer(): Promise<ProbeAnswer> {
    this.#answer ??= this.#look().finally(() => {
      this.#answer = null;
    });
    return this.#answer;
  }

  async #look(): Promise<ProbeAnswer> {
    const { clock, probe, stuckMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (probe === null || nowMs - this.#gaveAwayMs < quietMs) return { answers: false };
    try {
      await withDeadline(probe(), { clock, deadline: nowMs + stuckMs, error: () => new Error('the probe hangs') });
      return { answers: true };
    } catch {
      return { answers: false };
    }
  }

  #schedule(): void {
    this.#callOff = this.#options.clock.after(lookMs, () => {
      this.#schedule();
      if (this.#isStuck() && !this.#asking) void this.#giveAway();
    });
  }

  #isStuck(): boolean {
    const { behindEntries, clock, standing, state, stuckMs } = this.#options;
    const { kind } = state();
    const isIdle = kind === 'ready' && behindEntries() === 0;
    // A database that refuses this cluster refuses it everywhere.
    if (isIdle || kind === 'refused' || kind === 'not-leading') this.#onProgress();
    const nowMs = clock.monotonicMs();
    return nowMs - this.#progressMs >= stuckMs && nowMs >= this.#notBeforeMs && this.#gaveAwayIn !== standing.now.term;
  }

  /** Never rejects. */
  async #giveAway(): Promise<void> {
    const { clock, log, raft, standing } = this.#options;
    const { term } = standing.now;
    this.#asking = true;
    this.#notBeforeMs = clock.monotonicMs() + retryMs;
    try {
      const to = await this.#findBetter();
      if (to === null || standing.now.role !== 'leader' || standing.now.term !== term || !this.#isStillStuck()) return;
      this.#gaveAwayIn = term;
      this.#gaveAwayMs = clock.monotonicMs();
      log.warn({ to }, 'handing over: the database does not answer this node, and it answers another one');
      await raft.transferLeadership(to);
    } catch (error) {
      log.warn({ error: String(error) }, 'the hand-over for the database failed');
    } finally {
      this.#asking = false;
    }
  }

  /** The probes took their time. */
  #isStillStuck(): boolean {
    const { clock, stuckMs } = this.#options;
    return clock.monotonicMs() - this.#progressMs >= stuckMs;
  }

  /** The voter with most of the log whose own probe succeeds, and whose log reaches back to what the database needs. */
  async #findBetter(): Promise<NodeId | null> {
    const { firstIndexOf, links, materialized, raft, stuckMs } = this.#options;
    const candidates = successors(raft.status()).filter(
      ({ id }) => (firstIndexOf(id) ?? Number.POSITIVE_INFINITY) <= materialized() + 1,
    );
    const answers = await Promise.all(
      candidates.map(({ id }) =>
        links.request(id, 'monitor', { about: 'probe' }, { timeoutMs: stuckMs + lookMs }).then(
          (payload) => readProbeAnswer(payload).answers,
          // It did not answer, or is of a version that has no probe.
          () => false,
        ),
      ),
    );
    return candidates[answers.indexOf(true)]?.id ?? null;
  }
}
