import type { MutationStatus } from '#schema/generated/server.ts';
import { encodeGlobalId } from '#server/graph/global-id.ts';
import type { OperationResult } from '#server/graph/log-payload.ts';
import type { Commit, MutationStatusAnswer } from '#server/cluster/node-service.ts';
import type { FieldResolvers } from './resolver.ts';

export const commitResolvers: FieldResolvers = {
  committedAt: (commit: Commit) => commit.time,
};

/** What `mutationStatus` answers. */
export function mutationOutcome({ status, recorded }: MutationStatusAnswer): {
  readonly status: MutationStatus;
  readonly commit: Commit | null;
  readonly ids: readonly string[] | null;
  readonly errorCode: string | null;
} {
  if (recorded === null) return { status, commit: null, ids: null, errorCode: null };
  const { index, term, leader, time, outcome } = recorded;
  return {
    status,
    commit: { index, term, leader, time, replayed: true },
    ids: outcome.kind === 'done' ? createdIds(outcome.results).filter((id) => id !== null) : null,
    errorCode: outcome.kind === 'refused' ? outcome.code : null,
  };
}

/** For each operation the id of what it created, else null. */
export function createdIds(results: readonly OperationResult[]): readonly (string | null)[] {
  return results.map(({ id, type }) => (id === null || !type ? null : encodeGlobalId(type, id)));
}
