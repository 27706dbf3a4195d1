import { join } from 'node:path';
import type { ExecutionResult } from 'graphql';
import { DocumentCache } from '../execution/document-cache.ts';
import { executableSchema } from '../execution/executable-schema.ts';
import type { MaybePromise } from '../execution/maybe-promise.ts';
import { OperationExecutor } from '../execution/operation-executor.ts';
import { subscribeOperation, type OperationStream } from '../execution/operation-stream.ts';
import type { GatewayLog } from '../gateway-options.ts';
import { readDeclarations } from '../read-declarations.ts';
import { resolvers } from '../resolvers/all-resolvers.ts';
import { MemoryNode } from './memory-node.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';

export const schemaFolder = join(import.meta.dirname, '..', '..', '..', 'schema');
const { typeDefs, declarations } = readDeclarations(schemaFolder);
/** So high that a test can go beyond what a run may look up. */
const costMax = 1e12;
const schema = executableSchema({ typeDefs, declarations, resolvers });

/** A log that keeps what was logged. */
export function recordingLog(): GatewayLog & {
  readonly lines: { readonly level: string; readonly details: object; readonly message: string }[];
} {
  const lines: { readonly level: string; readonly details: object; readonly message: string }[] = [];
  const at = (level: string) => (details: object, message: string) => void lines.push({ level, details, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The execution of this room without HTTP, over a node in memory. */
export class TestGateway {
  readonly node = new MemoryNode(declarations);
  readonly log = recordingLog();
  readonly #documents = new DocumentCache({ schema, depthMax: 16 });
  readonly #executor = new OperationExecutor({
    schema,
    service: this.node,
    declarations,
    readDeadlineMs: 1000,
    costMax,
    log: this.log,
  });

  /** As the executor gives it: at once where nothing is missing. */
  execute(
    query: string,
    variableValues: Readonly<Record<string, unknown>> = {},
    atLeast = 0,
  ): MaybePromise<ExecutionResult> {
    const document = this.#documents.parse(query);
    const errors = this.#documents.validate(document);
    if (errors.length > 0) return { errors };
    const signal = new AbortController().signal;
    return this.#executor.execute({
      document,
      variableValues,
      atLeast: atLeast as LogIndex,
      client: 'tester',
      role: 'operate',
      requestId: 'r1',
      signal,
    });
  }

  /** The data alone, of an operation that must not fail. */
  async data(
    query: string,
    variableValues: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, Data>>> {
    const result = await this.execute(query, variableValues);
    if (result.errors !== undefined) throw new AggregateError(result.errors, result.errors.map(String).join('\n'));
    return JSON.parse(JSON.stringify(result.data)) as Readonly<Record<string, Data>>;
  }

  /** The codes and paths of its errors. */
  async errors(query: string, variableValues: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> {
    const result = await this.execute(query, variableValues);
    return (result.errors ?? []).map((error) =>
      `${String(error.extensions['code'])} ${error.path?.join('.') ?? ''}`.trim(),
    );
  }

  async subscribe(query: string, variableValues: Readonly<Record<string, unknown>> = {}): Promise<OperationStream> {
    const signal = new AbortController().signal;
    const { node: service, log } = this;
    const stream = await subscribeOperation(
      { schema, service, declarations, executor: this.#executor, costMax, log },
      {
        document: this.#documents.parse(query),
        variableValues,
        atLeast: 0 as LogIndex,
        client: 'tester',
        role: 'operate',
        requestId: 'r1',
        signal,
      },
    );
    if (!(Symbol.asyncIterator in stream)) throw new AggregateError(stream.errors ?? [], String(stream.errors));
    return stream;
  }

  async user(handle: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const query = 'mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }';
    return textAt(await this.data(query, { input: { handle, name: handle, ...more } }), 'createUser', 'user', 'id');
  }

  async status(author: string, text: string): Promise<string> {
    const query = 'mutation($input: PostStatusInput!) { postStatus(input: $input) { status { id } } }';
    return textAt(await this.data(query, { input: { author, text } }), 'postStatus', 'status', 'id');
  }

  async befriend(user: string, friend: string): Promise<void> {
    await this.data('mutation($input: FriendshipInput!) { befriend(input: $input) { changed } }', {
      input: { user, friend },
    });
  }

  async like(user: string, status: string): Promise<void> {
    await this.data('mutation($input: LikeInput!) { likeStatus(input: $input) { changed } }', {
      input: { user, status },
    });
  }
}

/** What a test finds in a response. */
export type Data = string | number | boolean | null | readonly Data[] | { readonly [name: string]: Data };

/** What is at a path of a response; an error names the path where there is nothing. */
export function at(data: Data | undefined, ...path: readonly (string | number)[]): Data {
  let place: Data | undefined = data;
  for (const step of path) {
    place =
      typeof place === 'object' && place !== null
        ? (place as { readonly [name: string | number]: Data })[step]
        : undefined;
  }
  if (place === undefined) throw new Error(`there is nothing at ${path.join('.')} of ${JSON.stringify(data)}`);
  return place;
}

export function textAt(data: Data | undefined, ...path: readonly (string | number)[]): string {
  const found = at(data, ...path);
  if (typeof found !== 'string') throw new Error(`there is no text at ${path.join('.')}`);
  return found;
}
