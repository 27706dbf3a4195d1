import { decideFounding } from '#consensus/driver/founding.ts';
import type { FoundingAnswer } from '#consensus/driver/founding.ts';
import type { NodeId } from '#consensus/core/types.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { World } from './world.ts';

const clusterId = 'simulated';

/**
 * Whether a node with an empty disk may take part again, as the real rules of founding decide it. It asks all the others; those
 * that are up and within reach answer that the cluster exists. It must not be let in: what it promised is forgotten.
 */
export function isLetIn(wiped: SimulatedNode, world: World): boolean {
  const members = world.nodes.map((node) => node.id);
  const heard = new Map<NodeId, FoundingAnswer>();
  for (const other of world.nodes) {
    if (other === wiped || !other.isUp || other.isPaused) continue;
    if (world.network.isCut(wiped.id, other.id) || world.network.isCut(other.id, wiped.id)) continue;
    heard.set(other.id, { state: { kind: 'founded', clusterId }, members });
  }
  const newClusterId = (): string => clusterId;
  const decision = decideFounding({ self: wiped.id, members, state: { kind: 'empty' }, heard, newClusterId });
  return decision.kind === 'become' || decision.kind === 'done';
}
