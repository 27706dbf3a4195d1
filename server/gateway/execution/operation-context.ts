import type { GraphQLResolveInfo, ResponsePath } from 'graphql';
import type { Declarations } from '#server/graph/declarations.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { Command } from '#server/graph/command.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import type { MutationAnswer, NodeService, ReadSession } from '#server/cluster/node-service.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Reader } from './reader.ts';

type Settled =
  { readonly kind: 'done'; readonly value: unknown } | { readonly kind: 'failed'; readonly error: unknown };

/** What the resolvers of one operation share, through all of its runs. */
export class OperationContext {
  readonly service: NodeService;
  readonly declarations: Declarations;
  readonly reader: Reader;
  readonly requestId: string;
  /** Aborted when the client no longer waits. */
  readonly signal: AbortSignal;
  readonly #session: ReadSession | null;
  readonly #settled = new Map<string, Settled>();
  #latestCommit = 0 as LogIndex;

  constructor(options: {
    readonly service: NodeService;
    readonly declarations: Declarations;
    readonly reader: Reader;
    readonly session: ReadSession | null;
    readonly requestId: string;
    readonly signal: AbortSignal;
  }) {
    this.service = options.service;
    this.declarations = options.declarations;
    this.reader = options.reader;
    this.requestId = options.requestId;
    this.signal = options.signal;
    this.#session = options.session;
  }

  /** What may happen only once an operation however often it is run: a mutation, or a question to another node. */
  once<Value>(info: GraphQLResolveInfo, act: () => Promise<Value>): MaybePromise<Value> {
    const path = pathText(info.path);
    const settled = this.#settled.get(path);
    if (settled?.kind === 'failed') throw settled.error;
    // The same path is the same field of the same document, so the value is of the same type.
    if (settled !== undefined) return settled.value as Value;
    return act().then(
      (value) => {
        this.#settled.set(path, { kind: 'done', value });
        return value;
      },
      (error: unknown) => {
        this.#settled.set(path, { kind: 'failed', error });
        throw error;
      },
    );
  }

  /** What must be the same in every run of the operation, such as a random number. */
  remember<Value>(info: GraphQLResolveInfo, make: () => Value): Value {
    const path = pathText(info.path);
    const settled = this.#settled.get(path);
    if (settled?.kind === 'done') return settled.value as Value;
    const value = make();
    this.#settled.set(path, { kind: 'done', value });
    return value;
  }

  /** The latest commit of the operation's own mutations; 0 before any. */
  get latestCommit(): LogIndex {
    return this.#latestCommit;
  }

  /** Sends a command; what the operation reads from then on includes its commit. */
  async mutate(command: Command, idempotencyKey: string | null | undefined): Promise<MutationAnswer> {
    const answer = await this.service.mutate({
      command,
      idempotencyKey: idempotencyKey ?? null,
      requestId: this.requestId,
    });
    await this.#advance(answer.commit.index);
    return answer;
  }

  /** A commit that cannot be read yet is still told to the client: only what would have to be read fails. */
  async #advance(index: LogIndex): Promise<void> {
    this.#latestCommit = Math.max(this.#latestCommit, index) as LogIndex;
    try {
      await this.#session?.advance(index);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      this.reader.fail(error);
    }
  }
}

function pathText(path: ResponsePath): string {
  return path.prev === undefined ? String(path.key) : `${pathText(path.prev)}.${path.key}`;
}
