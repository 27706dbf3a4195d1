import type { EntityId } from '#server/graph/identifiers.ts';
import { checkByKey } from '#tests/support/linearizability.ts';
import type { Operation, Verdict } from '#tests/support/linearizability.ts';
import { edgeModel, versionedModel } from '#tests/support/linearizability-models.ts';
import type { EdgeInput, EdgeOutput, VersionedInput, VersionedOutput } from '#tests/support/linearizability-models.ts';
import { Violation } from '../evidence.ts';

interface Named extends Operation<VersionedInput, VersionedOutput> {
  readonly user: EntityId;
}

interface Befriended extends Operation<EdgeInput, EdgeOutput> {
  readonly friendship: string;
}

/** What clients did to names and friendships of people who are never deleted, and what they saw of them, in simulated microseconds. */
export class ClusterHistory {
  readonly names: Named[] = [];
  readonly friendships: Befriended[] = [];

  /** Throws Violation. */
  judge(): void {
    judged(
      'names',
      checkByKey(versionedModel({ value: '', version: null }), this.names, { keyOf: ({ user }) => String(user) }),
    );
    judged('friendships', checkByKey(edgeModel(null), this.friendships, { keyOf: ({ friendship }) => friendship }));
  }
}

/** One friendship has two ends. */
export function friendshipOf(one: EntityId, other: EntityId): string {
  return `${Math.min(one, other)} ${Math.max(one, other)}`;
}

function judged(what: string, verdict: Verdict): void {
  // Nothing found in so many configurations proves nothing: shorten the storm rather than look away.
  if (verdict.kind === 'undecided')
    throw new Error(`${what} of ${verdict.key}: ${verdict.configurations} explanations tried`);
  if (verdict.kind === 'not-linearizable')
    throw new Violation('history is linearizable', `${what} of ${verdict.key}: ${verdict.explanation}`);
}
