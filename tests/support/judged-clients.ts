// Clients of a real cluster who befriend, rename, create and delete through any node, sometimes with copies of one command at once, and
// look through read sessions; all that they were told is kept for the judges of the simulated cluster.
import { v7 } from 'uuid';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { Consistency } from '#server/cluster/node-service.ts';
import { hashCommand } from '#server/graph/command-hash.ts';
import type { CacheKey } from '#server/graph/cache-key.ts';
import type { Command, Operation } from '#server/graph/command.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { OperationResult } from '#server/graph/log-payload.ts';
import type { Dice } from '#tests/simulation/dice.ts';
import type { MutationTold, ReadTold } from '#tests/simulation/cluster/judges/cluster-hearing.ts';
import { lookThrough, refusalTold } from './client-calls.ts';
import type { VersionedInput, VersionedOutput } from './linearizability-models.ts';
import type { Operation as HistoryOperation } from './linearizability.ts';

export interface NameOperation extends HistoryOperation<VersionedInput, VersionedOutput> {
  readonly user: EntityId;
}

const friend = 'friend';
const copiesMax = 6;
const runsMax = 40;
const readMs = 5_000;

export class JudgedClients {
  readonly asked: { readonly key: string; readonly hash: string }[] = [];
  readonly told: MutationTold[] = [];
  readonly reads: ReadTold[] = [];
  /** Of the names of users who are never deleted. */
  readonly names: NameOperation[] = [];
  readonly failures: string[] = [];
  readonly #nodes: () => readonly InstafaceNode[];
  readonly #users: EntityId[] = [];
  readonly #guests: EntityId[] = [];
  #acknowledged = 0;
  /** The same of each node. */
  readonly #answered = new Map<InstafaceNode, number>();
  #names = 0;

  constructor(nodes: () => readonly InstafaceNode[]) {
    this.#nodes = nodes;
  }

  async start(dice: Dice, users: number): Promise<void> {
    for (let nth = 0; nth < users; nth++) await this.#create(dice, this.#users);
  }

  /** One client, so many steps. */
  async client(dice: Dice, steps: number): Promise<void> {
    let session = 0;
    for (let step = 0; step < steps; step++) {
      const before = this.#acknowledged;
      if (dice.chance(0.5)) await this.#look(dice, session);
      else session = Math.max(session, (await this.#change(dice)) ?? session);
      if (this.#acknowledged < before) throw new Error('what was acknowledged is forgotten');
    }
  }

  async #change(dice: Dice): Promise<number | null> {
    const drawn = dice.random();
    if (drawn < 0.1) return this.#create(dice, this.#guests);
    if (drawn < 0.2 && this.#guests.length > 0) {
      const [id] = this.#guests.splice(dice.below(this.#guests.length), 1);
      return id === undefined
        ? null
        : this.#send(dice, { kind: 'delete-entity', id, expectedType: null, ifVersion: null });
    }
    if (drawn < 0.45) return this.#rename(dice);
    const [from, to] = dice.shuffled([...this.#users, ...this.#guests]);
    if (from === undefined || to === undefined) return null;
    const edge = { from, type: friend, to };
    return dice.chance(0.4)
      ? this.#send(dice, { kind: 'remove-association', ...edge })
      : this.#send(dice, { kind: 'add-association', ...edge, time: null, properties: {}, ifPresent: 'keep' });
  }

  async #create(dice: Dice, into: EntityId[]): Promise<number | null> {
    this.#names += 1;
    // Now and then a handle that is taken: a refusal.
    const handle = `h${dice.chance(0.2) ? dice.between(1, this.#names) : this.#names}`;
    const create = { kind: 'create-entity', type: 'User', properties: { handle, name: handle } } as const;
    const invoke = performance.now();
    let id: EntityId | null = null;
    const index = await this.#send(dice, create, ([created]) => {
      id = created?.id ?? null;
    });
    if (id === null || index === null) return index;
    if (!into.includes(id)) into.push(id);
    const input = { kind: 'write', value: handle, ifVersion: null } as const;
    const output = { kind: 'written', version: index } as const;
    if (into === this.#users) this.names.push({ user: id, input, output, invoke, return: performance.now() });
    return index;
  }

  async #rename(dice: Dice): Promise<number | null> {
    const user = dice.pick(this.#users);
    const seen = this.names.findLast((each) => each.user === user && each.output?.kind === 'value')?.output;
    const ifVersion = dice.chance(0.4) && seen?.kind === 'value' ? (seen.version as LogIndex) : null;
    this.#names += 1;
    const name = `name ${this.#names}`;
    const input = { kind: 'write', value: name, ifVersion } as const;
    const invoke = performance.now();
    let refused = false;
    const index = await this.#send(
      dice,
      { kind: 'update-entity', id: user, expectedType: null, properties: { name }, ifVersion },
      () => undefined,
      () => (refused = true),
    );
    const end = performance.now();
    if (index === null) this.names.push({ user, input, output: null, invoke, return: Infinity });
    else if (refused) this.names.push({ user, input, output: { kind: 'conflict' }, invoke, return: end });
    else this.names.push({ user, input, output: { kind: 'written', version: index }, invoke, return: end });
    return index;
  }

  /** The index of the commit that some copy was told of; null: none was. */
  async #send(
    dice: Dice,
    operation: Operation,
    onDone: (results: readonly OperationResult[]) => void = () => undefined,
    onRefused: () => void = () => undefined,
  ): Promise<number | null> {
    const command = { operations: [operation] };
    const key = v7();
    for (let copies = 0; copies < copiesMax;) {
      const together = dice.chance(0.2) ? 2 : 1;
      copies += together;
      const answers = await Promise.all(
        Array.from({ length: together }, () => this.#sendCopy(dice.pick(this.#nodes()), command, key)),
      );
      for (const answer of answers) {
        if (answer.kind === 'done') onDone(answer.results);
        else if (answer.kind === 'refused') onRefused();
        else continue;
        const { index } = answer;
        this.#acknowledged = Math.max(this.#acknowledged, index ?? 0);
        return index;
      }
    }
    return null;
  }

  async #sendCopy(node: InstafaceNode, command: Command, key: string): Promise<MutationTold['answer']> {
    const hash = hashCommand(command);
    this.asked.push({ key, hash });
    const answer = await node.mutate({ command, idempotencyKey: key, requestId: 'judged' }).then(
      ({ commit, results }): MutationTold['answer'] => ({ kind: 'done', index: commit.index, results }),
      (error: unknown) => this.#refusal(error),
    );
    this.told.push({ key, hash, node: node.nodeId, answer });
    if ((answer.kind === 'done' || answer.kind === 'refused') && answer.index !== null)
      this.#answered.set(node, Math.max(answer.index, this.#answered.get(node) ?? 0));
    return answer;
  }

  #refusal(error: unknown): MutationTold['answer'] {
    if (!(error instanceof GraphError)) {
      this.failures.push(String(error));
      return { kind: 'unknown' };
    }
    return refusalTold(error);
  }

  async #look(dice: Dice, atLeast: number): Promise<void> {
    const node = dice.pick(this.#nodes());
    const consistency = dice.pick<Consistency>(['LOCAL', 'SESSION', 'SESSION', 'LINEARIZABLE', 'LINEARIZABLE']);
    const [one, other] = dice.shuffled([...this.#users, ...this.#guests]);
    if (one === undefined || other === undefined) return;
    const keys: readonly CacheKey[] = [
      { kind: 'entity', id: one },
      { kind: 'count', from: one, type: friend },
      { kind: 'list', from: one, type: friend, length: dice.between(1, 8) },
      { kind: 'association', from: one, type: friend, to: other },
      { kind: 'association', from: other, type: friend, to: one },
      { kind: 'list', from: other, type: friend, length: dice.between(1, 8) },
      { kind: 'unique', type: 'User', key: `h${dice.between(1, this.#names)}` },
    ];
    const invoke = performance.now();
    const before = {
      acknowledgedBefore: this.#acknowledged as LogIndex,
      answeredBefore: (this.#answered.get(node) ?? 0) as LogIndex,
      atLeast: atLeast as LogIndex,
    };
    const answer = await lookAgain(node, keys, { consistency, atLeast: before.atLeast });
    if (answer === null) return;
    this.reads.push({ node: node.nodeId, consistency, ...before, ...answer });
    const [entity] = answer.values;
    if (consistency !== 'LINEARIZABLE' || entity?.value.kind !== 'entity' || !this.#users.includes(one)) return;
    const { entity: user } = entity.value;
    const name = user?.properties['name'];
    if (user === null || typeof name !== 'string') return;
    const output = { kind: 'value', value: name, version: user.version } as const;
    this.names.push({ user: one, input: { kind: 'read' }, output, invoke, return: performance.now() });
  }
}

/** Null: it failed, and says nothing. */
async function lookAgain(
  node: InstafaceNode,
  keys: readonly CacheKey[],
  options: { readonly consistency: Consistency; readonly atLeast: LogIndex },
): Promise<Pick<ReadTold, 'index' | 'values'> | null> {
  // A run is disturbed, and the next one not.
  const otherTurns = (run: number): Promise<void> | null =>
    run % 2 === 0 ? new Promise((resolve) => setImmediate(resolve)) : null;
  try {
    return await lookThrough(node, { keys, options: { ...options, deadlineMs: readMs }, runsMax, otherTurns });
  } catch (error) {
    if (error instanceof GraphError) return null;
    throw error;
  }
}
