import { assert } from '#server/graph/errors.ts';

/** Values by number, so that a record can name one in 8 bytes; numbers are used again. */
export class ValuePool<Value> {
  #values: (Value | undefined)[] = [];
  #free: number[] = [];

  add(value: Value): number {
    const place = this.#free.pop();
    if (place === undefined) return this.#values.push(value) - 1;
    this.#values[place] = value;
    return place;
  }

  get(place: number): Value {
    const value = this.#values[place];
    assert(value !== undefined, `there is no value ${place}`);
    return value;
  }

  set(place: number, value: Value): void {
    this.#values[place] = value;
  }

  remove(place: number): void {
    this.#values[place] = undefined;
    this.#free.push(place);
  }

  clear(): void {
    this.#values = [];
    this.#free = [];
  }
}
