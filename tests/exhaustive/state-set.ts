/**
 * The states that were met, 8 bytes each: a hash of 64 bits in a table with open addressing. Two states share one with a chance of
 * n² / 2^65 (3 in a million for ten million); the second would then be passed over.
 */
export class StateSet {
  readonly #mask: number;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  #size = 0;

  /** At most half full. */
  constructor(statesMax: number) {
    const places = 2 ** Math.ceil(Math.log2(2 * statesMax + 2));
    this.#mask = places - 1;
    this.#low = new Uint32Array(places);
    this.#high = new Uint32Array(places);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#low.byteLength + this.#high.byteLength;
  }

  /** False when it is there already. */
  add(numbers: Int32Array, length: number): boolean {
    let low = 0x9e3779b9;
    let high = 0x85ebca6b;
    for (let place = 0; place < length; place++) {
      const number = numbers[place] ?? 0;
      low = Math.imul(low ^ mixed(number), 0x01000193) + 0x27d4eb2f;
      low = (low << 13) | (low >>> 19);
      high = Math.imul(high + mixed(number ^ 0x5bd1e995), 0x2c1b3c6d);
      high ^= high >>> 15;
    }
    // No hash is the zero of an empty place.
    low = (mixed(low ^ length) | 1) >>> 0;
    high = mixed(high + length) >>> 0;
    let place = high & this.#mask;
    while (this.#low[place] !== 0) {
      if (this.#low[place] === low && this.#high[place] === high) return false;
      place = (place + 1) & this.#mask;
    }
    this.#low[place] = low;
    this.#high[place] = high;
    this.#size++;
    return true;
  }
}

function mixed(number: number): number {
  let value = Math.imul(number ^ (number >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return value ^ (value >>> 16);
}
