import type { Mutant } from '#tests/simulation/mutant.ts';
import { mutant } from '#tests/simulation/mutant.ts';

const database = 'tests/simulation/cluster/simulated-database.ts';

/**
 * What a store owes to those who use it. The one of this world is simulated, so these are planted in it: they show that a store that
 * breaks its word would be noticed. What SQL makes of the same promises is left to the tests of `server/store`.
 */
export const databaseMutants: readonly Mutant[] = [
  {
    name: 'materialized index in a second transaction',
    judge: 'fills are true at their label',
    source: 'Kleppmann, Designing Data-Intensive Applications, 2017, 11 (state and its offset change together)',
    edits: [
      {
        file: database,
        find: '  compareAndSet(session: DatabaseSession, { epoch, after }: MarkWrite): void {',
        replace: '  compareAndSet(session: DatabaseSession, { epoch, after, entries }: MarkWrite): void {',
      },
      {
        file: database,
        find: '    this.#lock(session);\n  }\n\n  /** The rest',
        replace:
          '    this.#lock(session);\n    this.#commit({ mark: this.mark, entries: entries.filter(({ index }) => index > this.#graph.index) });\n  }\n\n  /** The rest',
      },
      {
        file: database,
        find: 'index: last.index, term: last.term }, entries });',
        replace: 'index: last.index, term: last.term }, entries: [] });',
      },
    ],
  },
  mutant({
    name: 'no epoch in the compare-and-set',
    judge: 'one writer an epoch',
    source: 'Burrows, Chubby, OSDI 2006, 2.4 (sequencers)',
    file: database,
    find: 'this.mark === null || this.mark.epoch !== epoch || this.mark.index !== after',
    replace: 'this.mark === null || this.mark.index !== after',
  }),
  mutant({
    name: 'claim does not end older sessions',
    judge: 'liveness',
    source: 'MySQL manual, InnoDB Locking (row locks last until the session ends, which may be hours after its client)',
    file: database,
    find: 'for (const other of this.#sessions) if (other !== session) this.kill(other);',
    replace: '',
  }),
];
