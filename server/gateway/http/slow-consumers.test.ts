import { expect, test } from 'vitest';
import { SlowConsumers, behindMsMax } from './slow-consumers.ts';

test('a consumer is cut off when it has taken nothing for long, and forgiven when it takes something', () => {
  let now = 0;
  const consumers = new SlowConsumers(() => now);
  const behind = new Set(['slow', 'slowish']);
  const cut: string[] = [];
  for (const name of ['slow', 'slowish', 'quick'])
    consumers.watch({ isBehind: () => behind.has(name), cutOff: () => cut.push(name) });
  consumers.sweep();
  now = behindMsMax - 1;
  behind.delete('slowish');
  consumers.sweep();
  expect(cut).toEqual([]);
  behind.add('slowish');
  now = behindMsMax;
  consumers.sweep();
  consumers.sweep();
  expect(cut).toEqual(['slow']);
});

test('one that left is not looked at any more', () => {
  let now = 0;
  const consumers = new SlowConsumers(() => now);
  const consumer = { isBehind: () => true, cutOff: () => expect.unreachable() };
  consumers.watch(consumer);
  consumers.sweep();
  consumers.forget(consumer);
  now = 2 * behindMsMax;
  consumers.sweep();
});
