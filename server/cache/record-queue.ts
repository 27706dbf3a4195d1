import { assert } from '#server/graph/errors.ts';

const recordsAtFirst = 64;
const growth = 1.1;

/** First in, first out, of record numbers, in a ring that grows by a tenth. */
export class RecordQueue {
  #ring = new Uint32Array(recordsAtFirst);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(record: number): void {
    if (this.#size === this.#ring.length) this.#grow();
    const place = this.#head + this.#size;
    this.#ring[place < this.#ring.length ? place : place - this.#ring.length] = record;
    this.#size += 1;
  }

  shift(): number {
    assert(this.#size > 0, 'a queue that is empty was asked for its first');
    const record = this.#ring[this.#head] ?? 0;
    this.#head = this.#head + 1 === this.#ring.length ? 0 : this.#head + 1;
    this.#size -= 1;
    return record;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let place = 0; place < this.#size; place++) {
      yield this.#ring[(this.#head + place) % this.#ring.length] ?? 0;
    }
  }

  clear(): void {
    this.#ring = new Uint32Array(recordsAtFirst);
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    const ring = new Uint32Array(Math.ceil(this.#ring.length * growth));
    ring.set(this.#ring.subarray(this.#head), 0);
    ring.set(this.#ring.subarray(0, this.#head), this.#ring.length - this.#head);
    this.#ring = ring;
    this.#head = 0;
  }
}
