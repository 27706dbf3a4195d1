import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';

/** At most one node leads in a term, and in one life only (Raft paper, figure 3). */
export class ElectionSafety implements Judge {
  readonly property = 'election safety';
  readonly #leaders = new Map<number, string>();

  hear({ witness }: Hearing): void {
    const { status, before, id, life } = witness;
    if (status === null || status.role !== 'leader') return;
    if (before !== null && before.role === 'leader' && before.term === status.term) return;
    const name = `${id} in its life ${life}`;
    const other = this.#leaders.get(status.term);
    if (other !== undefined && other !== name)
      throw new Violation(this.property, `${name} and ${other} both lead term ${status.term}`);
    this.#leaders.set(status.term, name);
  }
}
