import type { RaftStatus } from '#consensus/core/types.ts';
import type { Joining } from '#consensus/driver/founding.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { NodeId } from '#server/graph/identifiers.ts';

export interface JoiningOptions {
  readonly raft: Pick<RaftNode, 'status' | 'readIndex'>;
  readonly clusterId: string;
}

const readIndexMsMax = 300;

/**
 * What a leader tells a node that waits with an empty folder: come in, as a learner. A node that lost its disk may have voted, and
 * acknowledged entries, as a member; so it is let in only by who leads at this moment, only as a learner of the configuration in force,
 * and only when this leader has heard no acknowledgement of it: a learner that lost its disk is to be removed and added again too.
 */
export class JoiningAnswers {
  readonly #options: JoiningOptions;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Null: not now, or not as it is. */
  async of(asker: NodeId): Promise<Joining | null> {
    const { clusterId, raft } = this.#options;
    if (!mayJoin(raft.status(), asker)) return null;
    try {
      // Only now is it certain that nobody leads, and changed the members, in a later term.
      await raft.readIndex({ timeoutMs: readIndexMsMax });
    } catch {
      return null;
    }
    const status = raft.status();
    if (!mayJoin(status, asker)) return null;
    const { configuration, id: leader, term } = status;
    return { clusterId, term, leader, configuration };
  }
}

function mayJoin({ role, configuration, progress }: RaftStatus, asker: NodeId): boolean {
  const { voters, learners } = configuration;
  const peer = progress.find(({ id }) => id === asker);
  const isLearner = learners.includes(asker) && !voters.includes(asker);
  return role === 'leader' && isLearner && peer !== undefined && peer.matchIndex === 0;
}
