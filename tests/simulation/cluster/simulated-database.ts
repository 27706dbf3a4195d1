import type { CacheKey, CacheValue, StoreQuery, StoreResult } from '#server/graph/cache-key.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { AppliedEntry, RecordedMutation } from '#server/graph/log-payload.ts';
import { StoreError } from '#server/graph/store-port.ts';
import type { MaterializedMark } from '#server/graph/store-port.ts';
import { CommittedGraph } from './judges/committed-graph.ts';
import type { DatabaseView, DatabaseWrite, Fill } from './judges/cluster-hearing.ts';

interface Transaction {
  readonly mark: MaterializedMark;
  readonly entries: readonly AppliedEntry[];
}

const noTerm = 0 as Term;
const beginning = 0 as LogIndex;

/** One connection of one process. A killed one does nothing any more, whatever it was asked before. */
export interface DatabaseSession {
  readonly node: NodeId;
  isAlive: boolean;
}

interface MarkWrite {
  readonly epoch: Term;
  readonly after: LogIndex;
  readonly entries: readonly AppliedEntry[];
}

/**
 * The database that all nodes share: what its transactions have committed, in the plainest form. Statements run whole and at one
 * moment, so a snapshot is whatever is there when a read runs; time, losses and hangs are its clients'. Whoever writes locks the row of
 * the mark from its compare-and-set to its commit, or, if its client has vanished meanwhile, until somebody ends its session.
 */
export class SimulatedDatabase implements DatabaseView {
  mark: MaterializedMark | null = null;
  /** Since the last hearing. */
  writes: DatabaseWrite[] = [];
  reads: Fill[] = [];
  /** As far as it ever was: what it loses, the log must still have. */
  highest: LogIndex = beginning;
  readonly #transactions: Transaction[] = [];
  readonly #sessions = new Set<DatabaseSession>();
  /** Has the row of the mark locked. */
  #writing: DatabaseSession | null = null;
  /** Claims that ended a session which held the lock. */
  locksBroken = 0;
  #graph = new CommittedGraph();
  #mutations = new Map<string, RecordedMutation>();

  connect(node: NodeId): DatabaseSession {
    const session = { node, isAlive: true };
    this.#sessions.add(session);
    return session;
  }

  kill(session: DatabaseSession): void {
    session.isAlive = false;
    this.#sessions.delete(session);
    if (this.#writing === session) this.#writing = null;
  }

  /** The server hears that the process at the other end is gone. */
  hangUp(sessions: readonly DatabaseSession[]): void {
    for (const session of sessions) this.kill(session);
  }

  sessionsOf(node: NodeId): readonly DatabaseSession[] {
    return [...this.#sessions].filter((session) => session.node === node);
  }

  value(key: CacheKey): CacheValue {
    return this.#graph.valueAt(key, this.#graph.index);
  }

  mutation(key: string): RecordedMutation | null {
    return this.#mutations.get(key) ?? null;
  }

  claim(session: DatabaseSession, claim: { cluster: string; epoch: Term; owner: NodeId }): MaterializedMark {
    const { cluster, epoch, owner } = claim;
    const before = this.mark ?? { cluster, epoch: noTerm, index: beginning, term: noTerm, owner: null };
    if (before.epoch > epoch || (before.epoch === epoch && before.owner !== owner))
      throw new StoreError('fenced', `epoch ${before.epoch} of ${before.owner} owns it`);
    if (this.#writing !== null && this.#writing !== session) this.locksBroken += 1;
    for (const other of this.#sessions) if (other !== session) this.kill(other);
    this.#lock(session);
    this.#writing = null;
    this.#commit({ mark: { ...before, epoch, owner }, entries: [] });
    return { ...before, epoch, owner };
  }

  /** The first statement of a transaction, after which the session has the row for itself. */
  compareAndSet(session: DatabaseSession, { epoch, after }: MarkWrite): void {
    if (this.mark === null || this.mark.epoch !== epoch || this.mark.index !== after)
      throw new StoreError('fenced', `at ${after} in epoch ${epoch} was wanted, it is at ${this.mark?.index}`);
    this.#lock(session);
  }

  /** The rest of the transaction, rows and all. */
  commit(session: DatabaseSession, { epoch, after, entries }: MarkWrite): void {
    const last = entries.at(-1);
    if (this.#writing !== session || this.mark === null || last === undefined)
      throw new StoreError('unavailable', 'the transaction ended with its session');
    this.#writing = null;
    this.#commit({ mark: { ...this.mark, index: last.index, term: last.term }, entries });
    this.writes.push({ by: session.node, epoch, after, entries });
  }

  read(request: {
    readonly keys: readonly CacheKey[];
    readonly queries: readonly StoreQuery[];
    readonly mutations: readonly string[];
  }): {
    readonly label: LogIndex;
    readonly values: readonly CacheValue[];
    readonly results: readonly StoreResult[];
    readonly mutations: readonly (RecordedMutation | null)[];
  } {
    const label = this.mark?.index ?? beginning;
    const values = request.keys.map((key) => this.value(key));
    this.reads.push({ from: 'database', label, keys: request.keys, values });
    const results = request.queries.map((query) => this.#query(query));
    return { label, values, results, mutations: request.mutations.map((key) => this.mutation(key)) };
  }

  /** A replica that lagged is promoted: the last transactions are gone, and every connection with them. */
  goBack(transactions: number): void {
    for (const session of this.#sessions) this.kill(session);
    const kept = this.#transactions.slice(0, Math.max(1, this.#transactions.length - transactions));
    this.#transactions.length = 0;
    this.#graph = new CommittedGraph();
    this.#mutations = new Map();
    for (const transaction of kept) this.#commit(transaction);
  }

  /** Where it would be without its last transactions. */
  indexBefore(transactions: number): LogIndex {
    return this.#transactions.at(-1 - transactions)?.mark.index ?? beginning;
  }

  get transactions(): number {
    return this.#transactions.length;
  }

  #lock(session: DatabaseSession): void {
    if (this.#writing !== null && this.#writing !== session)
      throw new StoreError('unavailable', `a session of ${this.#writing.node} has the row locked`);
    this.#writing = session;
  }

  #commit(transaction: Transaction): void {
    this.#transactions.push(transaction);
    this.mark = transaction.mark;
    if (transaction.mark.index > this.highest) this.highest = transaction.mark.index;
    for (const entry of transaction.entries) {
      this.#graph.append(entry);
      this.#record(entry);
    }
  }

  #record({ index, term, payload }: AppliedEntry): void {
    if (payload === null) return;
    const { time, leader } = payload;
    if (payload.kind === 'expiry') {
      for (const [key, recorded] of this.#mutations) if (recorded.time < payload.before) this.#mutations.delete(key);
      return;
    }
    for (const { key, hash, outcome } of payload.records)
      this.#mutations.set(key, { key, hash, index, term, leader, time, outcome });
  }

  #query(query: StoreQuery): StoreResult {
    if (query.kind !== 'deleting') throw new Error(`nobody in this simulation asks for ${query.kind}`);
    const ids = [...this.#graph.keys()].flatMap((key) => {
      const entity = key.kind === 'entity' ? this.#graph.entityAt(key.id, this.#graph.index) : null;
      return entity !== null && entity.deletingKey !== null ? [entity.id] : [];
    });
    return { kind: 'ids', ids: ids.slice(0, query.length) };
  }
}
