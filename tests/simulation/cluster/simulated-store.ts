import type { Dice } from '../dice.ts';
import { StoreError } from '#server/graph/store-port.ts';
import type { GraphStore, MaterializedMark, StoreAnswer, StoreRead } from '#server/graph/store-port.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import type { ClusterWeather } from './cluster-weather.ts';
import type { DatabaseSession, SimulatedDatabase } from './simulated-database.ts';

/** How the database is for everybody, or for one node. */
export type DatabaseMood = 'well' | 'away' | 'hangs';

export interface SimulatedStoreOptions {
  readonly node: NodeId;
  readonly database: SimulatedDatabase;
  readonly dice: Dice;
  readonly weather: ClusterWeather;
  readonly mood: () => DatabaseMood;
  /** In the world, whatever becomes of the process: what was sent to the database runs there. */
  readonly planAtDatabase: (delayUs: number, run: () => void) => void;
  /** In this process. */
  readonly plan: (delayUs: number, run: () => void) => void;
}

/**
 * What one process has of the database: calls that take their time, get lost on the way there or back, hang, and run long after
 * anybody waits for them, unless somebody has killed their session by then.
 */
export class SimulatedStore implements GraphStore {
  readonly kind = 'simulated';
  statements = 0;
  readonly #options: SimulatedStoreOptions;
  #session: DatabaseSession | null = null;

  constructor(options: SimulatedStoreOptions) {
    this.#options = options;
  }

  open(): Promise<void> {
    return this.#call(() => undefined);
  }

  claim(claim: Parameters<GraphStore['claim']>[0]): Promise<MaterializedMark> {
    // A fresh connection: what an old one of this node still does, the claim ends.
    this.#session = null;
    return this.#call((session) => this.#options.database.claim(session, claim));
  }

  /** Between the two the row is locked, whatever becomes of this process. */
  async materialize(write: Parameters<GraphStore['materialize']>[0]): Promise<void> {
    const { database } = this.#options;
    await this.#call((session) => database.compareAndSet(session, write));
    await this.#call((session) => database.commit(session, write));
  }

  read(request: StoreRead): Promise<StoreAnswer> {
    this.statements += 1;
    const { database } = this.#options;
    return this.#call(() => database.read(request)).then((answer) => {
      // What arrives is judged like what was sent: the cache takes it now.
      database.reads.push({ from: 'database', label: answer.label, keys: request.keys, values: answer.values });
      return answer;
    });
  }

  close(): Promise<void> {
    const { database } = this.#options;
    if (this.#session !== null) database.kill(this.#session);
    this.#session = null;
    return Promise.resolve();
  }

  #call<Result>(run: (session: DatabaseSession) => Result): Promise<Result> {
    const { database, dice, mood, node, plan, planAtDatabase, weather } = this.#options;
    const state = mood();
    if (state === 'away') return this.#refused(plan, 'connection refused');
    // A connection that the server has ended is made anew.
    if (this.#session?.isAlive !== true) this.#session = database.connect(node);
    const session = this.#session;
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        if (this.#session === session) this.#session = null;
        reject(new StoreError('unavailable', reason));
      };
      const [least, most] = weather.databaseUs;
      const isHanging = state === 'hangs';
      if (isHanging) plan(weather.databaseTimeoutMs * 1000, () => fail('no answer in time'));
      const isLostOnTheWayBack = dice.chance(weather.lostAnswerProbability);
      const backUs = dice.between(least, most);
      planAtDatabase(
        isHanging ? dice.between(1, 3 * weather.databaseTimeoutMs * 1000) : dice.between(least, most),
        () => {
          const outcome = session.isAlive
            ? attempt(() => run(session))
            : { error: new StoreError('unavailable', 'killed') };
          if (isHanging) return;
          plan(backUs, () => {
            if (isLostOnTheWayBack) fail('the connection broke');
            else if ('error' in outcome) reject(outcome.error);
            else resolve(outcome.result);
          });
        },
      );
    });
  }

  #refused(plan: SimulatedStoreOptions['plan'], reason: string): Promise<never> {
    this.#session = null;
    return new Promise((_resolve, reject) => plan(500, () => reject(new StoreError('unavailable', reason))));
  }
}

function attempt<Result>(run: () => Result): { readonly result: Result } | { readonly error: Error } {
  try {
    return { result: run() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
