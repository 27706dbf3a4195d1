import type { MemberAddress } from '#consensus/core/types.ts';
import type { Links } from '#consensus/transport/links.ts';
import type { NodeId, TimeMs } from '#server/graph/identifiers.ts';
import type { Clock } from './clock.ts';
import type { EventHead } from './event-protocol.ts';
import { readReportMessage } from './monitor-protocol.ts';
import type { ReportMessage } from './monitor-protocol.ts';
import type { NodeReport } from './node-service.ts';
import type { Heard } from './cluster-view.ts';
import type { StandingWatch } from './standing.ts';

export interface MonitorOptions {
  readonly self: NodeId;
  readonly links: Links;
  readonly clock: Clock;
  readonly standing: StandingWatch;
  readonly members: () => readonly NodeId[];
  readonly report: () => NodeReport;
  /** Where this node is. */
  readonly address: MemberAddress;
  /** Where another node says that it is. */
  readonly onAddress: (address: MemberAddress) => void;
  /** How far this node's events are. */
  readonly events: () => EventHead;
  /** How far another node's events are, as it says. */
  readonly onEvents: (from: NodeId, head: EventHead) => void;
}

/** How often a node looks whether there is something to tell, while anybody watches the cluster. */
const watchedMs = 100;
/** And otherwise: so often a node is heard of at least. */
const idleMs = 1_000;
/** A node that was not heard for so long is taken for gone: two reports may be lost. */
const reachableMs = 2_600;
/** A peer that said that it is watched is believed for so long. */
const watchingMs = 3_000;

interface HeardReport {
  readonly message: ReportMessage;
  readonly at: TimeMs;
  readonly atMonotonicMs: number;
}

/**
 * Nodes tell each other about themselves: at once when a role, the leader or a link changed, ten times a second while somebody watches and
 * something changed, and else once a second, which is what an idle node costs.
 */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #heard = new Map<NodeId, HeardReport>();
  readonly #listeners = new Set<() => void>();
  #callOffTick: () => void = () => undefined;
  #callOffFlush: (() => void) | null = null;
  #lastFlushMs = Number.NEGATIVE_INFINITY;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #lastSentVisible = '';
  #lastSentEvent = 0;
  #wasWatching = false;
  #isTelling = false;
  #stopped = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
    options.standing.onChange((now, before) => {
      if (now.role !== before.role || now.term !== before.term || now.leader !== before.leader) this.changed();
    });
  }

  start(): void {
    this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    this.#callOffTick();
    this.#callOffFlush?.();
    this.#listeners.clear();
  }

  /** Something that everybody should hear of at once: told after this turn. */
  changed(): void {
    if (this.#isTelling || this.#stopped) return;
    this.#isTelling = true;
    this.#options.clock.soon(() => {
      this.#isTelling = false;
      if (!this.#stopped) this.#tick();
    });
  }

  /** Calls at most ten times a second, when something was heard or this node changed. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.changed();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  onMessage(from: NodeId, payload: unknown): void {
    const message = readReportMessage(from, payload);
    if (message === null || this.#stopped) return;
    const { clock, onAddress, onEvents } = this.#options;
    if (message.address !== undefined) onAddress(message.address);
    if (message.events !== undefined) onEvents(from, message.events);
    const before = this.#heard.get(from);
    this.#heard.set(from, { message, at: clock.nowMs(), atMonotonicMs: clock.monotonicMs() });
    if (message.watching && before?.message.watching !== true) this.changed();
    if (before === undefined || visible(before.message) !== visible(message) || !this.#isReachable(before))
      this.#notify();
  }

  onPeerClosed(peer: NodeId): void {
    const heard = this.#heard.get(peer);
    if (heard === undefined) return;
    this.#heard.set(peer, { ...heard, atMonotonicMs: Number.NEGATIVE_INFINITY });
    this.#notify();
  }

  heard(): ReadonlyMap<NodeId, Heard> {
    const heard = [...this.#heard].map(([id, report]): [NodeId, Heard] => {
      return [id, { message: report.message, at: report.at, isReachable: this.#isReachable(report) }];
    });
    return new Map(heard);
  }

  #isReachable({ atMonotonicMs }: HeardReport): boolean {
    return this.#options.clock.monotonicMs() - atMonotonicMs < reachableMs;
  }

  #tick(): void {
    const { clock } = this.#options;
    this.#callOffTick();
    const watching = this.#listeners.size > 0;
    this.#tell(watching);
    this.#wasWatching = watching;
    this.#callOffTick = clock.after(watching || this.#isWatchedElsewhere() ? watchedMs : idleMs, () => this.#tick());
  }

  #tell(watching: boolean): void {
    const { address, self, links, clock, members, report, standing } = this.#options;
    const events = this.#options.events();
    const { hasQuorum } = standing.now;
    const message: ReportMessage = { about: 'report', report: report(), hasQuorum, watching, address, events };
    const text = visible(message);
    const now = clock.monotonicMs();
    const isEvent = events.sequence !== this.#lastSentEvent;
    const isNews = text !== this.#lastSentVisible || watching !== this.#wasWatching || isEvent;
    // A little less than the interval: a timer that fires early must not make it two.
    if (!isNews && now - this.#lastSentMs < idleMs - watchedMs / 2) return;
    if (text !== this.#lastSentVisible) this.#notify();
    this.#lastSentVisible = text;
    this.#lastSentEvent = events.sequence;
    this.#lastSentMs = now;
    for (const member of members()) if (member !== self) links.send(member, 'monitor', message);
  }

  #isWatchedElsewhere(): boolean {
    const now = this.#options.clock.monotonicMs();
    for (const { message, atMonotonicMs } of this.#heard.values())
      if (message.watching && now - atMonotonicMs < watchingMs) return true;
    return false;
  }

  #notify(): void {
    if (this.#listeners.size === 0 || this.#callOffFlush !== null || this.#stopped) return;
    const { clock } = this.#options;
    const delayMs = Math.max(0, this.#lastFlushMs + watchedMs - clock.monotonicMs());
    this.#callOffFlush = clock.after(delayMs, () => {
      this.#callOffFlush = null;
      this.#lastFlushMs = clock.monotonicMs();
      for (const listener of this.#listeners) listener();
    });
  }
}

/** What somebody who watches would see change: time passing alone is not news. */
function visible({ report, hasQuorum }: ReportMessage): string {
  const links = report.links.map((link) => [link.to, link.connected, link.matchIndex, link.nextIndex]);
  return JSON.stringify([{ ...report, uptimeSeconds: 0, links }, hasQuorum]);
}
