import type { Configuration, RaftStatus } from '#consensus/core/types.ts';

type Told = Pick<RaftStatus, 'role' | 'term' | 'leader' | 'transferringTo' | 'configuration' | 'lost'>;

/** More is cut: a reason is a line of a list. */
const reasonCharactersMax = 200;

/** Why a node is something else than before, in a few words; null: it is not. */
export function roleReason(now: Told, before: Told): string | null {
  const reason =
    standingReason(now, before) ??
    transferReason(now, before) ??
    repairReason(now, before) ??
    membersReason(now, before);
  return reason?.slice(0, reasonCharactersMax) ?? null;
}

function standingReason(now: Told, before: Told): string | null {
  if (now.role !== before.role) return newRoleReason(now, before);
  if (now.leader !== before.leader && now.leader !== null) return `${now.leader} leads`;
  if (now.term !== before.term) return `term ${now.term} has begun`;
  return now.leader === before.leader ? null : `${before.leader ?? 'nobody'} leads no more`;
}

function newRoleReason(now: Told, before: Told): string {
  switch (now.role) {
    case 'pre-candidate':
      return 'no leader is heard: asks whether it would win';
    case 'candidate':
      return `asks for the votes of term ${now.term}`;
    case 'leader':
      return `won the election of term ${now.term}`;
    case 'learner':
      return 'does not vote any more';
    case 'follower':
      if (before.role === 'learner') return 'votes from now on';
      if (now.leader !== null) return `${now.leader} leads`;
      if (now.term !== before.term) return `term ${now.term} has begun`;
      return before.role === 'leader' ? 'a majority is not heard' : 'did not win';
  }
}

function transferReason(now: Told, before: Told): string | null {
  if (now.transferringTo === before.transferringTo) return null;
  return now.transferringTo === null ? 'the hand-over has ended' : `hands leadership over to ${now.transferringTo}`;
}

function repairReason({ lost: now }: Told, { lost: before }: Told): string | null {
  if ((now === undefined) === (before === undefined)) return null;
  return now === undefined ? 'its log is whole again' : `its log lost entries up to ${now.index} and is repaired`;
}

function membersReason({ configuration: now }: Told, { configuration: before }: Told): string | null {
  return now === before || membersText(now) === membersText(before) ? null : membersText(now);
}

function membersText({ voters, learners }: Configuration): string {
  const votes = `${voters.join(', ')} vote`;
  return learners.length === 0 ? votes : `${votes}, ${learners.join(', ')} learn`;
}
