import { setTimeout as pause } from 'node:timers/promises';
import type { MemberAddress, NodeId } from '../core/types.ts';
import type { FoundingAnswer, FoundingDecision, FoundingState, Joining } from './founding.ts';
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
  readonly persist: (state: FoundingState, joined: Joining | null) => void;
  /** Others that can be asked, beyond the founding members: who leads may be none of them. */
  readonly others?: () => readonly NodeId[];
  /** A founded node has said where the nodes are. */
  readonly onAddresses?: (addresses: readonly MemberAddress[]) => void;
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
  #joined: Joining | null = null;
  #waitsFor: string | null = null;
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

  /** How this node came to its cluster, if that was after the founding and in this start. */
  get joined(): Joining | null {
    return this.#joined;
  }

  /** Why this node takes no part yet, for whoever asks it; null before the first round, and when it does. */
  get waitsFor(): string | null {
    return this.#state.kind === 'founded' ? null : this.#waitsFor;
  }

  /** Resolves with the cluster id. Waits as long as it takes, and says why; rejects only when the signal aborts. */
  async untilFounded(): Promise<string> {
    for (;;) {
      this.#options.signal.throwIfAborted();
      const decision = this.#decide(await this.#askAll());
      if (decision.kind === 'become') {
        this.#become(decision.state, null);
        continue;
      }
      if (decision.kind === 'join') {
        const { clusterId } = decision.joining;
        this.#become({ kind: 'founded', clusterId }, decision.joining);
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

  #become(state: FoundingState, joined: Joining | null): void {
    this.#options.persist(state, joined);
    this.#state = state;
    this.#joined = joined;
    const message = joined === null ? 'a step of the founding is done' : 'the cluster lets this node in, as a learner';
    this.#options.log.info({ state }, message);
  }

  async #askAll(): Promise<ReadonlyMap<NodeId, FoundingAnswer>> {
    const heard = new Map<NodeId, FoundingAnswer>();
    if (this.#state.kind === 'founded') return heard;
    const { ask, members, onAddresses, others, self } = this.#options;
    const asked = sortedMembers([...members, ...(others?.() ?? [])]).filter((id) => id !== self);
    await Promise.all(
      asked.map(async (id) => {
        // A member that does not answer is one that has not been heard; the next round asks it again.
        const answer = readFoundingAnswer(await ask(id).catch(() => null));
        if (answer === null) return;
        heard.set(id, answer);
        if (answer.addresses !== undefined) onAddresses?.(answer.addresses);
      }),
    );
    return heard;
  }

  #report(decision: FoundingDecision): void {
    this.#waitsFor = describe(decision);
    const text = JSON.stringify(decision);
    const nowMs = performance.now();
    if (text === this.#reported && nowMs - this.#reportedAtMs < reportMs) return;
    // A change is said at once, but what flickers is not said every round.
    if (nowMs - this.#reportedAtMs < 1_000) return;
    this.#reported = text;
    this.#reportedAtMs = nowMs;
    this.#say(decision, this.#waitsFor);
  }

  #say(decision: FoundingDecision, reason: string): void {
    const { log } = this.#options;
    switch (decision.kind) {
      case 'quarantined':
        return log.warn({ code: 'QUARANTINED', clusterId: decision.clusterId, founded: decision.founded }, reason);
      case 'conflict':
        return log.warn({ code: 'FOUNDING_CONFLICT', with: decision.with }, reason);
      case 'wait':
        return log.info({ for: decision.for }, reason);
      case 'become':
      case 'join':
      case 'done':
        return;
    }
  }
}

function describe(decision: FoundingDecision): string {
  switch (decision.kind) {
    case 'quarantined':
      return (
        'this node is empty and its cluster is not: it waits to be added (a node that lost its disk is removed first, ' +
        'then added again)'
      );
    case 'conflict':
      return decision.reason;
    case 'wait':
      return `waiting for the other founding members: ${decision.for.join(', ')}`;
    case 'become':
    case 'join':
    case 'done':
      return 'about to take part';
  }
}
