import type { TimeMs } from '#server/graph/identifiers.ts';

/** With four of its 16 bits set for each key, 0.24 % of the keys that a full generation does not hold look as if it did. */
const bitsPerKey = 16;
const bitsSetPerKey = 4;

interface Generation {
  readonly bits: Uint32Array;
  keys: number;
  /** Log time of the entry that it began with: every key of an entry dated later is in it, or in a later generation. */
  readonly beganAt: TimeMs;
}

/**
 * Which idempotency keys the log recorded lately: two Bloom filters that take turns. The tail in memory knows what became of a key, and
 * is short where mutations come fast; this knows no more than that a key was not used, of many more mutations in less memory. It is
 * wrong in one direction only: a key that was never used may look as if it had been.
 */
export class RecentKeys {
  readonly #generationKeysMax: number;
  #generation: Generation | null = null;
  #previous: Generation | null = null;

  /** It remembers so many keys at most and, once it has seen as many, half of them at least. Two bytes a key. */
  constructor(keysMax: number) {
    this.#generationKeysMax = Math.ceil(keysMax / 2);
  }

  /** Every key recorded by an entry dated after this was added here; null: nothing was added yet. */
  get oldestTime(): TimeMs | null {
    return (this.#previous ?? this.#generation)?.beganAt ?? null;
  }

  /** Keys come in the order of the log; `time` is the time of their entry. */
  add(key: string, time: TimeMs): void {
    if (this.#generation === null || this.#generation.keys === this.#generationKeysMax) {
      const bits =
        this.#previous?.bits.fill(0) ?? new Uint32Array(Math.ceil((this.#generationKeysMax * bitsPerKey) / 32));
      this.#previous = this.#generation;
      this.#generation = { bits, keys: 0, beganAt: time };
    }
    const { bits } = this.#generation;
    for (const place of placesOf(key, bits.length)) bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
    this.#generation.keys += 1;
  }

  /** False: the key was not added, as far back as `oldestTime`. */
  mayHold(key: string): boolean {
    return [this.#generation, this.#previous].some((generation) => {
      if (generation === null) return false;
      const { bits } = generation;
      return placesOf(key, bits.length).every((place) => ((bits[place >>> 5] ?? 0) >>> (place & 31)) & 1);
    });
  }

  /** What comes next does not follow what came before. */
  clear(): void {
    this.#generation = null;
    this.#previous = null;
  }
}

/** Bits to set in so many words. Two hashes make all places (Kirsch and Mitzenmacher, "Less Hashing, Same Performance", 2006). */
function placesOf(key: string, words: number): readonly number[] {
  let first = 0x811c9dc5;
  let second = 0x9747b28c;
  for (let at = 0; at < key.length; at++) {
    const unit = key.charCodeAt(at);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x85ebca6b);
    second ^= second >>> 13;
  }
  first = mixed(first);
  second = mixed(second) | 1;
  return Array.from({ length: bitsSetPerKey }, (_, nth) => ((first + Math.imul(nth, second)) >>> 0) % (words * 32));
}

/** The finalizer of MurmurHash3: every bit of the hash depends on every other. */
function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
