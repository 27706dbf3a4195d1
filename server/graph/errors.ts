/**
 * Every code a client can meet in `errors[].extensions.code`, and what it means; anything else is INTERNAL_SERVER_ERROR with an id. The
 * README of the gateway prints it; a test compares them.
 */
export const errorCatalogue = {
  BAD_INPUT: 'the request is wrong in itself: syntax, types, values, ids of another type; sent again it fails again',
  NOT_FOUND: 'what a mutation or a path is about does not exist, or is being deleted',
  CONFLICT:
    'the graph does not allow it: a key that is taken, a version that has moved on, a second edge where one may be',
  TOO_LARGE: 'the body, or what is to be changed in one commit, is beyond its bound',
  LIMIT_EXCEEDED: 'a bound on documents, cost, look-ups or subscriptions: ask for less',
  RATE_LIMITED: 'the client asks too often; again after `retryAfterSeconds`',
  UNAUTHENTICATED: 'a token is needed, and none of ours was sent',
  FORBIDDEN: 'the role of the token, the host name or the origin does not allow it',
  NO_LEADER: 'the node knows no leader; another node may',
  NO_QUORUM: 'the leader hears no majority; nothing was done',
  OUTCOME_UNKNOWN: 'the mutation may yet take effect: ask `mutationStatus`, or send it again with `idempotencyKey`',
  IDEMPOTENCY_MISMATCH: 'the idempotency key was used for another mutation',
  KEY_EXPIRED: 'the idempotency key is too old, or from the future: nobody can tell any more whether it was used',
  DEADLINE_EXCEEDED: 'what a query needs did not come in time',
  BUSY: 'the graph changed in each run of the query; try again',
  OVERLOADED: 'too much waits already; try again later',
  DATABASE_UNAVAILABLE: 'the database is away, and memory does not hold what is asked',
  DATABASE_BEHIND: 'the database is too far behind the log for this; try again later',
  HISTORY_GONE: 'the log no longer reaches back to `fromCommit`: read again, and subscribe from there',
} as const;
export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as readonly ErrorCode[];

/** What can go wrong in a healthy world. Its message is meant for the client; its details go into the error's extensions. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** For the impossible: a bug, not an error. It ends the node. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}
