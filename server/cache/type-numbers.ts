import type { Declarations } from '#server/graph/declarations.ts';
import { assert } from '#server/graph/errors.ts';

/** Declared types as small numbers, by which records name them. -1: not declared here, so nothing of it is cached. */
export class TypeNumbers {
  readonly #associations: readonly string[];
  readonly #entities: readonly string[];
  readonly #associationNumbers: ReadonlyMap<string, number>;
  readonly #entityNumbers: ReadonlyMap<string, number>;

  constructor(declarations: Declarations) {
    this.#associations = [...declarations.associations.keys()];
    this.#entities = [...declarations.entities.keys()];
    // A record's code has 13 bits for them.
    assert(Math.max(this.#associations.length, this.#entities.length) < 8192, 'more than 8,191 types are declared');
    this.#associationNumbers = new Map(this.#associations.map((type, number) => [type, number]));
    this.#entityNumbers = new Map(this.#entities.map((type, number) => [type, number]));
  }

  association(type: string): number {
    return this.#associationNumbers.get(type) ?? -1;
  }

  entity(type: string): number {
    return this.#entityNumbers.get(type) ?? -1;
  }

  associationName(number: number): string {
    return this.#associations[number] ?? '';
  }

  entityName(number: number): string {
    return this.#entities[number] ?? '';
  }
}
