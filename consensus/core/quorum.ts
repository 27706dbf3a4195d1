import type { NodeId } from './types.ts';

/** Arithmetic over the voters of a configuration. Learners are never in the lists that come in here. */

export function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

export type Tally = 'won' | 'lost' | 'open';

/** Counts one answer for each voter; what others say is not looked at. */
export function tally(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): Tally {
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  const needed = majorityOf(voters.length);
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'open';
}

/**
 * The greatest number that a majority of the voters has reached. `reached` must give a number for every voter; used for the
 * commit index as for numbered reads. Insertion into a small sorted list: no voter set is large enough to want better.
 */
export function quorumReached(voters: readonly NodeId[], reached: (voter: NodeId) => number): number {
  if (voters.length === 0) return 0;
  const needed = majorityOf(voters.length);
  // The greatest values so far, ascending, at most as many as a majority needs; so the first is the answer in the end.
  const greatest: number[] = [];
  for (const voter of voters) {
    const value = reached(voter);
    let place = greatest.length;
    greatest.push(value);
    while (place > 0 && (greatest[place - 1] ?? 0) > value) {
      greatest[place] = greatest[place - 1] ?? 0;
      place--;
    }
    greatest[place] = value;
    if (greatest.length > needed) greatest.shift();
  }
  return greatest[0] ?? 0;
}
