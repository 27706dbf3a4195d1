import type { CombinedError } from 'urql';

/** Why something did not work, for a reader. */
export interface Failure {
  readonly text: string;
  /** A stable code of the API, `OFFLINE` when no node answered at all. */
  readonly code: string;
  /** Where to look in the nodes' logs, when the failure was not an expected one. */
  readonly requestId: string | null;
  /** It may still have taken effect: only a repetition with the same key tells. */
  readonly mayHaveHappened: boolean;
}

const TEXTS: Record<string, string> = {
  NO_LEADER: 'The cluster has no leader that this node can reach.',
  NO_QUORUM: 'Too few nodes can hear each other to accept a change.',
  OUTCOME_UNKNOWN: 'The answer got lost. It may still take effect.',
  UNAUTHENTICATED: 'This cluster answers to tokens alone.',
  OVERLOADED: 'The cluster has too much to do.',
  RATE_LIMITED: 'You ask more often than this cluster allows.',
  BUSY: 'What was asked for changes too fast to read it in one piece.',
  DATABASE_UNAVAILABLE: 'This is not in memory, and the database does not answer.',
  DATABASE_BEHIND: 'The database is too far behind the log.',
  DEADLINE_EXCEEDED: 'This node did not catch up in time.',
  HISTORY_GONE: 'This node does not remember that far back.',
};

/** What a node answers with while the cluster is not as it should be; the same question may be answered a little later. */
const PASSING = new Set([
  'OFFLINE',
  'NO_LEADER',
  'NO_QUORUM',
  'OVERLOADED',
  'BUSY',
  'RATE_LIMITED',
  'DATABASE_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]);
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** True when it is worth asking again without anybody having done anything. */
export function willPass(error: CombinedError): boolean {
  return PASSING.has(failureOf(error).code);
}

/** How long to wait after so many failures in a row before this one. */
export function retryWaitMs(failuresBefore: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** failuresBefore, RETRY_MAX_MS);
}

/** Network failures and GraphQL failures stay two things: only the first say that nobody answered. */
export function failureOf(error: CombinedError): Failure {
  const [first] = error.graphQLErrors;
  if (first === undefined) {
    const text = 'No node of the cluster answered.';
    return { text, code: 'OFFLINE', requestId: null, mayHaveHappened: true };
  }
  const code = textOf(first.extensions['code']) ?? 'INTERNAL_SERVER_ERROR';
  return {
    text: TEXTS[code] ?? first.message,
    code,
    requestId: textOf(first.extensions['requestId']) ?? textOf(first.extensions['errorId']),
    mayHaveHappened: code === 'OUTCOME_UNKNOWN',
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
