import type { Configuration, MemberAddress, NodeId, Term } from '../core/types.ts';

/**
 * How empty nodes become a cluster, exactly once, and how a node that lost its disk is kept from voting as if it remembered
 * (single-server Raft cannot tell a new voter from one that forgot its vote).
 *
 * Each founding member is `empty`, `prepared` for a cluster id, or `founded`; it goes only forward, and what it is lies on
 * its disk before it says so. Members ask each other round by round; there are no other messages. In one round:
 *
 * - An **empty** node acts only when every other member has answered, and none is founded. If one is prepared, it prepares for
 *   the same cluster. If all are empty, the one with the smallest id makes the cluster id and prepares for it.
 * - A **prepared** node is founded when every other member is prepared or founded for the same cluster, or one is founded.
 * - Only a **founded** node takes part in Raft, with the founding members as voters.
 *
 * Why a wiped node does no harm: its votes and acknowledgements were worth something only to another founded node. If there
 * was one before the wipe, it answers `founded` after it, and the wiped node stays empty: quarantined, until it is removed and
 * added again. If there was none, nothing was ever decided, and the node may prepare again.
 *
 * A node that is added later, or that lost its disk, was removed and is added again, is let in by the leader (`joining`): as a
 * learner, with the leader's term as one in which it has voted for that leader. So it does not vote again in a term in which it may have
 * voted as a member before; and a vote that it gives in a later one, having forgotten what it acknowledged, elects nobody: whoever lacks
 * its removal finds one vote too few for a majority of any configuration that it was in.
 *
 * What can go wrong without harm: the member with the smallest id is wiped after another heard its cluster id and before
 * that one prepared. Then members prepare for two ids, no cluster is ever founded from both, and they say so (`conflict`);
 * nothing is stored yet, and emptying their folders starts anew.
 */
export type FoundingState =
  { readonly kind: 'empty' } | { readonly kind: 'prepared' | 'founded'; readonly clusterId: string };

/** What a member answers when it is asked. */
export interface FoundingAnswer {
  readonly state: FoundingState;
  /** The founding members it was started with, sorted. */
  readonly members: readonly NodeId[];
  /** From a leader that the asker may join as a learner. */
  readonly joining?: Joining;
  /** From a founded node: where the nodes are, so that an asker that was told of one finds the leader. */
  readonly addresses?: readonly MemberAddress[];
}

/** What a new learner begins with in place of a founding. */
export interface Joining {
  readonly clusterId: string;
  readonly term: Term;
  readonly leader: NodeId;
  /** In force at the leader; the asker is a learner of it. */
  readonly configuration: Configuration;
}

export type FoundingDecision =
  /** Write this to the disk, then be it. */
  | { readonly kind: 'become'; readonly state: FoundingState }
  | { readonly kind: 'done' }
  /** Write this to the disk, then begin with an empty log as a learner. */
  | { readonly kind: 'join'; readonly joining: Joining }
  /** Members that have not answered, or are behind. Comes right by itself. */
  | { readonly kind: 'wait'; readonly for: readonly NodeId[] }
  /** This node is empty in a cluster that is not: it must be removed and added again, as a learner. */
  | { readonly kind: 'quarantined'; readonly clusterId: string; readonly founded: readonly NodeId[] }
  /** Members were started with other lists of members, or prepared for another cluster. Needs a person. */
  | { readonly kind: 'conflict'; readonly reason: string; readonly with: readonly NodeId[] };

export interface FoundingRound {
  readonly self: NodeId;
  /** The founding members, this node included. */
  readonly members: readonly NodeId[];
  readonly state: FoundingState;
  /** The answers of this one round, also of nodes that are no founding members. Those of earlier rounds do not count: their authors may
   * have been wiped since. */
  readonly heard: ReadonlyMap<NodeId, FoundingAnswer>;
  /** A name that nobody else makes; called at most once. */
  readonly newClusterId: () => string;
}

/** What one round of answers means for this node. */
export function decideFounding(round: FoundingRound): FoundingDecision {
  if (round.state.kind === 'founded') return { kind: 'done' };
  const others = round.members.filter((id) => id !== round.self);
  const conflict = findConflict(round, others);
  return round.state.kind === 'empty'
    ? decideEmpty(round, others, conflict)
    : decidePrepared(round.state.clusterId, round, others, conflict);
}

export function sortedMembers(members: Iterable<NodeId>): readonly NodeId[] {
  return [...new Set(members)].toSorted();
}

function decideEmpty(
  round: FoundingRound,
  others: readonly NodeId[],
  conflict: FoundingDecision | null,
): FoundingDecision {
  const joining = findJoining(round);
  if (joining !== null) return { kind: 'join', joining };
  const founded = [...round.heard.keys()].filter((id) => stateOf(round, id)?.kind === 'founded');
  const clusterId = founded.map((id) => clusterOf(round, id)).find((id) => id !== null) ?? null;
  if (clusterId !== null) return { kind: 'quarantined', clusterId, founded };
  if (conflict !== null) return conflict;
  const silent = others.filter((id) => !round.heard.has(id));
  if (silent.length > 0) return { kind: 'wait', for: silent };
  // Started beside a cluster that is being founded without it: it is added later, or never.
  if (!round.members.includes(round.self)) return { kind: 'wait', for: others };
  const prepared = others.map((id) => clusterOf(round, id)).find((id) => id !== null) ?? null;
  if (prepared !== null) return { kind: 'become', state: { kind: 'prepared', clusterId: prepared } };
  const first = sortedMembers(round.members)[0];
  if (first !== undefined && first !== round.self) return { kind: 'wait', for: [first] };
  return { kind: 'become', state: { kind: 'prepared', clusterId: round.newClusterId() } };
}

/** Two leaders can both say it, one of an earlier term in its last moments: the later one knows more. */
function findJoining({ heard, self }: FoundingRound): Joining | null {
  let latest: Joining | null = null;
  for (const { joining, state } of heard.values()) {
    if (joining === undefined || state.kind !== 'founded' || state.clusterId !== joining.clusterId) continue;
    const { learners, voters } = joining.configuration;
    if (!learners.includes(self) || voters.includes(self)) continue;
    if (latest === null || joining.term > latest.term) latest = joining;
  }
  return latest;
}

function decidePrepared(
  clusterId: string,
  round: FoundingRound,
  others: readonly NodeId[],
  conflict: FoundingDecision | null,
): FoundingDecision {
  const become = { kind: 'become', state: { kind: 'founded', clusterId } } as const;
  const isFounded = (id: NodeId): boolean =>
    stateOf(round, id)?.kind === 'founded' && clusterOf(round, id) === clusterId;
  // Someone saw everybody prepared, this node included; who is silent or wiped now no longer matters.
  if (others.some(isFounded)) return become;
  if (conflict !== null) return conflict;
  const behind = others.filter((id) => clusterOf(round, id) !== clusterId);
  return behind.length === 0 ? become : { kind: 'wait', for: behind };
}

/** Members that this node cannot become a cluster with, whatever it waits for. */
function findConflict(round: FoundingRound, others: readonly NodeId[]): FoundingDecision | null {
  const wanted = sortedMembers(round.members).join(', ');
  // A founded member may have been started with other peers since: its members are in its log.
  const misled = others.filter((id) => {
    const answer = round.heard.get(id);
    return (
      answer !== undefined && answer.state.kind !== 'founded' && sortedMembers(answer.members).join(', ') !== wanted
    );
  });
  if (misled.length > 0) {
    const theirs = round.heard.get(misled[0] ?? round.self)?.members.join(', ');
    return { kind: 'conflict', reason: `founding members differ: ${wanted} here, ${theirs} there`, with: misled };
  }
  const own = round.state.kind === 'empty' ? null : round.state.clusterId;
  const ids = new Set(others.map((id) => clusterOf(round, id)).filter((id) => id !== null));
  if (own !== null) ids.add(own);
  if (ids.size <= 1) return null;
  const strangers = others.filter((id) => clusterOf(round, id) !== null && clusterOf(round, id) !== own);
  return { kind: 'conflict', reason: `prepared for different clusters: ${[...ids].join(', ')}`, with: strangers };
}

function stateOf(round: FoundingRound, id: NodeId): FoundingState | null {
  return round.heard.get(id)?.state ?? null;
}

function clusterOf(round: FoundingRound, id: NodeId): string | null {
  const state = stateOf(round, id);
  return state === null || state.kind === 'empty' ? null : state.clusterId;
}
