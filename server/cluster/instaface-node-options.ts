import type { Message } from '#consensus/core/types.ts';
import type { FoundingAnswer } from '#consensus/driver/founding.ts';
import type { RaftNode, RaftNodeEvents } from '#consensus/driver/raft-node.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { Config } from '#server/config/config.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import type { Metrics } from '#server/observability/metrics.ts';
import type { AddressBook } from './address-book.ts';
import type { Clock } from './clock.ts';
import type { NodeLog } from './node-log.ts';

/** The consensus under a node: a RaftDriver in production. */
export interface RaftMember extends RaftNode {
  start(): void;
  deliver(message: Message): void;
  peerClosed(id: NodeId): void;
}

export interface InstafaceNodeOptions {
  readonly config: Pick<Config, 'publicUrl' | 'peerAddress' | 'timings' | 'limits'>;
  readonly clusterId: string;
  /** Builds the member; it must be quiet until `start`. */
  readonly raft: (parts: { readonly events: RaftNodeEvents; readonly send: (message: Message) => void }) => RaftMember;
  readonly links: Links;
  /** Of these links: where the nodes are. */
  readonly addresses: AddressBook;
  readonly store: GraphStore;
  /** Whether the database answers this node, asked without becoming its writer. Null where no other node could do better. */
  readonly probeDatabase: (() => Promise<void>) | null;
  /** At the index before the first entry of the log. */
  readonly cache: GraphCache;
  readonly declarations: Declarations;
  readonly log: NodeLog;
  readonly clock: Clock;
  readonly version: string;
  /** Names this process among all those of this node, for its events. */
  readonly incarnation: string;
  /** Null: nothing is measured. */
  readonly metrics: Metrics | null;
  /** What this node answers to a member that is being founded. */
  readonly foundingAnswer: () => FoundingAnswer;
  /** Something that cannot happen has happened, or the log cannot be written: the process must end. */
  readonly ended: (reason: Error) => void;
}
