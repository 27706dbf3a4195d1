import { encodeConfiguration } from '#consensus/core/configuration.ts';
import type { Configuration, MemberAddress, RaftStatus } from '#consensus/core/types.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { Links } from '#consensus/transport/links.ts';
import { isNodeId, readAddress, readOrigin, writeAddress } from '#server/config/address.ts';
import { assert, GraphError } from '#server/graph/errors.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { AddressBook } from './address-book.ts';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';

/** What an operator wants of the members. `peer` is `host:port`. */
export type MembershipChange =
  | {
      readonly kind: 'add';
      readonly id: NodeId;
      readonly peer: string;
      readonly publicUrl: string;
      readonly voter: boolean;
    }
  | { readonly kind: 'promote' | 'remove'; readonly id: NodeId };

export interface MembershipOptions {
  readonly links: Pick<Links, 'states'>;
  readonly raft: Pick<RaftNode, 'status' | 'propose' | 'entries'>;
  readonly progress: AppliedProgress;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  readonly electionTimeoutMs: number;
}

/** So long a new node may take to copy the log before it is made a voter. */
export const catchUpMsMax = 20_000;
/** A change waits so long for another one, or for a hand-over, to end. */
const turnMsMax = 2_000;
/** And so long for its commit. */
const commitMsMax = 5_000;
const lookMs = 10;
/** Far more than anybody runs; what each costs is a connection and a copy of every entry. */
const membersMax = 64;

/**
 * Changes of the membership, at the leader: one server at a time (thesis 4.1), a new one as a learner until it has caught up (thesis
 * 4.2.1). Nothing is tried again: an operator sees what became of it.
 */
export class Membership {
  readonly #options: MembershipOptions;
  #isChanging = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** The index of the commit that made it so. Rejects with a GraphError that says what is so instead. */
  async change(change: MembershipChange): Promise<LogIndex> {
    switch (change.kind) {
      case 'add': {
        const address = readNewAddress(change);
        this.#dial(address);
        const index = await this.#commit((status) => this.#withLearner(status, address));
        return change.voter ? this.#promote(change.id) : index;
      }
      case 'promote':
        return this.#promote(change.id);
      case 'remove':
        return this.#commit((status) => this.#without(status, change.id));
    }
  }

  /** It is dialled before it is a member: what cannot be dialled should not become one. */
  #dial(address: MemberAddress): void {
    try {
      this.#options.addresses.onHeard(address);
    } catch (error) {
      throw new GraphError('BAD_INPUT', error instanceof Error ? error.message : String(error));
    }
  }

  async #promote(id: NodeId): Promise<LogIndex> {
    await this.#caughtUp(id);
    return this.#commit((status) => withVoter(status, id));
  }

  /** Proposes what `next` makes of the configuration in force, when it is this change's turn, and waits for the commit. */
  async #commit(next: (status: RaftStatus) => Configuration): Promise<LogIndex> {
    const { clock, raft } = this.#options;
    const deadline = clock.monotonicMs() + turnMsMax;
    let reason = 'another change of the members is under way';
    for (;;) {
      if (!this.#isChanging) {
        // In one turn: nothing comes between the look at the configuration and the proposal.
        const data = encodeConfiguration(next(leading(raft)));
        const proposed = raft.propose({ kind: 'configuration', data });
        if (!('refused' in proposed)) return this.#committed(proposed);
        assert(proposed.refused !== 'configuration-invalid', 'a change of one member is a configuration');
        if (proposed.refused === 'transferring') reason = 'leadership is being handed over';
        if (proposed.refused === 'tail-full') reason = 'the log waits for a majority and takes no more';
      }
      if (clock.monotonicMs() >= deadline) throw new GraphError('CONFLICT', `${reason}; nothing was changed`);
      await this.#pause();
    }
  }

  async #committed(proposed: { readonly index: LogIndex; readonly term: number }): Promise<LogIndex> {
    const { clock, progress, raft } = this.#options;
    const { index, term } = proposed;
    this.#isChanging = true;
    try {
      await progress.whenApplied(index, clock.monotonicMs() + commitMsMax);
    } catch {
      const message =
        'it is not known whether the members were changed: no majority has confirmed it yet; look at them again';
      throw new GraphError('OUTCOME_UNKNOWN', message);
    } finally {
      this.#isChanging = false;
    }
    const entry = raft.entries(index, 1)[0];
    if (entry?.index === index && entry.term !== term)
      throw new GraphError('CONFLICT', 'another node took over before a majority had it; nothing was changed');
    return index;
  }

  #withLearner({ configuration }: RaftStatus, address: MemberAddress): Configuration {
    const { id } = address;
    const members = membersOf(configuration);
    if (members.includes(id)) {
      const role = configuration.voters.includes(id) ? 'votes' : 'is a learner';
      throw new GraphError('CONFLICT', `${id} is a member already: it ${role}`);
    }
    if (members.length >= membersMax)
      throw new GraphError('LIMIT_EXCEEDED', `a cluster has at most ${membersMax} members`);
    for (const member of members) {
      const known = this.#options.addresses.of(member);
      if (known === null) continue;
      if (known.peer === address.peer || known.publicUrl === address.publicUrl) {
        const taken = known.peer === address.peer ? address.peer : address.publicUrl;
        throw new GraphError('CONFLICT', `the address ${taken} is that of ${member}`);
      }
    }
    const { voters, learners, addresses } = configuration;
    return { voters, learners: [...learners, id], addresses: [...(addresses ?? []), address] };
  }

  #without({ configuration, id: self, progress }: RaftStatus, id: NodeId): Configuration {
    const states = this.#options.links.states();
    const { addresses, learners } = configuration;
    if (!membersOf(configuration).includes(id)) throw notMember(id);
    const voters = configuration.voters.filter((voter) => voter !== id);
    if (voters.length === 0) throw new GraphError('CONFLICT', `${id} is the last voter: a cluster without one is none`);
    const isHeard = (voter: NodeId): boolean =>
      states.some(({ to, open }) => to === voter && open) && progress.some((peer) => peer.id === voter && peer.active);
    const active = voters.filter((voter) => voter === self || isHeard(voter));
    if (configuration.voters.includes(id) && active.length <= voters.length / 2) {
      const rest = `of ${voters.join(', ')} only ${active.join(', ') || 'none'} can be heard`;
      throw new GraphError('CONFLICT', `without ${id} there would be no majority: ${rest}`);
    }
    return {
      voters,
      learners: learners.filter((learner) => learner !== id),
      ...(addresses === undefined ? {} : { addresses: addresses.filter((address) => address.id !== id) }),
    };
  }

  /**
   * Rounds (thesis 4.2.1): each brings what the log held when it began. A node that gets through one within an election timeout keeps
   * up, and will hold nothing up as a voter.
   */
  async #caughtUp(id: NodeId): Promise<void> {
    const { clock, electionTimeoutMs, raft } = this.#options;
    const deadline = clock.monotonicMs() + catchUpMsMax;
    let round: { readonly target: LogIndex; readonly startedMs: number } | null = null;
    for (;;) {
      const status = leading(raft);
      const { configuration, lastIndex, progress } = status;
      if (configuration.voters.includes(id)) throw new GraphError('CONFLICT', `${id} votes already`);
      if (!configuration.learners.includes(id)) throw notMember(id);
      const nowMs = clock.monotonicMs();
      const peer = progress.find((each) => each.id === id);
      if (round === null || (peer !== undefined && peer.matchIndex >= round.target)) {
        if (round !== null && peer?.active === true && nowMs - round.startedMs <= electionTimeoutMs) return;
        round = { target: lastIndex, startedMs: nowMs };
      }
      if (nowMs >= deadline) {
        const has =
          peer === undefined || peer.matchIndex === 0
            ? 'has not been heard of'
            : `has ${peer.matchIndex} of ${lastIndex} entries`;
        const message = `${id} did not catch up within ${Math.round(catchUpMsMax / 1_000)} s (it ${has}); it stays a learner, and can be promoted when it has`;
        throw new GraphError('DEADLINE_EXCEEDED', message);
      }
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(lookMs, resolve);
    });
  }
}

function leading(raft: Pick<RaftNode, 'status'>): RaftStatus {
  const status = raft.status();
  if (status.role !== 'leader')
    throw new GraphError('NO_LEADER', `${status.id} does not lead any more; look at the members again`);
  return status;
}

function withVoter({ configuration }: RaftStatus, id: NodeId): Configuration {
  const { voters, learners } = configuration;
  if (!learners.includes(id)) throw notMember(id);
  return { ...configuration, voters: [...voters, id], learners: learners.filter((learner) => learner !== id) };
}

function membersOf({ voters, learners }: Configuration): readonly NodeId[] {
  return [...voters, ...learners];
}

function readNewAddress({ id, peer, publicUrl }: Extract<MembershipChange, { kind: 'add' }>): MemberAddress {
  if (!isNodeId(id))
    throw new GraphError(
      'BAD_INPUT',
      `a node id has 1 to 64 letters, digits, ".", "_" and "-", not ${JSON.stringify(id)}`,
    );
  const address = readAddress(peer.replace(/^tcp:\/\//, ''));
  if (address === null || address.port === 0)
    throw new GraphError(
      'BAD_INPUT',
      `peerUrl is host:port, where the other nodes reach ${id}, not ${JSON.stringify(peer)}`,
    );
  const origin = readOrigin(publicUrl);
  if (origin === null)
    throw new GraphError(
      'BAD_INPUT',
      `publicUrl is an http or https address without a path, not ${JSON.stringify(publicUrl)}`,
    );
  return { id, peer: writeAddress(address), publicUrl: origin };
}

function notMember(id: NodeId): GraphError {
  return new GraphError('NOT_FOUND', `no node ${id} is in the cluster`);
}
