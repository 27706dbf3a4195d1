import type { Entry, RaftStatus } from '#consensus/core/types.ts';
import type { RaftNode } from '#consensus/driver/raft-node.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { GraphCache } from '#server/cache/graph-cache.ts';
import type { Declarations } from '#server/graph/declarations.ts';
import type { LogIndex, NodeId } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import type { FetchCost } from './fills.ts';
import { appliedSummary, pendingSummary } from './log-summary.ts';
import type { CommitReport, DatabaseReport, LogEntryReport, NodeReport } from './node-service.ts';
import { nodeRoleOf } from './standing.ts';

export interface OwnReportOptions {
  readonly self: NodeId;
  readonly publicUrl: string;
  readonly version: string;
  readonly raft: Pick<RaftNode, 'status' | 'entries'>;
  readonly links: Links;
  readonly cache: GraphCache;
  readonly declarations: Declarations;
  readonly clock: Clock;
  readonly fetches: () => Readonly<FetchCost>;
  readonly database: () => DatabaseReport;
  readonly commits: () => CommitReport;
}

/** The newest entries of its log that a node tells about. */
const logEntriesMax = 24;

/** What this node says of itself. */
export class OwnReport {
  readonly #options: OwnReportOptions;
  readonly #startedMs: number;
  /** Of applied entries: they do not change any more. Bounded: only the newest are kept. */
  #summaries = new Map<LogIndex, LogEntryReport>();

  constructor(options: OwnReportOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  build(): NodeReport {
    const { self, publicUrl, version, raft, links, cache, clock, fetches, database, commits } = this.#options;
    const status = raft.status();
    const isLeader = status.role === 'leader';
    return {
      id: self,
      publicUrl,
      role: nodeRoleOf[status.role],
      voter: status.configuration.voters.includes(self),
      term: status.term,
      votedFor: status.votedFor,
      knownLeader: status.leader,
      firstIndex: status.firstIndex,
      lastIndex: status.lastIndex,
      commitIndex: status.commitIndex,
      appliedIndex: cache.appliedIndex,
      plugged: links.isPlugged(),
      repairing: status.lost !== undefined,
      cache: { ...cache.stats(), ...fetches() },
      uptimeSeconds: Math.floor((clock.monotonicMs() - this.#startedMs) / 1_000),
      version,
      log: this.#log(status),
      links: this.#links(status),
      database: isLeader ? database() : null,
      commits: isLeader ? commits() : null,
    };
  }

  #links({ progress }: RaftStatus): NodeReport['links'] {
    const { links } = this.#options;
    return links.states().map(({ to, open, cut, roundTripMs }) => {
      const peer = progress.find(({ id }) => id === to);
      return {
        to,
        connected: open && !cut,
        roundTripMs,
        matchIndex: peer?.matchIndex ?? null,
        nextIndex: peer?.nextIndex ?? null,
      };
    });
  }

  #log({ firstIndex, lastIndex, commitIndex }: RaftStatus): readonly LogEntryReport[] {
    const from = Math.max(firstIndex, lastIndex - logEntriesMax + 1) as LogIndex;
    const summaries = new Map<LogIndex, LogEntryReport>();
    const log = this.#options.raft
      .entries(from, logEntriesMax)
      .map((entry) => this.#summary(entry, commitIndex, summaries));
    this.#summaries = summaries;
    return log;
  }

  #summary(entry: Entry, commitIndex: LogIndex, summaries: Map<LogIndex, LogEntryReport>): LogEntryReport {
    const { cache, declarations } = this.#options;
    const applied = cache.tail.at(entry.index);
    if (applied === undefined) return pendingSummary(entry, commitIndex);
    const summary = this.#summaries.get(entry.index) ?? appliedSummary(applied, { kind: entry.kind, declarations });
    summaries.set(entry.index, summary);
    return summary;
  }
}
