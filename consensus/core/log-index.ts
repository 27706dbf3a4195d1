import type { LogIndex } from './types.ts';

/** Arithmetic that keeps the brand; the only place where a plain number becomes a position in the log. */

export const beforeFirst = 0 as LogIndex;

export function plus(index: LogIndex, count: number): LogIndex {
  return (index + count) as LogIndex;
}

export function lesser(a: LogIndex, b: LogIndex): LogIndex {
  return a < b ? a : b;
}

export function greater(a: LogIndex, b: LogIndex): LogIndex {
  return a > b ? a : b;
}
