const chunkNumbers = 1 << 20;

/** Lists of numbers, first in, first out, without an object each; a chunk that was read is given back. */
export class Frontier {
  readonly #chunks: Int32Array[] = [];
  #writePlace = chunkNumbers;
  #readPlace = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#chunks.length * chunkNumbers * Int32Array.BYTES_PER_ELEMENT;
  }

  push(numbers: Int32Array, length: number): void {
    if (this.#writePlace + length + 1 > chunkNumbers) {
      // The last length of a chunk is 0: the next list begins in the next chunk.
      this.#chunks.push(new Int32Array(chunkNumbers));
      this.#writePlace = 0;
    }
    const chunk = this.#chunks.at(-1);
    if (chunk === undefined) throw new Error('a frontier without a chunk');
    chunk[this.#writePlace] = length;
    for (let place = 0; place < length; place++) chunk[this.#writePlace + 1 + place] = numbers[place] ?? 0;
    this.#writePlace += length + 1;
    this.#size++;
  }

  /** The length of what was read into `numbers`; 0 when nothing is left. */
  shift(numbers: Int32Array): number {
    if (this.#size === 0) return 0;
    let chunk = this.#chunks[0];
    if (chunk === undefined) throw new Error('a frontier without a chunk');
    if (this.#readPlace >= chunkNumbers || chunk[this.#readPlace] === 0) {
      this.#chunks.shift();
      this.#readPlace = 0;
      chunk = this.#chunks[0];
      if (chunk === undefined) throw new Error('a frontier without a chunk');
    }
    const length = chunk[this.#readPlace] ?? 0;
    for (let place = 0; place < length; place++) numbers[place] = chunk[this.#readPlace + 1 + place] ?? 0;
    this.#readPlace += length + 1;
    this.#size--;
    return length;
  }
}
