import { describe, expect, test } from 'vitest';
import { AssertionFailed } from './assert.ts';
import { Durability } from './durability.ts';
import type { LogIndex } from './types.ts';

const index = (value: number) => value as LogIndex;
const upTo = (value: number) => ({ lastIndex: index(value), hasHardState: false, bytes: 10 });

describe('what the disk holds of the log in memory', () => {
  test('one acknowledgement stands for all writes before it', () => {
    const durability = new Durability(index(3));
    durability.submit(upTo(5));
    durability.submit(upTo(8));
    durability.submit(upTo(9));
    durability.acknowledge(2);
    expect(durability.durableIndex).toBe(8);
    durability.acknowledge(1);
    expect(durability.durableIndex).toBe(8);
  });

  test('an acknowledgement from before a truncation proves nothing of what was written in its place (append-ABA)', () => {
    const durability = new Durability(index(3));
    durability.submit(upTo(6)); // entries 4 to 6
    durability.truncateFrom(index(5)); // 5 and 6 were another leader's
    durability.submit(upTo(6)); // 5 and 6 once more
    durability.acknowledge(1);
    expect(durability.durableIndex).toBe(4);
    durability.acknowledge(2);
    expect(durability.durableIndex).toBe(6);
  });

  test('a truncation takes back what was durable', () => {
    const durability = new Durability(index(9));
    durability.truncateFrom(index(4));
    expect(durability.durableIndex).toBe(3);
  });

  test('after a reset nothing is durable before the write that says so', () => {
    const durability = new Durability(index(3));
    durability.submit(upTo(7));
    durability.reset();
    durability.submit(upTo(50));
    durability.acknowledge(1);
    expect(durability.durableIndex).toBe(0);
    durability.acknowledge(2);
    expect(durability.durableIndex).toBe(50);
  });

  test('term and vote are settled once the last write that holds them is', () => {
    const durability = new Durability(index(0));
    durability.submit({ ...upTo(0), hasHardState: true });
    durability.submit(upTo(1));
    expect(durability.isHardStateSettled).toBe(false);
    durability.acknowledge(1);
    expect(durability.isHardStateSettled).toBe(true);
  });

  test('the bytes under way are those of the writes not acknowledged, a truncation notwithstanding', () => {
    const durability = new Durability(index(0));
    for (const at of [1, 2, 3]) durability.submit(upTo(at));
    expect(durability.bytesUnderWay).toBe(30);
    durability.truncateFrom(index(2));
    durability.acknowledge(2);
    expect(durability.bytesUnderWay).toBe(10);
    durability.reset();
    durability.acknowledge(3);
    expect(durability.bytesUnderWay).toBe(0);
  });

  test('an acknowledgement of a write that never was stops the node', () => {
    expect(() => new Durability(index(0)).acknowledge(1)).toThrow(AssertionFailed);
  });
});
