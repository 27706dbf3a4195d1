/** Every code a client can meet in `errors[].extensions.code`; anything else is INTERNAL_SERVER_ERROR with an id. */
export const errorCodes = [
  'BAD_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'TOO_LARGE',
  'LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NO_LEADER',
  'NO_QUORUM',
  'OUTCOME_UNKNOWN',
  'IDEMPOTENCY_MISMATCH',
  'KEY_EXPIRED',
  'DEADLINE_EXCEEDED',
  'BUSY',
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
  'DATABASE_BEHIND',
  'HISTORY_GONE',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

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
