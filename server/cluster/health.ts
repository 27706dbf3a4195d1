import { isMember } from '#consensus/core/configuration.ts';
import type { RaftStatus } from '#consensus/core/types.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { NodeHealth } from './node-service.ts';
import { nodeRoleOf } from './standing.ts';

/** A node that applies what it hears is always a few entries behind; one that is further back answers old questions. */
const behindEntriesMax = 256;

export function healthOf(node: {
  readonly id: NodeId;
  readonly cluster: string;
  readonly status: RaftStatus;
  readonly appliedIndex: LogIndex;
  readonly materializedIndex: LogIndex;
  readonly isPlugged: boolean;
}): NodeHealth {
  const { id, cluster, status, appliedIndex, materializedIndex, isPlugged } = node;
  const { role, term, leader, commitIndex } = status;
  const reasons: string[] = [];
  if (!isPlugged) reasons.push('this node is unplugged');
  if (!isMember(status.configuration, id)) reasons.push('this node is no member of the cluster (any more)');
  if (leader === null) reasons.push('no leader is known');
  if (role === 'leader' && !status.ownTermCommitted) reasons.push('this node has just been elected');
  if (commitIndex - appliedIndex > behindEntriesMax)
    reasons.push(`catching up with the log: ${appliedIndex} of ${commitIndex} is applied`);
  const degraded: string[] = [];
  // It follows and answers like any other node, so whoever asks may be sent here.
  if (status.lost !== undefined)
    degraded.push('its log lost entries: this node does not vote before a leader has sent them again');
  return {
    ready: reasons.length === 0,
    node: id,
    cluster,
    role: nodeRoleOf[role],
    term,
    leader,
    commitIndex,
    appliedIndex,
    materializedIndex,
    reasons,
    degraded,
  };
}
