import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { GraphError, errorCodes } from '#server/graph/errors.ts';
import type { Commit } from '#server/cluster/node-service.ts';
import type { GatewayLog } from '../gateway-options.ts';

/**
 * The error as a client may see it: its own code where it is expected, INTERNAL_SERVER_ERROR with an id to look up in the log where it is
 * not. An error that is already one for clients comes back as it is.
 */
export function clientError(error: unknown, log: GatewayLog): GraphQLError {
  const original = originOf(error);
  const at = error instanceof GraphQLError ? error : null;
  if (original instanceof GraphError) {
    return located(at, original.message, { ...detailsOf(original), code: original.code });
  }
  if (original instanceof GraphQLError) {
    return isForClients(original) && at === original
      ? original
      : located(at, at?.message ?? original.message, codeOf(original));
  }
  const errorId = randomUUID();
  log.error({ errorId, err: original, path: at?.path }, 'an operation met an unexpected error');
  return located(at, 'Something went wrong on this node; the id finds it in its log.', {
    code: 'INTERNAL_SERVER_ERROR',
    errorId,
  });
}

/** Details as the schema writes the same things: a refusal that the log holds names its commit. */
function detailsOf({ details }: GraphError): Record<string, unknown> {
  const commit = details['commit'];
  if (!isCommit(commit)) return { ...details };
  const { index, term, leader, replayed, time } = commit;
  return {
    ...details,
    commit: { index: String(index), term, leader, replayed, committedAt: new Date(time).toISOString() },
  };
}

function isCommit(value: unknown): value is Commit {
  return typeof value === 'object' && value !== null && 'index' in value && 'time' in value;
}

/** What was thrown first, beneath what GraphQL wraps around it. */
function originOf(error: unknown): unknown {
  if (error instanceof GraphQLError && error.originalError !== undefined) return originOf(error.originalError);
  return error;
}

function isForClients(error: GraphQLError): boolean {
  const code = error.extensions['code'];
  return code === 'INTERNAL_SERVER_ERROR' || errorCodes.some((known) => known === code);
}

/** What GraphQL itself refuses (syntax, validation, values that do not fit) is bad input, with the HTTP status it brought. */
function codeOf(error: GraphQLError): Record<string, unknown> {
  const { code, http, originalError } = error.extensions;
  // Yoga marks a body that is no JSON in this way: the status is then 400 for every content type.
  const status = originalError === undefined ? http : { ...http, spec: false };
  return { ...(http === undefined ? {} : { http: status }), code: isForClients(error) ? code : 'BAD_INPUT' };
}

function located(at: GraphQLError | null, message: string, extensions: Record<string, unknown>): GraphQLError {
  return new GraphQLError(message, {
    nodes: at?.nodes ?? null,
    source: at?.source ?? null,
    positions: at?.nodes === undefined ? (at?.positions ?? null) : null,
    path: at?.path ?? null,
    extensions,
  });
}

/** The error of an operation that was not executed at all, with the status that GraphQL over HTTP wants for it. */
export function asRequestError(error: GraphQLError): GraphQLError {
  if (error.extensions['http'] !== undefined) return error;
  const status = error.extensions['code'] === 'INTERNAL_SERVER_ERROR' ? 500 : 400;
  // `spec`: an answer of the older content type application/json stays 200, as that specification has it.
  return located(error, error.message, { ...error.extensions, http: { status, spec: status === 400 } });
}
