import { describe, expect, it } from 'vitest';
import { alignLogs, describeRow } from './log-alignment.ts';
import { nodeOf } from './testing/cluster-samples.ts';

function entries(from: number, to: number, committedTo: number) {
  return Array.from({ length: to - from + 1 }, (_, place) => {
    const index = from + place;
    const term = index < 6 ? 1 : 2;
    return {
      index: `${index}`,
      term,
      kind: 'MUTATIONS' as const,
      committed: index <= committedTo,
      mutations: 1,
      summary: '',
    };
  });
}

const ahead = nodeOf('n1', { lastIndex: '10', log: entries(3, 10, 9) });
const behind = nodeOf('n2', { lastIndex: '7', log: entries(3, 7, 7) });

describe('the aligned logs', () => {
  it('put the same index into the same column of every row', () => {
    const rows = alignLogs([ahead, behind], 4);
    expect(rows.map((row) => row.cells.map((cell) => cell.index))).toEqual([
      [7n, 8n, 9n, 10n],
      [7n, 8n, 9n, 10n],
    ]);
    expect(rows[1]?.cells.map((cell) => cell.entry?.index ?? null)).toEqual(['7', null, null, null]);
  });

  it('say in words what a row shows', () => {
    const [first, second] = alignLogs([ahead, behind], 8);
    expect(first && describeRow(first)).toBe('n1: entries 3 to 10, terms 1 to 2, 1 uncommitted');
    expect(second && describeRow(second)).toBe('n2: entries 3 to 7, terms 1 to 2, all committed');
  });

  it('fill up from the left while the log is young', () => {
    const [young] = alignLogs([nodeOf('n1', { lastIndex: '2', log: entries(1, 2, 2) })], 3);
    expect(young?.cells.map((cell) => cell.entry?.index ?? null)).toEqual(['1', '2', null]);
    const [row] = alignLogs([nodeOf('n1', { lastIndex: '0' })], 3);
    expect(row?.cells.every((cell) => cell.entry === null)).toBe(true);
    expect(row && describeRow(row)).toBe('n1: none of the newest entries');
  });
});
