import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError, type DocumentNode, type ExecutionArgs } from 'graphql';
import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { clientError } from '../execution/client-errors.ts';
import type { OperationEngine } from '../execution/operation-engine.ts';
import type { OperationRequest } from '../execution/operation-plan.ts';
import { parseLogIndex } from '../execution/scalars.ts';
import type { GatewayLog } from '../gateway-options.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';

/** Answers one HTTP request to `/graphql`: yoga knows GraphQL over HTTP and server-sent events, the engine does the rest. */
export type GraphqlEndpoint = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function graphqlEndpoint(options: {
  readonly engine: OperationEngine;
  readonly log: GatewayLog;
  readonly nextRequestId: () => string;
}): GraphqlEndpoint {
  const { engine, log, nextRequestId } = options;
  const requestOf = (args: ExecutionArgs): OperationRequest => {
    const { request } = args.contextValue as YogaInitialContext;
    return {
      document: args.document,
      operationName: args.operationName,
      variableValues: args.variableValues,
      atLeast: atLeastOf(request),
      requestId: nextRequestId(),
      signal: request.signal,
    };
  };
  const plugin: Plugin = {
    onParse: ({ setParseFn }) => setParseFn((source: unknown) => engine.parse(String(source))),
    onValidate: ({ params, setResult }) => setResult(engine.validate(params.documentAST as DocumentNode)),
    onExecute: ({ setExecuteFn }) => setExecuteFn((args: ExecutionArgs) => engine.execute(requestOf(args))),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn((args: ExecutionArgs) => engine.subscribe(requestOf(args))),
  };
  const yoga = createYoga({
    schema: engine.schema,
    graphqlEndpoint: '/graphql',
    plugins: [plugin],
    maskedErrors: { errorMessage: '', maskError: (error) => clientError(error, log) },
    logging: yogaLog(log),
    // The engine remembers documents, for sockets too; the server bounds bodies, and allows origins.
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
  });
  return async (request, response) => {
    await yoga.handle(request, response);
  };
}

function atLeastOf(request: Request): LogIndex {
  const header = request.headers.get('instaface-at-least');
  if (header === null) return 0 as LogIndex;
  try {
    return parseLogIndex(header) as LogIndex;
  } catch {
    const message = `instaface-at-least must be a log index, a whole number, not ${JSON.stringify(header.slice(0, 100))}`;
    throw new GraphQLError(message, { extensions: { code: 'BAD_INPUT', http: { status: 400 } } });
  }
}

/** What yoga calls an error is one that clients get; those that nobody expected are logged where they are masked. */
function yogaLog(log: GatewayLog): Record<'debug' | 'info' | 'warn' | 'error', (...parts: unknown[]) => void> {
  const quiet = (...parts: unknown[]): void => log.debug({ parts }, 'yoga');
  return { debug: () => {}, info: quiet, warn: quiet, error: quiet };
}
