import type { EntityId } from '#server/graph/identifiers.ts';
import type { SqlRow, SqlValue } from './engine.ts';

/** Where branches are put: their text takes the tag first, then the parameters; `take` gets each of their rows, in order. */
export type AddBranch = (sql: string, parameters: readonly SqlValue[], take: (row: SqlRow) => void) => void;

/** Values of one `in`. */
const valuesPerBranchMax = 500;

/**
 * Branches with `in (?)` for many values. Their number is rounded up to a power of two by repeating the last one, so that few texts
 * occur and the statements prepared for them are met again.
 */
export function addInBranches(
  template: string,
  before: readonly SqlValue[],
  values: readonly (string | EntityId)[],
  add: AddBranch,
  take: (row: SqlRow) => void,
): void {
  for (let at = 0; at < values.length; at += valuesPerBranchMax) {
    const some = values.slice(at, at + valuesPerBranchMax);
    const padding = 2 ** Math.ceil(Math.log2(some.length)) - some.length;
    const padded = [...some, ...Array.from({ length: padding }, () => some.at(-1) ?? null)];
    const places = Array.from(padded, () => '?').join(', ');
    add(template.replace('in (?)', `in (${places})`), [...before, ...padded], take);
  }
}
