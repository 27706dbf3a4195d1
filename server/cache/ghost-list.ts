const hashesAtFirst = 64;
const growth = 1.25;

/**
 * The hashes of what was evicted lately. Each hash has one place, and a later one overwrites it: with as many places as there are records
 * in the cache it is remembered for about as many evictions, and forgetting needs no order and no other memory than the places.
 */
export class GhostList {
  #hashes = new Int32Array(hashesAtFirst);

  /** `records`: how many the cache holds. */
  add(hash: number, records: number): void {
    if (records > this.#hashes.length) this.#resize(Math.ceil(records * growth));
    this.#hashes[placeOf(hash, this.#hashes.length)] = hash;
  }

  /** True once for each time it was added. */
  take(hash: number): boolean {
    const place = placeOf(hash, this.#hashes.length);
    if (this.#hashes[place] !== hash) return false;
    this.#hashes[place] = 0;
    return true;
  }

  get bytes(): number {
    return this.#hashes.byteLength;
  }

  clear(): void {
    this.#hashes = new Int32Array(hashesAtFirst);
  }

  #resize(length: number): void {
    const before = this.#hashes;
    this.#hashes = new Int32Array(length);
    for (const hash of before) if (hash !== 0) this.#hashes[placeOf(hash, length)] = hash;
  }
}

/** By the high bits: of the hashes here the lowest bit is always set. */
function placeOf(hash: number, length: number): number {
  return Math.floor(((hash >>> 0) / 2 ** 32) * length);
}
