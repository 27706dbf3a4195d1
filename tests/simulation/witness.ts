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
  appliedIndex: LogIndex;
  readsAnswered = 0;
  turn: Growing<Turn> = emptyTurn();
  #isTouched = false;

  constructor(id: NodeId, empty: RecoveredLog) {
    this.id = id;
    this.log = new ShadowLog(empty);
    this.durable = new ShadowLog(empty);
    this.appliedIndex = empty.mark.index;
  }

  /** Whether the node did anything since the last `endTurn`. */
  get isTouched(): boolean {
    return this.#isTouched;
  }

  touch(): void {
    this.#isTouched = true;
  }

  onStart(recovered: RecoveredLog): void {
    this.#isTouched = true;
    this.life += 1;
    this.turn.recovered = recovered;
    this.log = new ShadowLog(recovered);
    this.appliedIndex = recovered.mark.index;
  }

  onOutbox(outbox: Outbox): void {
    this.#isTouched = true;
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
    this.turn.sent.push(message);
  }

  onReadAsked(request: number): void {
    this.turn.readsAsked.push(request);
  }

  onDurable(write: Persist): void {
    this.#isTouched = true;
    const expected = this.unacknowledged.shift();
    if (expected !== write) throw new Error(`${this.id}: write ${write.sequence} was acknowledged out of turn`);
    this.turn.durable.push(write);
    this.durable.apply(write);
  }

  onCrash(): void {
    this.#isTouched = true;
    this.turn.hasCrashed = true;
  }

  /** After the judges have seen the turn. */
  endTurn(): void {
    this.before = this.status;
    const { turn } = this;
    for (const ready of turn.readsReady) if (ready.index !== null) this.readsAnswered += 1;
    const last = turn.applied.at(-1);
    const restarted = turn.restarts.at(-1);
    this.appliedIndex = last?.index ?? restarted?.index ?? this.appliedIndex;
    if (turn.recovered !== null) {
      this.unacknowledged.length = 0;
      this.durable = new ShadowLog(turn.recovered);
    }
    this.turn = emptyTurn();
    this.#isTouched = false;
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
