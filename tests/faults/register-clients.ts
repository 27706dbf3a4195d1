// Clients that write, read and change on condition a few users, through any node, and remember when each operation was sent, when it was
// answered and with what: the history that is judged for linearizability.
import { v7 as uuidv7 } from 'uuid';
import { ask } from '#tests/support/cluster-process.ts';
import { createUser } from '#tests/support/recording-client.ts';
import type { Operation } from '#tests/support/linearizability.ts';
import type { RegisterInput, RegisterOutput } from '#tests/support/linearizability-models.ts';
import type { Dice } from '#tests/simulation/dice.ts';

/**
 * One operation on a user's name. Every value is written once only, so a value tells which write it comes from, and a version which value.
 * Invariant: no output and no return go together.
 */
export interface RegisterOperation extends Operation<RegisterInput, RegisterOutput> {
  readonly register: string;
}

export interface RegisterClientsOptions {
  readonly urls: readonly string[];
  readonly dice: Dice;
  readonly registers: number;
  readonly clients: number;
  /** Between the operations of a client. */
  readonly pauseMs: number;
}

/** What every register holds at first. */
export const initialValue = 'initial';

const requestTimeoutMs = 2_500;
const retryPauseMs = 20;
const update = 'mutation Write($input: UpdateUserInput!) { updateUser(input: $input) { commit { index } } }';
const look = 'query Look($id: ID!) @read(consistency: LINEARIZABLE) { user(id: $id) { name version } }';

interface Seen {
  readonly value: string;
  readonly version: string;
}

export class RegisterClients {
  readonly #options: RegisterClientsOptions;
  readonly history: RegisterOperation[] = [];
  readonly #registers: string[] = [];
  readonly #lastSeen = new Map<string, Seen>();
  readonly #work: Promise<void>[] = [];
  readonly #stop = new AbortController();
  #values = 0;
  #answers = 0;

  constructor(options: RegisterClientsOptions) {
    this.#options = options;
  }

  /** How many operations were answered so far. */
  get answered(): number {
    return this.#answers;
  }

  async start(): Promise<void> {
    const { urls, registers, clients, dice } = this.#options;
    for (let nth = 0; nth < registers; nth += 1) {
      const handle = `register.${nth}.${uuidv7().slice(-8)}`;
      this.#registers.push(await createUser(urls, { handle, name: initialValue }));
    }
    for (let nth = 0; nth < clients; nth += 1) this.#work.push(this.#client(nth, dice.fork()));
  }

  /** What is under way may end; what does not end soon stays unanswered. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#work);
  }

  async #client(nth: number, dice: Dice): Promise<void> {
    for (let turn = nth; !this.#stop.signal.aborted; turn += 1) {
      await this.#operate(dice.pick(this.#registers), turn, dice);
      await pause(this.#options.pauseMs);
    }
  }

  async #operate(register: string, turn: number, dice: Dice): Promise<void> {
    const drawn = dice.random();
    const seen = this.#lastSeen.get(register);
    if (drawn < 0.45 || (drawn < 0.6 && seen === undefined)) return this.#read(register, turn);
    this.#values += 1;
    const value = `value ${this.#values}`;
    if (drawn < 0.6 && seen !== undefined) await this.#change(register, { seen, value, turn });
    else await this.#write(register, { input: { kind: 'write', value }, variables: { name: value }, turn });
  }

  #change(register: string, { seen, value, turn }: { seen: Seen; value: string; turn: number }): Promise<void> {
    return this.#write(register, {
      input: { kind: 'change', expected: seen.value, value },
      variables: { name: value, ifVersion: seen.version },
      turn,
    });
  }

  /** The same key, to one node after the other, until one answers: it takes effect once between the first sending and the answer. */
  async #write(
    register: string,
    write: {
      readonly input: RegisterInput;
      readonly variables: Readonly<Record<string, string>>;
      readonly turn: number;
    },
  ): Promise<void> {
    const input = { id: register, ...write.variables, idempotencyKey: uuidv7() };
    const invoke = performance.now();
    for (let attempt = write.turn; ; attempt += 1) {
      const outcome = await this.#send(attempt, update, { input });
      const output = outcome === null ? null : writeOutput(outcome);
      if (output !== null) return this.#record({ register, input: write.input, output, invoke });
      if (this.#stop.signal.aborted) return this.#record({ register, input: write.input, output: null, invoke });
      await pause(retryPauseMs);
    }
  }

  /** A read without an answer says nothing, and the next attempt is another read. */
  async #read(register: string, turn: number): Promise<void> {
    for (let attempt = turn; !this.#stop.signal.aborted; attempt += 1) {
      const invoke = performance.now();
      const outcome = await this.#send(attempt, look, { id: register });
      const user = outcome?.data?.['user'] as { readonly name: string; readonly version: string } | null | undefined;
      if (user) {
        this.#lastSeen.set(register, { value: user.name, version: user.version });
        const output = { kind: 'value', value: user.name } as const;
        return this.#record({ register, input: { kind: 'read' }, output, invoke });
      }
      await pause(retryPauseMs);
    }
  }

  #record(operation: Omit<RegisterOperation, 'return'>): void {
    if (operation.output !== null) this.#answers += 1;
    this.history.push({ ...operation, return: operation.output === null ? Infinity : performance.now() });
  }

  async #send(attempt: number, query: string, variables: Readonly<Record<string, unknown>>): Promise<Sent | null> {
    const url = this.#options.urls[attempt % this.#options.urls.length] ?? '';
    try {
      return await ask<Readonly<Record<string, unknown>>>(url, query, variables, { timeoutMs: requestTimeoutMs });
    } catch {
      return null;
    }
  }
}

type Sent = Awaited<ReturnType<typeof ask<Readonly<Record<string, unknown>>>>>;

/** Null: not known yet, or not done: it is sent again. */
function writeOutput({ data, errors }: Sent): RegisterOutput | null {
  const [error] = errors ?? [];
  if (error?.extensions?.['code'] === 'CONFLICT') return { kind: 'conflict' };
  return error === undefined && data?.['updateUser'] ? { kind: 'written' } : null;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
