import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeConfiguration } from './configuration.ts';
import { Log } from './log.ts';
import { entry, nodeId } from './testing-network.ts';
import type { Configuration, LogIndex, SnapshotMark, Term } from './types.ts';

/**
 * Goal: the configuration in force is that of the last configuration entry, whatever was appended, cut, compacted and replaced; and
 * whoever votes since an index votes in the one in force there or in a later one (thesis 4.1). Method: beside the log stands a plain
 * array that never forgets and is searched anew for each question.
 */
const index = (value: number) => value as LogIndex;
const names = ['n1', 'n2', 'n3', 'n4'].map(nodeId);
const configuration = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
  .map((voters): Configuration => ({ voters, learners: names.filter((id) => !voters.includes(id)) }));

class NaiveLog {
  /** All that ever stood at an index and was not cut, compacted or not. */
  all: { readonly index: number; readonly configuration: Configuration }[] = [];

  constructor(first: SnapshotMark) {
    this.all.push(first);
  }

  inForceAt(at: number): { readonly index: number; readonly configuration: Configuration } {
    const found = this.all.filter((placed) => placed.index <= at).toSorted((a, b) => b.index - a.index)[0];
    if (found === undefined) throw new Error(`nothing in force at ${at}`);
    return found;
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('command' as const) }),
  fc.record({ kind: fc.constant('configure' as const), to: configuration }),
  fc.record({ kind: fc.constant('cut' as const), back: fc.nat(6) }),
  fc.record({ kind: fc.constant('compact' as const), back: fc.nat(6) }),
  fc.record({ kind: fc.constant('replace' as const), ahead: fc.integer({ min: 1, max: 5 }), to: configuration }),
);

test('the configuration in force, its place, and who votes since an index are as a search of all entries says', () => {
  fc.assert(
    fc.property(configuration, fc.array(step, { maxLength: 40 }), (first, steps) => {
      const mark: SnapshotMark = { index: index(0), term: 0 as Term, configuration: first };
      const log = new Log(mark, []);
      let naive = new NaiveLog(mark);
      for (const drawn of steps) {
        const last = log.lastIndex;
        if (drawn.kind === 'command') log.append(entry(last + 1, 1));
        else if (drawn.kind === 'configure') {
          log.append({ ...entry(last + 1, 1), kind: 'configuration', data: encodeConfiguration(drawn.to) });
          naive.all.push({ index: last + 1, configuration: drawn.to });
        } else if (drawn.kind === 'cut') {
          const from = Math.max(log.firstIndex, last + 1 - drawn.back);
          log.truncateFrom(index(from));
          naive.all = naive.all.filter((placed) => placed.index < from);
        } else if (drawn.kind === 'compact') {
          const upTo = Math.max(log.mark.index, last - drawn.back);
          expect(log.compactTo(index(upTo)).configuration).toEqual(naive.inForceAt(upTo).configuration);
        } else {
          const replaced = { index: index(last + drawn.ahead), term: 1 as Term, configuration: drawn.to };
          log.resetTo(replaced);
          naive = new NaiveLog(replaced);
        }
        const inForce = naive.inForceAt(log.lastIndex);
        expect(log.configuration).toEqual(inForce.configuration);
        expect(log.configurationIndex).toBe(inForce.index);
        for (let since = log.mark.index as number; since <= log.lastIndex; since++) {
          const from = naive.inForceAt(since).index;
          for (const id of names) {
            const votes = naive.all.some((placed) => placed.index >= from && placed.configuration.voters.includes(id));
            expect(log.isVoterSince(index(since), id), `${id} since ${since}`).toBe(votes);
          }
        }
      }
    }),
  );
});
