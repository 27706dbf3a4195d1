import { expect, it } from 'vitest';
import type { RowWrite } from '../engine.ts';
import { multiRowStatements } from './multi-row.ts';

it('joins rows up to the bound of rows', () => {
  const statements = multiRowStatements(writeOf([1, 'a', 2, 'b', 3, 'c']));
  expect(statements).toEqual([
    { sql: 'insert (?, ?), (?, ?) end', parameters: [1, 'a', 2, 'b'] },
    { sql: 'insert (?, ?) end', parameters: [3, 'c'] },
  ]);
});

it('joins rows up to the bound of their text, and one row whatever its size', () => {
  const long = 'x'.repeat(600_000);
  const longer = 'x'.repeat(2_000_000);
  const sizes = multiRowStatements(writeOf([1, long, 2, long, 3, longer])).map(({ parameters }) => parameters.length);
  expect(sizes).toEqual([2, 2, 2]);
});

it('makes no statement of no rows', () => {
  expect(multiRowStatements(writeOf([]))).toEqual([]);
});

function writeOf(values: RowWrite['values']): RowWrite {
  return { head: 'insert ', row: '(?, ?)', joiner: ', ', tail: ' end', width: 2, rowsMax: 2, values };
}
