import { TransferFailed } from '#consensus/driver/failures.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import { LinkError } from '#consensus/transport/link-error.ts';
import type { Links } from '#consensus/transport/links.ts';
import { errorCodes, GraphError } from '#server/graph/errors.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { AppliedProgress } from './applied-progress.ts';
import type { Clock } from './clock.ts';
import { catchUpMsMax } from './membership.ts';
import type { Membership, MembershipChange } from './membership.ts';
import { readOperatorAnswer, readOperatorRequest } from './monitor-protocol.ts';
import type { OperatorAnswer, OperatorRequest } from './monitor-protocol.ts';
import { bestSuccessor } from './successor.ts';
import type { NodeLog } from './node-log.ts';
import type { StandingWatch } from './standing.ts';

export interface OperatorOptions {
  readonly self: NodeId;
  readonly links: Links;
  readonly raft: Pick<RaftNode, 'transferLeadership' | 'status'>;
  readonly membership: Membership;
  readonly progress: AppliedProgress;
  readonly clock: Clock;
  readonly standing: StandingWatch;
  readonly members: () => readonly NodeId[];
  readonly log: NodeLog;
  /** Something that the cluster view shows has changed here. */
  readonly changed: () => void;
}

const requestMsMax = 1_500;
/** A transfer takes up to an election timeout, and is known to have failed after that. */
const transferMsMax = 4_000;
/** What a change of the members takes beyond the time in which a new one may catch up. */
const membershipMsMax = 10_000;
/** What the answering node may lag behind the change that it answers for. */
const shownMsMax = 1_000;

/**
 * What an operator does to the cluster while it runs. Carried out by the node that it is about, which hears of it over monitoring, also
 * when it is unplugged; not tried again: the operator sees what became of it.
 */
export class Operator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  async setPlugged(node: NodeId, plugged: boolean): Promise<void> {
    await this.#at(node, { about: 'plug', plugged }, requestMsMax);
  }

  async setLink(from: NodeId, to: NodeId, connected: boolean): Promise<void> {
    this.#checkMember(to);
    if (from === to) throw new GraphError('BAD_INPUT', `a link is between two nodes, not from ${from} to itself`);
    await this.#at(from, { about: 'link', to, connected }, requestMsMax);
  }

  async transferLeadership(to: NodeId): Promise<void> {
    this.#checkMember(to);
    const { leader } = this.#options.standing.now;
    if (leader === null) throw new GraphError('NO_LEADER', 'there is no leader that could hand over');
    if (leader === to) return;
    await this.#at(leader, { about: 'transfer', to }, transferMsMax);
  }

  /** Resolves when it is committed, and shown by this node unless that lags far behind. */
  async changeMembers(change: MembershipChange): Promise<void> {
    const { clock, progress, standing } = this.#options;
    const { leader } = standing.now;
    if (leader === null) throw new GraphError('NO_LEADER', 'there is no leader that could change the members');
    const { index } = await this.#at(leader, { about: 'member', change }, catchUpMsMax + membershipMsMax);
    await progress.whenApplied(index, clock.monotonicMs() + shownMsMax)?.catch(() => undefined);
  }

  /** From another node. */
  async onRequest(payload: unknown): Promise<OperatorAnswer> {
    return this.#carryOut(readOperatorRequest(payload));
  }

  async #at(node: NodeId, request: OperatorRequest, timeoutMs: number): Promise<OperatorAnswer> {
    const { self, links } = this.#options;
    if (request.about !== 'member') this.#checkMember(node);
    if (node === self) return this.#carryOut(request);
    try {
      return readOperatorAnswer(await links.request(node, 'monitor', request, { timeoutMs }));
    } catch (error) {
      throw operatorFailure(error, { node, isChange: request.about === 'member' });
    }
  }

  async #carryOut(request: OperatorRequest): Promise<OperatorAnswer> {
    const { changed, links, log, raft } = this.#options;
    log.info({ request }, 'an operator asked for this');
    switch (request.about) {
      case 'plug':
        links.setPlugged(request.plugged);
        changed();
        return inNoCommit;
      case 'link':
        links.setCut(request.to, !request.connected);
        changed();
        return inNoCommit;
      case 'transfer':
        if (!raft.status().configuration.voters.includes(request.to))
          throw new GraphError('CONFLICT', `${request.to} does not vote, so it cannot lead`);
        await this.#handOver(request.to);
        return inNoCommit;
      case 'member':
        return this.#changeMembers(request.change);
    }
  }

  async #changeMembers(change: MembershipChange): Promise<OperatorAnswer> {
    const { changed, membership, raft, self } = this.#options;
    const successor = change.kind === 'remove' && change.id === self ? bestSuccessor(raft.status()) : null;
    if (successor !== null) {
      // A leader that removes itself goes first, so that writes go on without a pause. Where nobody takes over it goes as the core
      // says: it leads until its removal is committed.
      const isHandedOver = await this.#handOver(successor).then(
        () => true,
        () => false,
      );
      if (isHandedOver) return this.#at(successor, { about: 'member', change }, membershipMsMax);
    }
    const index = await membership.change(change);
    changed();
    return { index };
  }

  async #handOver(to: NodeId): Promise<void> {
    try {
      await this.#options.raft.transferLeadership(to);
    } catch (error) {
      if (error instanceof TransferFailed) throw new GraphError('CONFLICT', error.message);
      throw error;
    }
  }

  #checkMember(node: NodeId): void {
    if (!this.#options.members().includes(node)) throw new GraphError('NOT_FOUND', `no node ${node} is in the cluster`);
  }
}

const inNoCommit: OperatorAnswer = { index: 0 as LogIndex };

function operatorFailure(error: unknown, about: { readonly node: NodeId; readonly isChange: boolean }): Error {
  if (!(error instanceof LinkError)) return error instanceof Error ? error : new Error(String(error));
  const code = errorCodes.find((known) => known === error.code);
  if (error.kind === 'answered' && code !== undefined) return new GraphError(code, error.message);
  const message = `${about.node} did not answer: ${error.message}`;
  if (about.isChange && error.kind !== 'unsent')
    return new GraphError(
      'OUTCOME_UNKNOWN',
      `it is not known whether the members were changed (${message}); look at them again`,
    );
  return new GraphError('NO_LEADER', message);
}
