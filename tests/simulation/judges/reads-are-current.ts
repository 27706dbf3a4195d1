import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/** A read index holds everything that any client had been told of when it was asked for (thesis 6.4). */
export class ReadsAreCurrent implements Judge {
  readonly property = 'reads are current';
  readonly #asked = new Map<string, number>();

  hear({ witness, evidence }: Hearing): void {
    const { id, life, turn } = witness;
    for (const request of turn.readsAsked) this.#asked.set(`${id} ${life} ${request}`, evidence.acknowledgedIndex);
    for (const { request, index } of turn.readsReady) {
      if (index === null) continue;
      const least = this.#asked.get(`${id} ${life} ${request}`);
      if (least === undefined) throw new Violation(this.property, `${id} answers read ${request}, which nobody asked`);
      if (index < least)
        throw new Violation(
          this.property,
          `${id} reads at ${index}, but ${least} was acknowledged before it was asked`,
        );
    }
  }
}
