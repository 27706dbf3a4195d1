import { createSourceEventStream, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { Declarations } from '#server/graph/declarations.ts';
import type { NodeService } from '#server/cluster/node-service.ts';
import type { GatewayLog } from '../gateway-options.ts';
import { asRequestError, clientError } from './client-errors.ts';
import { OperationContext } from './operation-context.ts';
import type { OperationExecutor } from './operation-executor.ts';
import { planOperation, type OperationRequest } from './operation-plan.ts';
import { Reader } from './reader.ts';
import type { StreamEvent } from './stream-event.ts';

export interface StreamOptions {
  readonly schema: GraphQLSchema;
  readonly service: NodeService;
  readonly declarations: Declarations;
  readonly executor: OperationExecutor;
  readonly costMax: number;
  readonly log: GatewayLog;
}

/** Begins a subscription. Resolves to its stream, or to a result with errors where it cannot begin; never rejects. */
export async function subscribeOperation(
  options: StreamOptions,
  request: OperationRequest,
): Promise<OperationStream | ExecutionResult> {
  const ended = new AbortController();
  // Not AbortSignal.any: the signal of yoga's requests is one of its own, which that does not take.
  request.signal.addEventListener('abort', () => ended.abort());
  if (request.signal.aborted) ended.abort();
  const { signal } = ended;
  const { schema, service, declarations, log } = options;
  const { requestId } = request;
  const contextValue = new OperationContext({
    service,
    declarations,
    reader: new Reader(null),
    session: null,
    requestId,
    signal,
  });
  try {
    // Before its source begins: the look at each event comes too late.
    planOperation(options, request);
    const source = await createSourceEventStream({
      schema,
      document: request.document,
      contextValue,
      variableValues: request.variableValues ?? null,
      operationName: request.operationName ?? null,
    });
    if (!(Symbol.asyncIterator in source))
      return { errors: (source.errors ?? []).map((error) => asRequestError(clientError(error, log))) };
    // The resolvers of Subscription yield nothing else.
    const events = source as AsyncIterable<StreamEvent<unknown>>;
    return new OperationStream({ ...options, request, events: events[Symbol.asyncIterator](), ended });
  } catch (error) {
    return { errors: [asRequestError(clientError(error, log))] };
  }
}

/**
 * The results of a subscription, one for each event, made only when the client takes it: a client that is slow holds up its own source,
 * whose buffer is bounded. Written by hand since a generator that waits for an event cannot be ended from outside.
 */
export class OperationStream implements AsyncGenerator<ExecutionResult, void, void> {
  readonly #options: StreamOptions & {
    readonly request: OperationRequest;
    readonly events: AsyncIterator<StreamEvent<unknown>>;
    readonly ended: AbortController;
  };

  constructor(
    options: StreamOptions & {
      readonly request: OperationRequest;
      readonly events: AsyncIterator<StreamEvent<unknown>>;
      readonly ended: AbortController;
    },
  ) {
    this.#options = options;
  }

  /** Called once, when the stream has ended for whatever reason. */
  onEnd(listener: () => void): void {
    const { signal } = this.#options.ended;
    // The client may have left while the stream began.
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    const { events, ended, executor, request, log } = this.#options;
    if (ended.signal.aborted) return { done: true, value: undefined };
    try {
      const event = await events.next();
      if (event.done === true || ended.signal.aborted) return await this.return();
      const { atLeast } = event.value;
      return { done: false, value: await executor.execute({ ...request, atLeast }, event.value) };
    } catch (error) {
      ended.abort();
      return { done: false, value: { errors: [clientError(error, log)] } };
    }
  }

  /** Wakes the source where it waits, so that it can end. */
  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    const { events, ended } = this.#options;
    ended.abort();
    await events.return?.();
    return { done: true, value: undefined };
  }

  throw(): Promise<IteratorResult<ExecutionResult, void>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => {});
  }
}
