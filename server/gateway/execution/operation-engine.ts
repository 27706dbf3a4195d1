import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { GraphError } from '#server/graph/errors.ts';
import type { GatewayOptions } from '../gateway-options.ts';
import { ClientShares } from './client-shares.ts';
import { resolvers } from '../resolvers/all-resolvers.ts';
import { asRequestError, clientError } from './client-errors.ts';
import { DocumentCache } from './document-cache.ts';
import { executableSchema } from './executable-schema.ts';
import type { MaybePromise } from './maybe-promise.ts';
import { OperationExecutor } from './operation-executor.ts';
import type { OperationRequest } from './operation-plan.ts';
import { OperationStream, subscribeOperation } from './operation-stream.ts';

/** All that carries operations out, whatever brings them. */
export class OperationEngine {
  readonly schema: GraphQLSchema;
  readonly #options: Pick<GatewayOptions, 'service' | 'declarations' | 'log'>;
  readonly #documents: DocumentCache;
  readonly #executor: OperationExecutor;
  readonly #costMax: number;
  readonly #streams = new Set<OperationStream>();
  readonly #subscribed: ClientShares;
  readonly #subscriptionsPerClientMax: number;

  /** Throws SchemaContradiction where the schema asks for what no code answers. */
  constructor(options: Pick<GatewayOptions, 'service' | 'typeDefs' | 'declarations' | 'config' | 'log'>) {
    const { service, typeDefs, declarations, config, log } = options;
    this.#options = { service, declarations, log };
    this.schema = executableSchema({ typeDefs, declarations, resolvers });
    this.#documents = new DocumentCache({ schema: this.schema, depthMax: config.limits.queryDepthMax });
    this.#subscriptionsPerClientMax = config.limits.subscriptionsPerClientMax;
    this.#subscribed = new ClientShares(this.#subscriptionsPerClientMax);
    const { readDeadlineMs } = config.timings;
    const costMax = (this.#costMax = config.limits.operationCostMax);
    this.#executor = new OperationExecutor({
      schema: this.schema,
      service,
      declarations,
      readDeadlineMs,
      costMax,
      log,
    });
  }

  /** Throws GraphQLError. */
  parse(text: string): DocumentNode {
    return this.#documents.parse(text);
  }

  validate(document: DocumentNode): readonly GraphQLError[] {
    return this.#documents.validate(document);
  }

  /** A valid document of queries and mutations alone; null for any other text. */
  plainDocument(text: string): DocumentNode | null {
    return this.#documents.plain(text);
  }

  /** A validated query or mutation. Never rejects. */
  execute(request: OperationRequest): MaybePromise<ExecutionResult> {
    return this.#executor.execute(request);
  }

  /** A validated subscription. Never rejects. */
  async subscribe(request: OperationRequest): Promise<OperationStream | ExecutionResult> {
    const { client } = request;
    if (!this.#subscribed.take(client)) return this.#tooMany();
    const parts = { schema: this.schema, executor: this.#executor, costMax: this.#costMax };
    const stream = await subscribeOperation({ ...this.#options, ...parts }, request);
    if (!(stream instanceof OperationStream)) {
      this.#subscribed.giveBack(client);
      return stream;
    }
    this.#streams.add(stream);
    stream.onEnd(() => {
      this.#streams.delete(stream);
      this.#subscribed.giveBack(client);
    });
    return stream;
  }

  #tooMany(): ExecutionResult {
    const message = `a client holds at most ${this.#subscriptionsPerClientMax} subscriptions at once`;
    return { errors: [asRequestError(clientError(new GraphError('LIMIT_EXCEEDED', message), this.#options.log))] };
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Ends every subscription, so that connections can close. */
  async close(): Promise<void> {
    await Promise.all([...this.#streams].map((stream) => stream.return()));
  }
}
