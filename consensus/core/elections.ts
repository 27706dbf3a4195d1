import { mayCampaignOnDisk } from './hung-disk.ts';
import { isAtLeast } from './log-place.ts';
import { tally } from './quorum.ts';
import type { RaftState } from './raft-state.ts';
import { failReads } from './reads.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.ts';
import type { Message, NodeId, Term } from './types.ts';

/**
 * Elections (Raft paper 5.2, 5.4.1) with pre-vote (thesis 9.6) and leader stickiness (thesis 4.2.3).
 *
 * Fast failover: the network tells of a dead leader long before the election timeout does. A follower whose link to the leader
 * closed forgets it, so it grants pre-votes, and campaigns soon; whoever still hears the leader refuses, which makes it safe. Two
 * survivors that campaign at once would split the vote and wait for a whole timeout, so the voters take turns by name. The first
 * in turn may have the shorter log; the one that refuses it for that campaigns soon itself.
 */
const campaignTurnTicks = 2;
const overtakeTicksMax = 2;

type VoteRequest = Extract<Message, { readonly kind: 'pre-vote-request' | 'vote-request' }>;
type VoteResponse = Extract<Message, { readonly kind: 'pre-vote-response' | 'vote-response' }>;

export function tickElection(raft: RaftState): void {
  if (raft.nowTick < raft.campaignAtTick) return;
  if (!mayCampaign(raft)) raft.resetElectionTimer();
  else if (raft.preVote) preCampaign(raft);
  else campaign(raft, { transfer: false });
}

/**
 * A voter may; and one whose removal is not known to be committed: the others may still need its log. It does not count its own
 * vote then (thesis 4.2.2, figure 4.6), since `tally` looks at the voters of the configuration in force only. Not with a log that
 * lost entries (`repair.ts`), nor on a disk that hangs (`hung-disk.ts`).
 */
export function mayCampaign(raft: RaftState): boolean {
  return raft.lost === null && mayCampaignOnDisk(raft) && raft.log.isVoterSince(raft.commitIndex, raft.id);
}

function preCampaign(raft: RaftState): void {
  becomePreCandidate(raft);
  raft.votes.set(raft.id, true);
  if (!decidePreVote(raft)) askForVotes(raft, { kind: 'pre-vote-request', transfer: false });
}

/** A real campaign, of a node that won its pre-vote, uses none, or was told to by the leader (thesis 3.10). */
export function campaign(raft: RaftState, options: { readonly transfer: boolean }): void {
  becomeCandidate(raft);
  askForVotes(raft, { kind: 'vote-request', transfer: options.transfer });
}

function askForVotes(raft: RaftState, ask: { readonly kind: VoteRequest['kind']; readonly transfer: boolean }): void {
  const { lastIndex, lastTerm } = raft.log;
  const isReal = ask.kind === 'vote-request';
  // A vote is given to the log that the request describes: a log that a crash would shorten must not collect votes. Term and own
  // vote may still be on their way to the disk, see `decideVote`; not behind other writes, as that disk may hang.
  const isLogSettled = raft.durability.isIdle && raft.durability.durableIndex === lastIndex;
  const term = isReal ? raft.term : ((raft.term + 1) as Term);
  for (const to of raft.configuration.voters) {
    if (to === raft.id) continue;
    const message: Message = { kind: ask.kind, from: raft.id, to, term, lastIndex, lastTerm, transfer: ask.transfer };
    if (isReal && !isLogSettled) raft.sendAfterPersist.push(message);
    else raft.sendNow.push(message);
  }
}

/** Whether the candidate's log holds at least what this one does (Raft paper 5.4.1); a log that lost entries cannot tell. */
function isUpToDate(raft: RaftState, message: VoteRequest): boolean {
  if (raft.lost !== null) return false;
  const { lastIndex, lastTerm } = raft.log;
  return isAtLeast({ index: message.lastIndex, term: message.lastTerm }, { index: lastIndex, term: lastTerm });
}

/** Heard from a leader within the smallest election timeout, so a vote would only disturb (thesis 4.2.3). */
export function hearsLeader(raft: RaftState): boolean {
  if (raft.isLeader) return true;
  return raft.leader !== null && raft.nowTick - raft.leaderHeardTick < raft.options.electionTimeoutTicks;
}

/** Only a leader that wants to go may be replaced while it is heard. */
export function ignoreDisturbance(raft: RaftState, message: VoteRequest): boolean {
  return raft.checkQuorum && !message.transfer && hearsLeader(raft);
}

/** Changes neither term nor vote nor timer: a pre-vote is a question, not a promise. */
export function onPreVoteRequest(raft: RaftState, message: VoteRequest): void {
  const mayVote = message.term > raft.term || (message.term === raft.term && mayVoteFor(raft, message.from));
  const granted = mayVote && !ignoreDisturbance(raft, message) && isUpToDate(raft, message);
  // A grant names the term asked for; a refusal the voter's own, so that a candidate left behind catches up.
  const term = granted ? message.term : raft.term;
  raft.reply({ kind: 'pre-vote-response', from: raft.id, to: message.from, term, granted });
  if (!granted) overtake(raft, message);
}

/** In the message's own term: higher ones are adopted before, lower ones answered elsewhere. */
export function onVoteRequest(raft: RaftState, message: VoteRequest): void {
  const granted = mayVoteFor(raft, message.from) && isUpToDate(raft, message);
  if (granted) {
    raft.vote(message.from);
    raft.resetElectionTimer();
  }
  raft.sendAfterPersist.push({ kind: 'vote-response', from: raft.id, to: message.from, term: raft.term, granted });
  if (!granted) overtake(raft, message);
}

/** One vote a term, first come first served (Raft paper 5.2). */
function mayVoteFor(raft: RaftState, candidate: NodeId): boolean {
  return raft.votedFor === null || raft.votedFor === candidate;
}

/** Refused for a log shorter than our own, with no leader about: the one that can win should not sleep out its timeout. */
function overtake(raft: RaftState, message: VoteRequest): void {
  const isIdle = raft.role !== 'leader' && raft.role !== 'candidate';
  if (!isIdle || raft.leader !== null || isUpToDate(raft, message)) return;
  campaignWithin(raft, 1 + Math.floor(raft.options.random() * overtakeTicksMax));
}

export function onPreVoteResponse(raft: RaftState, message: VoteResponse): void {
  if (raft.role !== 'pre-candidate') return;
  if (message.granted && message.term !== raft.term + 1) return;
  raft.votes.set(message.from, message.granted);
  decidePreVote(raft);
}

/** In the candidate's own term, see `step`: an answer of an older one is not even looked at. */
export function onVoteResponse(raft: RaftState, message: VoteResponse): void {
  if (raft.role !== 'candidate') return;
  raft.votes.set(message.from, message.granted);
  decideVote(raft);
}

/** A candidate that crashed and forgot its own vote could give it to another in the same term. */
export function countOwnVote(raft: RaftState): void {
  if (raft.role !== 'candidate' || raft.votes.has(raft.id) || !raft.write.isHardStateDurable) return;
  raft.votes.set(raft.id, true);
  decideVote(raft);
}

function decidePreVote(raft: RaftState): boolean {
  const result = tally(raft.configuration.voters, raft.votes);
  if (result === 'won') campaign(raft, { transfer: false });
  else if (result === 'lost') becomeFollower(raft, raft.term, null);
  return result !== 'open';
}

/**
 * It leads once its own vote is durable, even if others are a majority without it: after a crash it could else campaign in the same
 * term again, lead it a second time, and write other entries under it. Whoever does not lead may forget that it asked: an answer
 * that comes to a later candidacy in that term was given to a log that holds whatever was committed, and so does the log since,
 * as every leader in between had that and does not cut it.
 */
function decideVote(raft: RaftState): void {
  const result = tally(raft.configuration.voters, raft.votes);
  if (result === 'won' && raft.votes.has(raft.id)) becomeLeader(raft);
  else if (result === 'lost') becomeFollower(raft, raft.term, null);
}

/** The link to the leader is gone: see the head of this file. */
export function onLeaderLost(raft: RaftState): void {
  const others = raft.configuration.voters.filter((id) => id !== raft.leader);
  raft.leader = null;
  failReads(raft);
  const turn = others.filter((id) => id < raft.id).length;
  if (mayCampaign(raft)) campaignWithin(raft, 1 + turn * campaignTurnTicks);
}

function campaignWithin(raft: RaftState, ticks: number): void {
  raft.campaignAtTick = Math.min(raft.campaignAtTick, raft.nowTick + ticks);
}
