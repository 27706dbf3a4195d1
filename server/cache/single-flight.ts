import type { CacheKey, CacheValue } from '#server/graph/cache-key.ts';
import { assert, GraphError } from '#server/graph/errors.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { cacheKeyText } from './cache-key-text.ts';
import type { LabelledValue } from './graph-cache.ts';

/** Values in the order of the keys, true together at `label`. */
export interface Fetched {
  readonly label: LogIndex;
  readonly values: readonly CacheValue[];
}

/** Asks the next level: the leader, or the database. The label must be at least `min`. */
export type Fetch = (keys: readonly CacheKey[], min: LogIndex) => Promise<Fetched>;

/** In the order of the keys; flights of different callers may have brought them, so each has its own label. */
export interface Loaded {
  readonly values: readonly CacheValue[];
  readonly labels: readonly LogIndex[];
}

interface Flight {
  /** Of a list how long a stretch was asked for; else 0. */
  readonly length: number;
  readonly place: number;
  /** Of all keys that were asked for together. */
  readonly fetched: PromiseWithResolvers<Fetched>;
}

/** A joiner whose flight was too early starts the next one, and may find that another joiner has just done so. */
const roundsMax = 8;

/**
 * One flight per key at a time (rule 1): whoever wants a key that is under way waits for that flight, and only if it lands with too old a
 * label, or too short a stretch, is the key asked for again. Keys that one call starts go in one fetch. Nothing is kept after landing,
 * so its size is bounded by what callers wait for.
 */
export class SingleFlight {
  readonly #fetch: Fetch;
  readonly #flights = new Map<string, Flight>();

  constructor(options: { readonly fetch: Fetch }) {
    this.#fetch = options.fetch;
  }

  /** How many keys are under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Values with their labels, none below `min`, in the order of the keys. Rejects as the fetch does, or with what `failAll` was given. */
  async load(keys: readonly CacheKey[], min: LogIndex): Promise<Loaded> {
    const values: CacheValue[] = [];
    const labels: LogIndex[] = [];
    let missing = keys.map((key, place) => ({ key, place }));
    for (let round = 0; missing.length > 0; round++) {
      if (round === roundsMax) {
        throw new GraphError('BUSY', `${missing.length} values were not fresh enough ${roundsMax} times in a row`);
      }
      const flights = this.#joinOrStart(
        missing.map(({ key }) => key),
        min,
      );
      const landed = await Promise.all(flights.map((flight) => flight.fetched.promise));
      missing = missing.filter(({ key, place }, turn) => {
        const { value, label, length } = valueOf(flights[turn], landed[turn]);
        if (label < min || !isLongEnough(key, value, length)) return true;
        values[place] = value;
        labels[place] = label;
        return false;
      });
    }
    return { values, labels };
  }

  /** The source is no longer to be asked (another leader): every flight fails, and what still lands is not listened to. */
  failAll(error: Error): void {
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    for (const { fetched } of flights) fetched.reject(error);
  }

  #joinOrStart(keys: readonly CacheKey[], min: LogIndex): Flight[] {
    const starting = new Map<string, CacheKey>();
    for (const key of keys) {
      const text = cacheKeyText(key);
      if (this.#flights.has(text)) continue;
      const other = starting.get(text);
      if (other === undefined || lengthOf(other) < lengthOf(key)) starting.set(text, key);
    }
    if (starting.size > 0) this.#start(starting, min);
    return keys.map((key) => {
      const flight = this.#flights.get(cacheKeyText(key));
      assert(flight !== undefined, 'a flight was not started');
      return flight;
    });
  }

  #start(keys: ReadonlyMap<string, CacheKey>, min: LogIndex): void {
    const fetched = Promise.withResolvers<Fetched>();
    // Whoever waits hears of a failure; if nobody does any more, it is not an error of the process.
    fetched.promise.catch(() => undefined);
    const texts = [...keys.keys()];
    [...keys.values()].forEach((key, place) => {
      this.#flights.set(texts[place] ?? '', { length: lengthOf(key), place, fetched });
    });
    // Flights end before those who wait for them go on, so that they can start the next.
    const end = (): void => {
      for (const text of texts) if (this.#flights.get(text)?.fetched === fetched) this.#flights.delete(text);
    };
    const land = (answer: Fetched): void => {
      end();
      fetched.resolve(answer);
    };
    const fail = (error: unknown): void => {
      end();
      fetched.reject(error);
    };
    try {
      this.#fetch([...keys.values()], min).then(land, fail);
    } catch (error) {
      fail(error);
      throw error;
    }
  }
}

function valueOf(
  flight: Flight | undefined,
  fetched: Fetched | undefined,
): LabelledValue & { readonly length: number } {
  const value = fetched?.values[flight?.place ?? -1];
  assert(value !== undefined && fetched !== undefined && flight !== undefined, 'a flight landed without its value');
  return { value, label: fetched.label, length: flight.length };
}

function isLongEnough(key: CacheKey, value: CacheValue, length: number): boolean {
  if (key.kind !== 'list' || value.kind !== 'list') return true;
  return length >= key.length || value.stretch.complete || value.stretch.edges.length >= key.length;
}

function lengthOf(key: CacheKey): number {
  return key.kind === 'list' ? key.length : 0;
}
