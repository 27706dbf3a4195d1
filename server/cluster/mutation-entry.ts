import { LinkError } from '#consensus/transport/link-error.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import { hashCommand } from '#server/graph/command-hash.ts';
import type { CommandRequest } from '#server/graph/command.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import { idempotencyKeyCharactersMax } from '#server/graph/limits.ts';
import { validateCommand } from '#server/graph/validate.ts';
import { v7 } from 'uuid';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import { readCommandAnswer, readStatusAnswer } from './forward-protocol.ts';
import type { CommandAnswer, ForwardRequest, StatusAnswer } from './forward-protocol.ts';
import type { MutationAnswer, MutationRequest, MutationStatusAnswer } from './node-service.ts';
import type { StandingWatch } from './standing.ts';

export interface MutationEntryOptions {
  readonly self: NodeId;
  readonly links: Links;
  readonly declarations: Declarations;
  readonly standing: StandingWatch;
  readonly progress: AppliedProgress;
  readonly clock: Clock;
  readonly mutationDeadlineMs: number;
  /** Whether entries still come to this node. */
  readonly isMember: () => boolean;
  /** Answers as the leader, when this node is it. */
  readonly submit: (request: CommandRequest, waitMs: number) => Promise<CommandAnswer>;
  readonly status: (idempotencyKey: string, waitMs: number) => Promise<StatusAnswer>;
  /** This node has answered for the commit: its own `SESSION` reads include it from now on. */
  readonly onAnswered: (index: LogIndex) => void;
}

const backoffMsMin = 10;
const backoffMsMax = 160;
/** An answer needs so much of the time left to come back and be applied here. */
const returnMs = 40;
/** What a mutation that is in the log already may still wait for this node to apply it. */
const applyMsMin = 200;

/**
 * The node that a client gave its mutation to. It sends it to whoever leads, and again under the same key when that fails, until the
 * deadline; exactly-once makes that safe, so all retries live here. At the end it says `failed` only where that is certain.
 */
export class MutationEntry {
  readonly #options: MutationEntryOptions;
  /** Requests that wait for a leader's answer. Bounded by the links, which bound requests. */
  readonly #asked = new Set<Asked>();

  constructor(options: MutationEntryOptions) {
    this.#options = options;
    options.standing.onChange((now, before) => {
      if (now.leader !== null && now.leader !== before.leader) this.#leaveOthersThan(now.leader);
    });
  }

  async mutate({ command, idempotencyKey }: MutationRequest): Promise<MutationAnswer> {
    const { clock, declarations, mutationDeadlineMs } = this.#options;
    validateCommand(command, declarations);
    const key = idempotencyKey === null ? v7() : checkKey(idempotencyKey);
    const request = { idempotencyKey: key, hash: hashCommand(command), command };
    const deadline = clock.monotonicMs() + mutationDeadlineMs;
    const answer = await this.#untilAnswered(request, deadline);
    await this.#applied(answer.commit.index, deadline);
    if (answer.kind === 'refused')
      throw new GraphError(answer.code, answer.message, { commit: answer.commit, idempotencyKey: key });
    return { commit: answer.commit, results: answer.results };
  }

  async mutationStatus(idempotencyKey: string): Promise<MutationStatusAnswer> {
    const { clock, mutationDeadlineMs, status } = this.#options;
    const key = checkKey(idempotencyKey);
    const deadline = clock.monotonicMs() + mutationDeadlineMs;
    for (const backoff = new Backoff(this.#options, deadline); ;) {
      const answer = await this.#ask<StatusAnswer>({
        local: (waitMs) => status(key, waitMs),
        remote: (waitMs) => ({ kind: 'status', idempotencyKey: key, waitMs }),
        read: readStatusAnswer,
        deadline,
        backoff,
      });
      if (typeof answer === 'object' && answer.kind === 'status') return answer.answer;
      if (!(await backoff.pause())) throw this.#noLeader({});
    }
  }

  /** Resolves to what the log holds of the command; rejects with why it holds nothing, or with OUTCOME_UNKNOWN. */
  async #untilAnswered(
    request: CommandRequest,
    deadline: number,
  ): Promise<Extract<CommandAnswer, { kind: 'done' | 'refused' }>> {
    const { submit } = this.#options;
    const details = { idempotencyKey: request.idempotencyKey };
    // A copy of the command may be in a log, or on its way into one: from then on nothing proves that it failed.
    let mayHappen = false;
    for (const backoff = new Backoff(this.#options, deadline); ;) {
      const answer = await this.#ask<CommandAnswer>({
        local: (waitMs) => submit(request, waitMs),
        remote: (waitMs) => ({ kind: 'command', request, waitMs }),
        read: readCommandAnswer,
        deadline,
        backoff,
      });
      if (answer === 'unclear') mayHappen = true;
      else if (answer !== 'unsent') {
        if (answer.kind === 'done' || answer.kind === 'refused') return answer;
        if (answer.kind === 'unknown' || (answer.kind === 'moved' && answer.appended)) mayHappen = true;
        if (answer.kind === 'rejected' && answer.code !== 'NO_LEADER') {
          if (mayHappen && answer.code !== 'IDEMPOTENCY_MISMATCH') throw outcomeUnknown(details, answer.message);
          throw new GraphError(answer.code, answer.message, details);
        }
      }
      if (await backoff.pause()) continue;
      if (mayHappen) throw outcomeUnknown(details, 'no leader confirmed it in time');
      throw this.#noLeader(details);
    }
  }

  /** One attempt. `unsent`: nobody got it; `unclear`: somebody may have. */
  async #ask<Answer>(options: {
    readonly local: (waitMs: number) => Promise<Answer>;
    readonly remote: (waitMs: number) => ForwardRequest;
    readonly read: (payload: unknown) => Answer;
    readonly deadline: number;
    readonly backoff: Backoff;
  }): Promise<Answer | 'unsent' | 'unclear'> {
    const { clock, links, self, standing } = this.#options;
    const leftMs = options.deadline - clock.monotonicMs();
    const { leader, role } = standing.now;
    options.backoff.asks(leader);
    if (role === 'leader') return options.local(Math.max(1, leftMs));
    if (leader === null || leader === self || !links.isPlugged() || leftMs < returnMs) return 'unsent';
    const answered = links.request(leader, 'forward', options.remote(leftMs - returnMs), { timeoutMs: leftMs }).then(
      (payload) => options.read(payload),
      (error: unknown) => (isUnseen(error) ? ('unsent' as const) : ('unclear' as const)),
    );
    let asked: Asked | null = null;
    const deposed = new Promise<'unclear'>((resolve) => {
      asked = { leader, leave: () => resolve('unclear') };
      this.#asked.add(asked);
    });
    try {
      return await Promise.race([answered, deposed]);
    } finally {
      if (asked !== null) this.#asked.delete(asked);
    }
  }

  /** A leader that was cut off keeps its link and never answers: when another one is known, it is asked, under the same key. */
  #leaveOthersThan(leader: NodeId): void {
    for (const asked of this.#asked) if (asked.leader !== leader) asked.leave();
  }

  /** The answer is true already; but it should be readable here by the time the client has it. A node too far behind answers all the same. */
  async #applied(index: LogIndex, deadline: number): Promise<void> {
    const { clock, isMember, onAnswered, progress } = this.#options;
    onAnswered(index);
    const latest = Math.max(deadline, clock.monotonicMs() + applyMsMin);
    // A node that was removed applies nothing any more, and may hear of that only while it waits.
    while (progress.applied < index && isMember() && clock.monotonicMs() < latest)
      await progress.whenApplied(index, Math.min(latest, clock.monotonicMs() + applyMsMin))?.catch(() => undefined);
  }

  #noLeader(details: Readonly<Record<string, unknown>>): GraphError {
    const { hasQuorum } = this.#options.standing.now;
    return hasQuorum
      ? new GraphError('NO_LEADER', 'no leader could be reached in time; nothing was changed', details)
      : new GraphError('NO_QUORUM', 'this node does not hear a majority of the cluster; nothing was changed', details);
  }
}

/** A request on its way to a leader. */
interface Asked {
  readonly leader: NodeId;
  /** Stop waiting; what it brought about is unclear. */
  leave(): void;
}

/** Short waits that grow, cut short by a change of leader, and none when there was one since it was asked; false at the deadline. */
class Backoff {
  readonly #options: Pick<MutationEntryOptions, 'clock' | 'standing'>;
  readonly #deadline: number;
  #delayMs = backoffMsMin;
  #asked: NodeId | null = null;

  constructor(options: Pick<MutationEntryOptions, 'clock' | 'standing'>, deadline: number) {
    this.#options = options;
    this.#deadline = deadline;
  }

  asks(leader: NodeId | null): void {
    this.#asked = leader;
  }

  async pause(): Promise<boolean> {
    const { clock, standing } = this.#options;
    const leftMs = this.#deadline - clock.monotonicMs();
    if (leftMs <= 0) return false;
    const { leader } = standing.now;
    // The change that is worth waiting for came while the former leader was asked.
    if (leader !== null && leader !== this.#asked) return true;
    await standing.changedWithin(Math.min(this.#delayMs, leftMs));
    this.#delayMs = Math.min(this.#delayMs * 2, backoffMsMax);
    return clock.monotonicMs() < this.#deadline;
  }
}

/** Nothing of the other node's leader queue has seen the request: it did not leave, or was turned away at the door. */
function isUnseen(error: unknown): boolean {
  if (!(error instanceof LinkError)) return false;
  return error.kind === 'unsent' || (error.kind === 'answered' && unseenCodes.has(error.code));
}

const unseenCodes = new Set(['NO_HANDLER', 'OVERLOADED']);

function checkKey(key: string): string {
  const length = key.length;
  if (length === 0 || length > idempotencyKeyCharactersMax || !key.isWellFormed())
    throw new GraphError(
      'BAD_INPUT',
      `an idempotency key has 1 to ${idempotencyKeyCharactersMax} characters, this one has ${length}`,
    );
  return key;
}

function outcomeUnknown(details: Readonly<Record<string, unknown>>, why: string): GraphError {
  return new GraphError(
    'OUTCOME_UNKNOWN',
    `it is not known whether this took effect (${why}): ask mutationStatus, or send it again with the same idempotencyKey`,
    details,
  );
}
