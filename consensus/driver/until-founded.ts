import { setTimeout as pause } from 'node:timers/promises';
import type { NodeId } from '../core/types.ts';
import type { FoundingAnswer, FoundingDecision, FoundingState } from './founding.ts';
import { decideFounding, sortedMembers } from './founding.ts';
import { readFoundingAnswer } from './founding-message.ts';

export interface FoundingOptions {
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  /** As `openIdentity` found it. */
  readonly state: FoundingState;
  /** Asks another member; rejects when it does not answer in time. */
  readonly ask: (member: NodeId) => Promise<unknown>;
  /** Durable when it returns. */
  readonly persist: (state: FoundingState) => void;
  readonly newClusterId: () => string;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** Ends the wait for good. */
  readonly signal: AbortSignal;
  /** Between two rounds. */
  readonly roundMs?: number;
}

/** While nothing changes, the reason for waiting is said this often. */
const reportMs = 10_000;

/** The founding of one node: answers what it is, and asks round by round until it is founded. */
export class Founding {
  readonly #options: FoundingOptions;
  #state: FoundingState;
  #reportedAtMs = -Infinity;
  #reported = '';

  constructor(options: FoundingOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** What this node tells those who ask; always what its disk holds. */
  answer(): FoundingAnswer {
    return { state: this.#state, members: sortedMembers(this.#options.members) };
  }

  /** The cluster to name in handshakes: none before this node is founded. */
  clusterId(): string | null {
    return this.#state.kind === 'founded' ? this.#state.clusterId : null;
  }

  /** Resolves with the cluster id. Waits as long as it takes, and says why; rejects only when the signal aborts. */
  async untilFounded(): Promise<string> {
    for (;;) {
      this.#options.signal.throwIfAborted();
      const decision = this.#decide(await this.#askAll());
      if (decision.kind === 'become') {
        this.#become(decision.state);
        continue;
      }
      if (this.#state.kind === 'founded') return this.#state.clusterId;
      this.#report(decision);
      await pause(this.#options.roundMs ?? 100, undefined, { signal: this.#options.signal });
    }
  }

  #decide(heard: ReadonlyMap<NodeId, FoundingAnswer>): FoundingDecision {
    const { self, members, newClusterId } = this.#options;
    return decideFounding({ self, members, state: this.#state, heard, newClusterId });
  }

  #become(state: FoundingState): void {
    this.#options.persist(state);
    this.#state = state;
    this.#options.log.info({ state }, 'a step of the founding is done');
  }

  async #askAll(): Promise<ReadonlyMap<NodeId, FoundingAnswer>> {
    const heard = new Map<NodeId, FoundingAnswer>();
    if (this.#state.kind === 'founded') return heard;
    const others = this.#options.members.filter((id) => id !== this.#options.self);
    await Promise.all(
      others.map(async (id) => {
        // A member that does not answer is one that has not been heard; the next round asks it again.
        const answer = readFoundingAnswer(await this.#options.ask(id).catch(() => null));
        if (answer !== null) heard.set(id, answer);
      }),
    );
    return heard;
  }

  #report(decision: FoundingDecision): void {
    const text = JSON.stringify(decision);
    const nowMs = performance.now();
    if (text === this.#reported && nowMs - this.#reportedAtMs < reportMs) return;
    // A change is said at once, but what flickers is not said every round.
    if (nowMs - this.#reportedAtMs < 1_000) return;
    this.#reported = text;
    this.#reportedAtMs = nowMs;
    switch (decision.kind) {
      case 'quarantined':
        this.#options.log.warn(
          { code: 'QUARANTINED', clusterId: decision.clusterId, founded: decision.founded },
          'this node is empty and its cluster is not: it waits to be removed and added again',
        );
        return;
      case 'conflict':
        this.#options.log.warn({ code: 'FOUNDING_CONFLICT', with: decision.with }, decision.reason);
        return;
      case 'wait':
        this.#options.log.info({ for: decision.for }, 'waiting for the other founding members');
        return;
      case 'become':
      case 'done':
        return;
    }
  }
}
