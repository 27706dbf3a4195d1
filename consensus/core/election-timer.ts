import type { RaftState } from './raft-state.ts';

/** A vote is asked for, written and answered within so much, unless the machine is badly overloaded. */
const turnTicksMax = 3;

/**
 * How long a node waits before it campaigns (Raft paper 5.2), in ticks; n is the election timeout. Always less than 2n + n/4.
 *
 * The paper draws every wait, so that two candidates rarely meet. Drawn waits meet all the same: two survivors of three fall into each other's
 * round trip about once in ten times, and then sleep out another wait. So those that lost the same leader take turns instead, by their place
 * behind it among the voters: the next in line is through before the one after it begins. What is drawn is only where in its turn it begins.
 *
 * A candidate that got no answer has nobody's rest to respect: nobody leads, as its pre-vote found out, so it need not wait a whole timeout
 * again. Here all is drawn, as turns have not helped.
 */
export function electionTicks(raft: RaftState): number {
  const { electionTimeoutTicks, random } = raft.options;
  const isAsking = raft.role === 'pre-candidate' || raft.role === 'candidate';
  const drawn = Math.floor(random() * electionTimeoutTicks);
  if (isAsking && raft.preVote) return Math.max(2, Math.floor(electionTimeoutTicks / 4)) + drawn;
  if (raft.leader === null || isAsking) return electionTimeoutTicks + drawn;
  return electionTimeoutTicks + turnTicks(raft);
}

/**
 * Not before the others have waited a timeout as well, since they would refuse (thesis 4.2.3): they heard the leader up to a tick later.
 * Invariant: less than the election timeout.
 */
function turnTicks(raft: RaftState): number {
  const { electionTimeoutTicks, random } = raft.options;
  const { voters } = raft.configuration;
  const leaderPlace = raft.leader === null ? 0 : Math.max(0, voters.indexOf(raft.leader));
  const place = Math.max(0, voters.indexOf(raft.id));
  const turn = (place - leaderPlace - 1 + voters.length) % Math.max(1, voters.length);
  const length = Math.max(
    1,
    Math.min(turnTicksMax, Math.floor((electionTimeoutTicks - 1) / Math.max(1, voters.length))),
  );
  return Math.min(electionTimeoutTicks - 1, 1 + turn * length + Math.floor(random() * (length - 1)));
}
