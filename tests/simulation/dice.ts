/** Everything random in a simulation comes from one seed. sfc32 by Chris Doty-Humphrey, as in PractRand. */
export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = 0x9e3779b9;
    for (let round = 0; round < 12; round++) this.#draw();
  }

  /** Evenly from [0, 1). */
  readonly random = (): number => this.#draw() / 2 ** 32;

  /** A whole number from 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  /** A whole number from low to high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** A kind as often as its weight says; undefined where all weigh nothing. */
  pickByWeight<Kind extends string>(kinds: readonly Kind[], weights: Readonly<Record<Kind, number>>): Kind | undefined {
    let left = this.random() * kinds.reduce((sum, kind) => sum + weights[kind], 0);
    return kinds.find((kind) => (left -= weights[kind]) < 0);
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.random() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ item }) => item);
  }

  /** Other dice that depend on these alone: a part that draws more or less does not move the draws of the others. */
  fork(): Dice {
    return new Dice(this.#draw() * 2 ** 20 + (this.#draw() >>> 12));
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
