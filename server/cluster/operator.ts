import { TransferFailed } from '#consensus/driver/failures.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import { LinkError } from '#consensus/transport/link-error.ts';
import type { Links } from '#consensus/transport/links.ts';
import { errorCodes, GraphError } from '#server/graph/errors.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import { readOperatorRequest } from './monitor-protocol.ts';
import type { OperatorRequest } from './monitor-protocol.ts';
import type { NodeLog } from './node-log.ts';
import type { StandingWatch } from './standing.ts';

export interface OperatorOptions {
  readonly self: NodeId;
  readonly links: Links;
  readonly raft: Pick<RaftNode, 'transferLeadership' | 'status'>;
  readonly standing: StandingWatch;
  readonly members: () => readonly NodeId[];
  readonly log: NodeLog;
  /** Something that the cluster view shows has changed here. */
  readonly changed: () => void;
}

const requestMsMax = 1_500;
/** A transfer takes up to an election timeout, and is known to have failed after that. */
const transferMsMax = 4_000;

/**
 * What an operator does to the cluster while it runs. Carried out by the node that it is about, which hears of it over monitoring, also
 * when it is unplugged; not tried again: the operator sees what became of it.
 */
export class Operator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  setPlugged(node: NodeId, plugged: boolean): Promise<void> {
    return this.#at(node, { about: 'plug', plugged }, requestMsMax);
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

  /** From another node. */
  async onRequest(payload: unknown): Promise<null> {
    await this.#carryOut(readOperatorRequest(payload));
    return null;
  }

  async #at(node: NodeId, request: OperatorRequest, timeoutMs: number): Promise<void> {
    const { self, links } = this.#options;
    this.#checkMember(node);
    if (node === self) return this.#carryOut(request);
    try {
      await links.request(node, 'monitor', request, { timeoutMs });
    } catch (error) {
      throw operatorFailure(error, node);
    }
  }

  async #carryOut(request: OperatorRequest): Promise<void> {
    const { changed, links, log, raft } = this.#options;
    log.info({ request }, 'an operator asked for this');
    switch (request.about) {
      case 'plug':
        links.setPlugged(request.plugged);
        return changed();
      case 'link':
        links.setCut(request.to, !request.connected);
        return changed();
      case 'transfer':
        if (!raft.status().configuration.voters.includes(request.to))
          throw new GraphError('CONFLICT', `${request.to} does not vote, so it cannot lead`);
        try {
          await raft.transferLeadership(request.to);
        } catch (error) {
          if (error instanceof TransferFailed) throw new GraphError('CONFLICT', error.message);
          throw error;
        }
    }
  }

  #checkMember(node: NodeId): void {
    if (!this.#options.members().includes(node)) throw new GraphError('NOT_FOUND', `no node ${node} is in the cluster`);
  }
}

function operatorFailure(error: unknown, node: NodeId): Error {
  if (!(error instanceof LinkError)) return error instanceof Error ? error : new Error(String(error));
  const code = errorCodes.find((known) => known === error.code);
  if (error.kind === 'answered' && code !== undefined) return new GraphError(code, error.message);
  return new GraphError('NO_LEADER', `${node} did not answer: ${error.message}`);
}
