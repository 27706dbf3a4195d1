import type { RecoveredLog } from '#consensus/storage/log-storage.ts';
import type {
  Entry,
  LogIndex,
  Message,
  NodeId,
  Outbox,
  Persist,
  RaftStatus,
  ReadReady,
  SnapshotMark,
} from '#consensus/core/types.ts';
import { ShadowLog } from './shadow-log.ts';

/** What one event did to one node. */
export interface Turn {
  readonly writes: readonly Persist[];
  /** The writes that the log acknowledged. */
  readonly durable: readonly Persist[];
  readonly sent: readonly Message[];
  readonly applied: readonly Entry[];
  readonly restarts: readonly SnapshotMark[];
  readonly readsAsked: readonly number[];
  readonly readsReady: readonly ReadReady[];
  /** Set when the node started: what its log held. */
  readonly recovered: RecoveredLog | null;
  readonly hasCrashed: boolean;
}

type Growing<Type> = { -readonly [Key in keyof Type]: Type[Key] extends readonly (infer Item)[] ? Item[] : Type[Key] };

/** Everything that can be seen of one node from outside, over all its lives. Judges read it and nothing else. */
export class Witness {
  readonly id: NodeId;
  /** Grows with each start of the node. */
  life = 0;
  /** Null while the node is down. */
  status: RaftStatus | null = null;
  /** As it was after the event before this one; null if the node was down then. */
  before: RaftStatus | null = null;
  /** The log in the node's memory. */
  log: ShadowLog;
  /** What the log on disk has acknowledged, and the writes that it has not, in order. */
  durable: ShadowLog;
  readonly unacknowledged: Persist[] = [];
  /** Its log lost entries and does not have them again, on its disk. */
  isUnderRepair = false;
  appliedIndex: LogIndex;
  readsAnswered = 0;
  readonly turn: Growing<Turn> = emptyTurn();
  #isTouched = false;
  #hasActed = false;

  constructor(id: NodeId, empty: RecoveredLog) {
    this.id = id;
    this.log = new ShadowLog(empty);
    this.durable = new ShadowLog(empty);
    this.appliedIndex = empty.mark.index;
  }

  /** Whether the node took part in anything since the last `endTurn`. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  /**
   * Whether a judge could see anything: what the node did, or a change of what judges read in its status. All else, such as most
   * ticks, leaves exactly what they have judged before.
   */
  get hasNews(): boolean {
    if (this.#hasActed) return true;
    const { status, before } = this;
    if (status === null || before === null) return status !== before;
    return (
      status.term !== before.term ||
      status.role !== before.role ||
      status.commitIndex !== before.commitIndex ||
      status.configuration !== before.configuration
    );
  }

  onStart(recovered: RecoveredLog): void {
    this.#act();
    this.life += 1;
    this.turn.recovered = recovered;
    this.isUnderRepair = recovered.lost !== undefined;
    this.log = new ShadowLog(recovered);
    this.appliedIndex = recovered.mark.index;
  }

  onOutbox(outbox: Outbox): void {
    this.#isTouched = true;
    if (outbox.persist === null && outbox.restart === null && outbox.apply.length + outbox.readsReady.length === 0)
      return;
    this.#act();
    if (outbox.persist !== null) {
      this.turn.writes.push(outbox.persist);
      this.unacknowledged.push(outbox.persist);
      this.log.apply(outbox.persist);
    }
    if (outbox.restart !== null) this.turn.restarts.push(outbox.restart);
    for (const entry of outbox.apply) this.turn.applied.push(entry);
    for (const ready of outbox.readsReady) this.turn.readsReady.push(ready);
  }

  onSend(message: Message): void {
    this.#act();
    this.turn.sent.push(message);
  }

  onReadAsked(request: number): void {
    this.#act();
    this.turn.readsAsked.push(request);
  }

  onDurable(write: Persist): void {
    this.#act();
    const expected = this.unacknowledged.shift();
    if (expected !== write) throw new Error(`${this.id}: write ${write.sequence} was acknowledged out of turn`);
    this.turn.durable.push(write);
    this.durable.apply(write);
  }

  onCrash(): void {
    this.#act();
    this.turn.hasCrashed = true;
  }

  /** After the judges have seen the turn. */
  endTurn(): void {
    this.before = this.status;
    if (this.status !== null)
      this.isUnderRepair = this.status.lost !== undefined || (this.isUnderRepair && this.unacknowledged.length > 0);
    this.#isTouched = false;
    if (!this.#hasActed) return;
    this.#hasActed = false;
    const { turn } = this;
    for (const ready of turn.readsReady) if (ready.index !== null) this.readsAnswered += 1;
    const last = turn.applied.at(-1);
    const restarted = turn.restarts.at(-1);
    this.appliedIndex = last?.index ?? restarted?.index ?? this.appliedIndex;
    if (turn.recovered !== null) {
      this.unacknowledged.length = 0;
      this.durable = new ShadowLog(turn.recovered);
    }
    empty(turn);
  }

  #act(): void {
    this.#isTouched = true;
    this.#hasActed = true;
  }
}

function emptyTurn(): Growing<Turn> {
  return {
    writes: [],
    durable: [],
    sent: [],
    applied: [],
    restarts: [],
    readsAsked: [],
    readsReady: [],
    recovered: null,
    hasCrashed: false,
  };
}

/** The lists are used again: a hearing is over when the turn ends, and most turns fill one or two of them. */
function empty(turn: Growing<Turn>): void {
  if (turn.writes.length > 0) turn.writes.length = 0;
  if (turn.durable.length > 0) turn.durable.length = 0;
  if (turn.sent.length > 0) turn.sent.length = 0;
  if (turn.applied.length > 0) turn.applied.length = 0;
  if (turn.restarts.length > 0) turn.restarts.length = 0;
  if (turn.readsAsked.length > 0) turn.readsAsked.length = 0;
  if (turn.readsReady.length > 0) turn.readsReady.length = 0;
  turn.recovered = null;
  turn.hasCrashed = false;
}
