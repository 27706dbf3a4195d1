import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import type { Command } from '#server/graph/command.ts';
import { hashCommand } from '#server/graph/command-hash.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { Consistency, ReadSession } from '#server/cluster/node-service.ts';
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
    const answer = await this.#call({
      node,
      timeoutMs: world.weather.readDeadlineMs + patienceMs,
      run: (service) => this.#lookThrough(node, service, asked),
      onAnswer: (said) => {
        if (said !== null)
          world.told.readsTold.push({ node: node.id, consistency, atLeast, acknowledgedBefore, ...said });
      },
    });
    return answer ?? null;
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

  /** As the gateway does it: the same look again until a run met no miss and stood still. */
  async #lookThrough(
    node: ClusterNode,
    service: InstafaceNode,
    { keys, consistency, atLeast }: ReadAsked,
  ): Promise<Pick<ReadTold, 'index' | 'values'> | null> {
    let session: ReadSession | null = null;
    try {
      session = await service.openRead({ consistency, atLeast, deadlineMs: this.#world.weather.readDeadlineMs });
      for (let run = 0; run < runsMax; run++) {
        session.beginRun();
        const values: { key: CacheKey; value: CacheValue }[] = [];
        const missing: CacheKey[] = [];
        for (const key of keys) {
          const value = lookUp(session, key);
          if (value === undefined) missing.push(key);
          else values.push({ key, value });
          // Other turns of the loop come in between, as they do while GraphQL resolves.
          if (this.#dice.chance(0.2)) await this.#turn(node);
        }
        if (missing.length > 0) await session.fetch(missing, []);
        if ((await session.endRun()) && missing.length === 0) return { index: session.index(), values };
      }
      this.#world.count('reads that never stood still');
      return null;
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      this.#world.count(`reads refused with ${error.code}`);
      return null;
    } finally {
      session?.close();
    }
  }

  #turn(node: ClusterNode): Promise<void> {
    return new Promise((resolve) => this.#world.planAt(node, this.#dice.between(1, 500), 'turn of a read', resolve));
  }
}

/** An answer without a code of ours is a bug of the node, and a violation by itself. */
function refusalOf(error: unknown): MutationTold['answer'] {
  if (!(error instanceof GraphError)) throw error;
  const { code, details } = error;
  const { commit } = details;
  if (typeof commit === 'object' && commit !== null && 'index' in commit && typeof commit.index === 'number')
    return { kind: 'refused', code, index: commit.index as LogIndex };
  return code === 'OUTCOME_UNKNOWN' ? { kind: 'unknown' } : { kind: 'rejected', code };
}

function lookUp(session: ReadSession, key: CacheKey): CacheValue | undefined {
  switch (key.kind) {
    case 'entity': {
      const entity = session.entity(key.id);
      return entity === undefined ? undefined : { kind: 'entity', entity };
    }
    case 'unique': {
      const id = session.unique(key.type, key.key);
      return id === undefined ? undefined : { kind: 'unique', id };
    }
    case 'association': {
      const association = session.association(key.from, key.type, key.to);
      return association === undefined ? undefined : { kind: 'association', association };
    }
    case 'count': {
      const count = session.count(key.from, key.type);
      return count === undefined ? undefined : { kind: 'count', count };
    }
    case 'list': {
      const stretch = session.list(key.from, key.type, key.length);
      return stretch === undefined ? undefined : { kind: 'list', stretch };
    }
  }
}
