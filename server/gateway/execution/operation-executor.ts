import { OperationTypeNode, execute } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Declarations } from '#server/graph/declarations.ts';
import { GraphError } from '#server/graph/errors.ts';
import type { NodeService, ReadSession } from '#server/cluster/node-service.ts';
import type { GatewayLog } from '../gateway-options.ts';
import { asRequestError, clientError } from './client-errors.ts';
import { andThen, isPromise, type MaybePromise } from './maybe-promise.ts';
import { OperationContext } from './operation-context.ts';
import { planOperation, type OperationPlan, type OperationRequest } from './operation-plan.ts';
import { compileOperation, type OperationProgram } from './operation-program.ts';
import { Reader } from './reader.ts';
import { reportOf } from './response-report.ts';

/** How often a query is run before its answer is given up as BUSY. */
export const runsMax = 8;

/** One operation while it is carried out. */
interface Execution {
  readonly request: OperationRequest;
  readonly plan: OperationPlan;
  readonly rootValue: unknown;
  readonly session: ReadSession | null;
  readonly reader: Reader;
  readonly context: OperationContext;
  readonly startedMs: number;
  runs: number;
}

export interface ExecutorOptions {
  readonly schema: GraphQLSchema;
  readonly service: NodeService;
  readonly declarations: Declarations;
  readonly readDeadlineMs: number;
  /** Of one operation, in objects that its answer may hold. */
  readonly costMax: number;
  readonly log: GatewayLog;
}

/**
 * Runs a document over one read session until a run is an answer at exactly one index. Mutations take place in the first run only;
 * later runs read their payloads. Nothing is waited for, and no promise made, when everything is in memory.
 */
export class OperationExecutor {
  readonly #options: ExecutorOptions;
  /** As long as their documents are remembered. */
  readonly #programs = new WeakMap<OperationDefinitionNode, OperationProgram | null>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** Never rejects and never throws: what fails is in the result, as clients may see it. `rootValue`: the event of a subscription. */
  execute(request: OperationRequest, rootValue?: unknown): MaybePromise<ExecutionResult> {
    const startedMs = performance.now();
    try {
      const plan = planOperation(this.#options, request);
      const opened = this.#open(plan);
      const begin = ({ session, failure }: Opened): MaybePromise<ExecutionResult> =>
        this.#begin({ request, plan, rootValue, session, failure, startedMs });
      const result = andThen(opened, begin);
      return isPromise(result) ? result.catch((error: unknown) => this.#refused(error)) : result;
    } catch (error) {
      return this.#refused(error);
    }
  }

  /** Where no session can be had, what needs none is still answered, and every look-up fails with the reason. */
  #open(plan: OperationPlan): MaybePromise<Opened> {
    if (!plan.readsGraph) return { session: null, failure: null };
    const failed = (error: unknown): Opened => {
      if (error instanceof GraphError) return { session: null, failure: error };
      throw error;
    };
    const { consistency, atLeast } = plan;
    try {
      const session = this.#options.service.openRead({
        consistency,
        atLeast,
        deadlineMs: this.#options.readDeadlineMs,
      });
      const opened = isPromise(session)
        ? session.then((open) => ({ session: open, failure: null }), failed)
        : { session, failure: null };
      return andThen(opened, (open) => advanceTo(plan, open));
    } catch (error) {
      return failed(error);
    }
  }

  #begin(options: {
    readonly request: OperationRequest;
    readonly plan: OperationPlan;
    readonly rootValue: unknown;
    readonly session: ReadSession | null;
    readonly failure: GraphError | null;
    readonly startedMs: number;
  }): MaybePromise<ExecutionResult> {
    const { request, plan, rootValue, session, failure, startedMs } = options;
    const { service, declarations } = this.#options;
    const reader = new Reader(session);
    if (failure !== null) reader.fail(failure);
    const { requestId, signal } = request;
    const context = new OperationContext({ service, declarations, reader, session, requestId, signal });
    const execution: Execution = { request, plan, rootValue, session, reader, context, startedMs, runs: 0 };
    const close = (): void => session?.close();
    try {
      const result = this.#run(execution);
      return isPromise(result) ? result.finally(close) : closed(result, close);
    } catch (error) {
      close();
      throw error;
    }
  }

  #run(execution: Execution): MaybePromise<ExecutionResult> {
    execution.runs++;
    const data = this.#fromMemory(execution);
    if (data !== null) return this.#judge(execution, { data });
    execution.reader.beginRun({ memoryOnly: false });
    return andThen(this.#once(execution), (result) => this.#judge(execution, result));
  }

  /** Null: there is more to it than reading what is in memory. */
  #fromMemory({ request, plan, rootValue, reader, context }: Execution): Readonly<Record<string, unknown>> | null {
    if (reader.failure !== null) return null;
    const program = this.#programOf(request.document, plan.operation);
    if (program === null) return null;
    reader.beginRun({ memoryOnly: true });
    return program.run({ rootValue, context, variableValues: request.variableValues });
  }

  #programOf(document: DocumentNode, operation: OperationDefinitionNode): OperationProgram | null {
    let program = this.#programs.get(operation);
    if (program === undefined) {
      program = compileOperation(this.#options.schema, document, operation);
      this.#programs.set(operation, program);
    }
    return program;
  }

  #once({ request, rootValue, context }: Execution): MaybePromise<ExecutionResult> {
    return execute({
      schema: this.#options.schema,
      document: request.document,
      rootValue,
      contextValue: context,
      variableValues: request.variableValues ?? null,
      operationName: request.operationName ?? null,
    });
  }

  /** The run was an answer, or it is run again. */
  #judge(execution: Execution, result: ExecutionResult): MaybePromise<ExecutionResult> {
    const { session, reader, request } = execution;
    if (session === null || reader.failure !== null || !reader.hasLooked) return this.#finish(execution, result);
    const decide = (isAnswer: boolean): MaybePromise<ExecutionResult> => {
      if (isAnswer) return this.#finish(execution, result);
      if (request.signal.aborted)
        return this.#giveUp(execution, new GraphError('DEADLINE_EXCEEDED', 'the client no longer waits'));
      if (execution.runs < runsMax) return this.#run(execution);
      return this.#giveUp(
        execution,
        new GraphError('BUSY', `the graph changed in each of ${runsMax} runs of this query; try again`),
      );
    };
    const failed = (error: unknown): MaybePromise<ExecutionResult> => {
      if (error instanceof GraphError) return this.#giveUp(execution, error);
      throw error;
    };
    try {
      const ended = session.endRun();
      return isPromise(ended) ? ended.then(decide, failed) : decide(ended);
    } catch (error) {
      return failed(error);
    }
  }

  /** A last run in which every look-up fails: the commits of mutations and what needs no look-up are told all the same. */
  #giveUp(execution: Execution, error: GraphError): MaybePromise<ExecutionResult> {
    execution.reader.fail(error);
    return andThen(this.#once(execution), (result) => this.#finish(execution, result));
  }

  #finish(execution: Execution, result: ExecutionResult): ExecutionResult {
    const { log, service, costMax } = this.#options;
    const { failure } = execution.reader;
    const isTooLarge =
      failure?.code === 'LIMIT_EXCEEDED' && execution.plan.operation.operation === OperationTypeNode.QUERY;
    const errors = isTooLarge ? [clientError(failure, log)] : result.errors?.map((error) => clientError(error, log));
    const { session, runs, startedMs, context } = execution;
    const extensions = {
      instaface: reportOf({
        service,
        session,
        latestCommit: context.latestCommit,
        runs,
        totalMs: performance.now() - startedMs,
      }),
      cost: { estimated: execution.plan.cost, max: costMax },
    };
    if (isTooLarge) return { errors: errors ?? [], data: null, extensions };
    const { data } = result;
    // Without data nothing was executed: GraphQL over HTTP then wants a status of its own.
    if (data === undefined) return { errors: (errors ?? []).map(asRequestError), extensions };
    return errors === undefined ? { data, extensions } : { errors, data, extensions };
  }

  #refused(error: unknown): ExecutionResult {
    return { errors: [asRequestError(clientError(error, this.#options.log))] };
  }
}

interface Opened {
  readonly session: ReadSession | null;
  readonly failure: GraphError | null;
}

/** What an event of a subscription is about must be in what is read for it. */
function advanceTo(plan: OperationPlan, opened: Opened): MaybePromise<Opened> {
  const { session } = opened;
  if (session === null || plan.operation.operation !== OperationTypeNode.SUBSCRIPTION || plan.atLeast === 0)
    return opened;
  return session.advance(plan.atLeast).then(
    () => opened,
    (error: unknown) => {
      session.close();
      if (error instanceof GraphError) return { session: null, failure: error };
      throw error;
    },
  );
}

function closed(result: ExecutionResult, close: () => void): ExecutionResult {
  close();
  return result;
}
