/** What nodes say on the `forward` channel: commands on their way to the leader, and questions about them. */
import type { CommandRequest } from '#server/graph/command.ts';
import { errorCodes, GraphError } from '#server/graph/errors.ts';
import type { ErrorCode } from '#server/graph/errors.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { OperationResult } from '#server/graph/log-payload.ts';
import type { Commit, MutationStatusAnswer } from './node-service.ts';
import { isCount, isRecord } from './payload-form.ts';

export type ForwardRequest =
  /** `waitMs`: how long the asker goes on waiting. */
  | { readonly kind: 'command'; readonly request: CommandRequest; readonly waitMs: number }
  | { readonly kind: 'status'; readonly idempotencyKey: string; readonly waitMs: number };

/** What the leader says of one command. */
export type CommandAnswer =
  | { readonly kind: 'done'; readonly commit: Commit; readonly results: readonly OperationResult[] }
  /** Refused by the graph, and logged: every copy of the command is answered so. */
  | { readonly kind: 'refused'; readonly commit: Commit; readonly code: ErrorCode; readonly message: string }
  /** Not appended, and this copy never will be. */
  | { readonly kind: 'rejected'; readonly code: ErrorCode; readonly message: string }
  /** This node does not lead (any more). `appended`: the command is in an entry that may still be committed. */
  | { readonly kind: 'moved'; readonly appended: boolean }
  /** Appended, and not committed in the time given. */
  | { readonly kind: 'unknown' };

export type StatusAnswer =
  | { readonly kind: 'status'; readonly answer: MutationStatusAnswer }
  | { readonly kind: 'moved'; readonly appended: false };

export function readForwardRequest(payload: unknown): ForwardRequest {
  if (isRecord(payload) && typeof payload['waitMs'] === 'number') {
    const waitMs = Math.max(0, Math.min(60_000, payload['waitMs']));
    if (payload['kind'] === 'status' && typeof payload['idempotencyKey'] === 'string')
      return { kind: 'status', idempotencyKey: payload['idempotencyKey'], waitMs };
    const request = payload['request'];
    if (payload['kind'] === 'command' && isCommandRequest(request)) return { kind: 'command', request, waitMs };
  }
  throw new GraphError('BAD_INPUT', 'the forwarded request is not one that this version understands');
}

/** The command itself is checked by `validateCommand`, which believes nothing. */
function isCommandRequest(value: unknown): value is CommandRequest {
  return (
    isRecord(value) &&
    typeof value['idempotencyKey'] === 'string' &&
    typeof value['hash'] === 'string' &&
    isRecord(value['command'])
  );
}

export function readCommandAnswer(payload: unknown): CommandAnswer {
  if (!isRecord(payload)) throw unreadable();
  switch (payload['kind']) {
    case 'done':
      if (!Array.isArray(payload['results'])) throw unreadable();
      // What the leader of our own cluster says of its results is believed once it has their form.
      return {
        kind: 'done',
        commit: readCommit(payload['commit']),
        results: payload['results'] as readonly OperationResult[],
      };
    case 'refused':
      return { kind: 'refused', commit: readCommit(payload['commit']), ...readRefusal(payload) };
    case 'rejected':
      return { kind: 'rejected', ...readRefusal(payload) };
    case 'moved':
      return { kind: 'moved', appended: payload['appended'] !== false };
    case 'unknown':
      return { kind: 'unknown' };
    default:
      throw unreadable();
  }
}

export function readStatusAnswer(payload: unknown): StatusAnswer {
  if (isRecord(payload) && payload['kind'] === 'moved') return { kind: 'moved', appended: false };
  if (isRecord(payload) && payload['kind'] === 'status' && isRecord(payload['answer']))
    return { kind: 'status', answer: payload['answer'] as unknown as MutationStatusAnswer };
  throw unreadable();
}

function readCommit(value: unknown): Commit {
  if (!isRecord(value)) throw unreadable();
  const { index, term, leader, time, replayed } = value;
  if (!isCount(index) || !isCount(term) || typeof time !== 'number' || typeof leader !== 'string') throw unreadable();
  return {
    index: index as LogIndex,
    term: term as Term,
    leader: leader as NodeId,
    time: time,
    replayed: replayed === true,
  };
}

function readRefusal(payload: Record<string, unknown>): { readonly code: ErrorCode; readonly message: string } {
  const code = errorCodes.find((known) => known === payload['code']);
  if (code === undefined || typeof payload['message'] !== 'string') throw unreadable();
  return { code, message: payload['message'] };
}

function unreadable(): Error {
  return new Error('the answer of the leader is not one that this version understands');
}
