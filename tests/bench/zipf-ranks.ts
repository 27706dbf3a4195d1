/** Ranks from 0, each drawn in proportion to 1 / (rank + 1) ** exponent. */
export class ZipfRanks {
  readonly #cumulated: Float64Array;
  readonly #sum: number;

  constructor(ranks: number, exponent: number) {
    this.#cumulated = new Float64Array(ranks);
    let sum = 0;
    for (let rank = 0; rank < ranks; rank++) this.#cumulated[rank] = sum += 1 / (rank + 1) ** exponent;
    this.#sum = sum;
  }

  /** `random` gives numbers from 0 to below 1. */
  draw(random: () => number): number {
    const drawn = random() * this.#sum;
    let low = 0;
    let high = this.#cumulated.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#cumulated[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
