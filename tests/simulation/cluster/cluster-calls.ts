import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Command } from '#server/graph/command.ts';
import { hashCommand } from '#server/graph/command-hash.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { Consistency, MutationStatusAnswer } from '#server/cluster/node-service.ts';
import { lookThrough, refusalTold } from '#tests/support/client-calls.ts';
import type { Dice } from '../dice.ts';
import type { ClusterNode } from './cluster-node.ts';
import type { ClusterWorld } from './cluster-world.ts';
import type { MutationTold, ReadTold } from './judges/cluster-hearing.ts';

export interface ReadAsked {
  readonly keys: readonly CacheKey[];
  readonly consistency: Consistency;
  readonly atLeast: LogIndex;
}

/** A client waits so much longer than the node that it has asked. */
const patienceMs = 500;
/** Turns in the middle of a read take up to this at least, and longer where the event loop is busy. */
const readTurnUsMax = 500;
/** As the gateway, which gives up then. */
const runsMax = 8;

/** The way of clients to nodes: a call takes its time, and the end of a process, or a pause, leaves it without an answer. */
export class ClusterCalls {
  readonly #world: ClusterWorld;
  readonly #dice: Dice;

  constructor(world: ClusterWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  pause(ms: number): Promise<void> {
    const us = Math.max(1, Math.round(ms * 1000));
    return new Promise((resolve) => this.#world.plan(us, { node: null, label: 'client' }, resolve));
  }

  /** One copy. What a node says after the client has given up is kept for the judges all the same. */
  async mutate(node: ClusterNode, command: Command, key: string): Promise<MutationTold['answer']> {
    const world = this.#world;
    const hash = hashCommand(command);
    world.told.mutationsAsked.push({ key, hash });
    const answer = await this.#call({
      node,
      timeoutMs: world.weather.mutationDeadlineMs + patienceMs,
      run: (service) =>
        service.mutate({ command, idempotencyKey: key, requestId: 'simulated' }).then(
          ({ commit, results }): MutationTold['answer'] => ({ kind: 'done', index: commit.index, results }),
          (error: unknown) => refusalOf(error),
        ),
      onAnswer: (said) => world.told.mutationsTold.push({ key, hash, node: node.id, answer: said }),
    });
    return answer ?? { kind: 'unknown' };
  }

  /** Null: it failed, and says nothing. */
  async read(node: ClusterNode, asked: ReadAsked): Promise<Pick<ReadTold, 'index' | 'values'> | null> {
    const world = this.#world;
    const { consistency, atLeast } = asked;
    const acknowledgedBefore = world.acknowledgedIndex;
    const answeredBefore = world.answeredIndexes.get(node.id) ?? (0 as LogIndex);
    const answer = await this.#call({
      node,
      timeoutMs: world.weather.readDeadlineMs + patienceMs,
      run: (service) => this.#lookThrough(node, service, asked),
      onAnswer: (said) => {
        if (said !== null)
          world.told.readsTold.push({
            node: node.id,
            consistency,
            atLeast,
            acknowledgedBefore,
            answeredBefore,
            ...said,
          });
      },
    });
    return answer ?? null;
  }

  /** What became of a mutation; null: the node could not say, or said nothing. */
  async status(node: ClusterNode, key: string): Promise<MutationStatusAnswer['status'] | null> {
    const world = this.#world;
    const wasSettled = world.settledKeys.has(key);
    const answer = await this.#call({
      node,
      timeoutMs: world.weather.mutationDeadlineMs + patienceMs,
      run: (service) =>
        service.mutationStatus(key).catch((error: unknown) => {
          if (!(error instanceof GraphError)) throw error;
          return null;
        }),
      onAnswer: (said) => {
        if (said !== null) world.told.statusesTold.push({ key, node: node.id, wasSettled, answer: said });
      },
    });
    return answer?.status ?? null;
  }

  /** Undefined: no answer came in time. */
  #call<Answer>(call: {
    readonly node: ClusterNode;
    readonly timeoutMs: number;
    readonly run: (service: InstafaceNode) => Promise<Answer>;
    readonly onAnswer: (answer: Answer) => void;
  }): Promise<Answer | undefined> {
    const world = this.#world;
    const { node, onAnswer, run, timeoutMs } = call;
    return new Promise((resolve, reject) => {
      world.plan(timeoutMs * 1000, { node: null, label: 'client gives up' }, () => resolve(undefined));
      world.planAt(node, this.#wayUs(), 'client asks', () => {
        run(node.service).then((answer) => {
          world.plan(this.#wayUs(), { node: null, label: 'client is told' }, () => {
            onAnswer(answer);
            resolve(answer);
          });
        }, reject);
      });
    });
  }

  #wayUs(): number {
    const [least, most] = this.#world.weather.delayUs;
    return this.#dice.between(least, most);
  }

  async #lookThrough(
    node: ClusterNode,
    service: InstafaceNode,
    { keys, consistency, atLeast }: ReadAsked,
  ): Promise<Pick<ReadTold, 'index' | 'values'> | null> {
    try {
      const answer = await lookThrough(service, {
        keys,
        options: { consistency, atLeast, deadlineMs: this.#world.weather.readDeadlineMs },
        runsMax,
        otherTurns: () => (this.#dice.chance(0.2) ? this.#turn(node) : null),
      });
      if (answer === null) this.#world.count('reads that never stood still');
      return answer;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      this.#world.count(`reads refused with ${error.code}`);
      return null;
    }
  }

  #turn(node: ClusterNode): Promise<void> {
    return new Promise((resolve) =>
      this.#world.planAt(
        node,
        this.#dice.between(1, Math.max(readTurnUsMax, this.#world.weather.turnUsMax)),
        'turn of a read',
        resolve,
      ),
    );
  }
}

/** An answer without a code of ours is a bug of the node, and a violation by itself. */
function refusalOf(error: unknown): MutationTold['answer'] {
  if (!(error instanceof GraphError)) throw error;
  return refusalTold(error);
}
