import { describe, expect, test } from 'vitest';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { LogRetention } from './log-retention.ts';

const at = (index: number): LogIndex => index as LogIndex;
const limits = { behindEntriesMax: 10, behindBytesMax: 1_000, retainedEntries: 4, retainedBytes: 300 };

function applied(count: number, bytes: number, start = 0): LogRetention {
  const retention = new LogRetention(limits, at(start));
  for (let i = 1; i <= count; i++) {
    retention.onApplied(at(start + i), bytes);
    retention.onDated(at(start + i));
  }
  return retention;
}

describe('what the database lacks', () => {
  test('is bounded in entries', () => {
    const retention = applied(9, 1);
    expect(retention.isFull).toBe(false);
    retention.onApplied(at(10), 1);
    expect(retention.isFull).toBe(true);
    retention.onMaterialized(at(1));
    expect(retention.isFull).toBe(false);
  });

  test('is bounded in bytes', () => {
    const retention = applied(2, 500);
    expect(retention.isFull).toBe(true);
    retention.onMaterialized(at(1));
    expect(retention.isFull).toBe(false);
  });

  test('grows again when the database goes back', () => {
    const retention = applied(9, 200);
    retention.onMaterialized(at(8));
    expect(retention.isFull).toBe(false);
    retention.onMaterialized(at(3));
    expect(retention.behindEntries).toBe(6);
    expect(retention.isFull).toBe(true);
  });

  test('is nothing on a follower that applies later than the database', () => {
    const retention = applied(2, 100);
    retention.onMaterialized(at(5));
    expect(retention.behindEntries).toBe(0);
    for (let i = 3; i <= 7; i++) retention.onApplied(at(i), 100);
    expect(retention.behindEntries).toBe(2);
    expect(retention.isFull).toBe(false);
  });
});

describe('what may be dropped', () => {
  test('leaves the wanted number of entries behind the database', () => {
    const retention = applied(10, 1);
    retention.onMaterialized(at(9));
    expect(retention.moveCompactTo()).toBe(5);
  });

  test('leaves the wanted bytes behind the database', () => {
    const retention = applied(10, 150);
    retention.onMaterialized(at(9));
    expect(retention.moveCompactTo()).toBe(7);
  });

  test('never moves back, whatever the database does', () => {
    const retention = applied(10, 1);
    retention.onMaterialized(at(9));
    retention.moveCompactTo();
    retention.onMaterialized(at(2));
    expect(retention.moveCompactTo()).toBe(5);
    expect(retention.onCompact(at(3))).toBe(false);
    expect(retention.compactTo).toBe(5);
  });

  test('is never the last entry with a time, since a node that starts again dates the next one after it', () => {
    const retention = applied(3, 1);
    for (let i = 4; i <= 20; i++) retention.onApplied(at(i), 1);
    retention.onMaterialized(at(20));
    expect(retention.moveCompactTo()).toBe(2);
    retention.onDated(at(20));
    expect(retention.moveCompactTo()).toBe(16);
  });

  test('is nothing while no entry with a time is known', () => {
    const retention = new LogRetention(limits, at(0));
    for (let i = 1; i <= 20; i++) retention.onApplied(at(i), 1);
    retention.onMaterialized(at(20));
    expect(retention.moveCompactTo()).toBe(0);
  });

  test('is never more than what this node has applied', () => {
    const retention = applied(3, 1);
    retention.onMaterialized(at(9));
    expect(retention.onCompact(at(7))).toBe(true);
    expect(retention.compactTo).toBe(3);
  });

  test('keeps its sums over thousands of entries, against a plain count', () => {
    const retention = new LogRetention({ ...limits, behindBytesMax: 40_000 }, at(0));
    for (let i = 1; i <= 5_000; i++) {
      retention.onApplied(at(i), i % 97);
      retention.onDated(at(i));
      if (i % 5 === 0) retention.onMaterialized(at(i - 3));
      if (i % 7 === 0) retention.moveCompactTo();
    }
    retention.onMaterialized(at(4_000));
    const behind = Array.from({ length: 1_000 }, (_, i) => (4_001 + i) % 97).reduce((sum, bytes) => sum + bytes, 0);
    expect(behind).toBeGreaterThan(40_000);
    expect(retention.isFull).toBe(true);
    retention.onMaterialized(at(4_995));
    expect(retention.isFull).toBe(false);
  });
});
