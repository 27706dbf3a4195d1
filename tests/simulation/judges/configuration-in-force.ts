import { Buffer } from 'node:buffer';
import type { Configuration, Entry } from '#consensus/core/types.ts';
import { Violation } from '../evidence.ts';
import type { Hearing, Judge } from '../evidence.ts';
import type { Witness } from '../witness.ts';

/** A configuration counts from its append until it is cut away (thesis 4.1): the newest in the log, else that of its mark. */
export class ConfigurationInForce implements Judge {
  readonly property = 'the newest configuration counts';

  hear({ witness }: Hearing): void {
    const { id, log, status } = witness;
    if (status === null || !mayHaveChanged(witness)) return;
    const placed = log.entries.findLast(({ kind }) => kind === 'configuration');
    const newest = placed === undefined ? log.mark.configuration : configurationOf(placed);
    if (said(status.configuration) === said(newest)) return;
    const index = placed?.index ?? log.mark.index;
    throw new Violation(
      this.property,
      `${id} counts on ${said(status.configuration)}; entry ${index} of its log says ${said(newest)}`,
    );
  }
}

function mayHaveChanged({ before, status, turn }: Witness): boolean {
  if (turn.recovered !== null || before?.configuration !== status?.configuration) return true;
  return turn.writes.some(
    ({ reset, truncateFrom, compactTo, entries }) =>
      reset !== null ||
      truncateFrom !== null ||
      compactTo !== null ||
      entries.some(({ kind }) => kind === 'configuration'),
  );
}

/** Read here once more: the judge does not believe the core's own reading. */
function configurationOf({ data }: Entry): Configuration {
  return JSON.parse(Buffer.from(data).toString('latin1')) as Configuration;
}

function said({ voters, learners }: Configuration): string {
  return `[${voters.toSorted().join(' ')}] and learners [${learners.toSorted().join(' ')}]`;
}
