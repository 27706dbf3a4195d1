import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DocumentNode, ExecutionArgs } from 'graphql';
import { createYoga, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import { clientError } from '../execution/client-errors.ts';
import type { OperationEngine } from '../execution/operation-engine.ts';
import type { OperationRequest } from '../execution/operation-plan.ts';
import type { Role } from '../execution/role.ts';
import type { GatewayLog } from '../gateway-options.ts';
import { atLeastOf } from './at-least.ts';
import type { Answered } from './direct-route.ts';

/**
 * Answers one HTTP request to `/graphql`: yoga knows GraphQL over HTTP and server-sent events, the engine does the rest. An operation that
 * was carried out already is not carried out again.
 */
export type GraphqlEndpoint = (
  request: IncomingMessage,
  response: ServerResponse,
  from: ServerContext,
) => Promise<void>;

interface ServerContext {
  readonly client: string;
  readonly role: Role;
  readonly answered: Answered;
}

export function graphqlEndpoint(options: {
  readonly engine: OperationEngine;
  readonly log: GatewayLog;
  readonly nextRequestId: () => string;
}): GraphqlEndpoint {
  const { engine, log, nextRequestId } = options;
  const requestOf = (args: ExecutionArgs): OperationRequest => {
    const { request } = args.contextValue as YogaInitialContext;
    const { client, role } = args.contextValue as ServerContext;
    const atLeast = atLeastOf(request.headers.get('instaface-at-least'));
    if (atLeast instanceof Error) throw atLeast;
    return {
      document: args.document,
      operationName: args.operationName,
      variableValues: args.variableValues,
      atLeast,
      client,
      role,
      requestId: nextRequestId(),
      signal: request.signal,
    };
  };
  const plugin: Plugin = {
    onParse: ({ setParseFn }) => setParseFn((source: unknown) => engine.parse(String(source))),
    onValidate: ({ params, setResult }) => setResult(engine.validate(params.documentAST as DocumentNode)),
    onExecute: ({ setExecuteFn }) =>
      setExecuteFn((args: ExecutionArgs) => {
        const { answered } = args.contextValue as ServerContext;
        return answered ?? engine.execute(requestOf(args));
      }),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn((args: ExecutionArgs) => engine.subscribe(requestOf(args))),
  };
  const yoga = createYoga<ServerContext>({
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
  return async (request, response, from) => {
    await yoga.handle(request, response, from);
  };
}

/** What yoga calls an error is one that clients get; those that nobody expected are logged where they are masked. */
function yogaLog(log: GatewayLog): Record<'debug' | 'info' | 'warn' | 'error', (...parts: unknown[]) => void> {
  const quiet = (...parts: unknown[]): void => log.debug({ parts }, 'yoga');
  return { debug: () => {}, info: quiet, warn: quiet, error: quiet };
}
