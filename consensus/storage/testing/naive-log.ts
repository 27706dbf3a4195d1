import type { Entry, HardState, LogIndex, Persist, SnapshotMark, Term } from '#consensus/core/types.ts';

export interface NaiveState {
  readonly hardState: HardState;
  readonly mark: SnapshotMark;
  readonly entries: readonly Entry[];
}

export const emptyLog: NaiveState = {
  hardState: { term: 0 as Term, votedFor: null },
  mark: { index: 0 as LogIndex, term: 0 as Term, configuration: { voters: [], learners: [] } },
  entries: [],
};

/** The stupid version of the log: every write makes a whole new array. Also gives the states half-way through the write. */
export function naiveSteps(before: NaiveState, write: Persist): readonly NaiveState[] {
  const steps: NaiveState[] = [before];
  const last = (): NaiveState => steps.at(-1) ?? before;
  if (write.hardState !== null) steps.push({ ...last(), hardState: write.hardState });
  if (write.reset !== null) steps.push({ ...last(), mark: write.reset, entries: [] });
  const { truncateFrom, compactTo } = write;
  if (truncateFrom !== null)
    steps.push({ ...last(), entries: last().entries.filter((entry) => entry.index < truncateFrom) });
  for (const entry of write.entries) steps.push({ ...last(), entries: [...last().entries, entry] });
  if (compactTo !== null)
    steps.push({
      ...last(),
      mark: compactTo,
      entries: last().entries.filter((entry) => entry.index > compactTo.index),
    });
  return steps;
}

export function naiveApply(before: NaiveState, write: Persist): NaiveState {
  return naiveSteps(before, write).at(-1) ?? before;
}
