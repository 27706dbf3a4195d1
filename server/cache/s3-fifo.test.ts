import { expect, test } from 'vitest';
import { marks, recordBytes, RecordTable } from './record-table.ts';
import { S3Fifo } from './s3-fifo.ts';

/** A cache of numbers, each of one record's size. */
class Numbers {
  readonly table = new RecordTable(() => '');
  readonly fifo: S3Fifo;
  readonly evicted: number[] = [];

  constructor(numbersMax: number) {
    // The ghosts' places count too.
    const bytesMax = numbersMax * recordBytes + 64 * 4;
    const evict = (record: number): void => void this.evicted.push(this.table.firstOf(record));
    this.fifo = new S3Fifo({ table: this.table, bytesMax, owner: { bytesOf: () => recordBytes, evict } });
  }

  /** Reads a number, as a cache does: true for a hit. */
  read(number: number): boolean {
    const record = this.table.find(0, number);
    if (record >= 0) {
      this.fifo.used(record);
      return true;
    }
    this.fifo.added(this.table.add(0, number, 0));
    this.fifo.makeRoom();
    return false;
  }

  has(number: number): boolean {
    return this.table.find(0, number) >= 0;
  }
}

test('it stays within its bytes, and what was never used again goes first', () => {
  const cache = new Numbers(50);
  for (let number = 0; number < 60; number++) {
    cache.read(number);
    if (number < 5) for (let time = 0; time < 2; time++) cache.read(number);
  }
  expect(cache.fifo.bytes).toBeLessThanOrEqual(50 * recordBytes + 64 * 4);
  expect(cache.evicted).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  cache.fifo.assertInvariants();
});

test('a scan of things that are read once does not wash out what is used', () => {
  const cache = new Numbers(60);
  const popular = Array.from({ length: 30 }, (_, number) => number);
  for (let round = 0; round < 4; round++) for (const number of popular) cache.read(number);
  for (let number = 1_000; number < 5_000; number++) {
    cache.read(number);
    if (number % 100 === 0) for (const loved of popular) expect(cache.read(loved)).toBe(true);
  }
  expect(popular.every((number) => cache.has(number))).toBe(true);
});

test('what comes back soon after it was evicted is kept longer than newcomers', () => {
  const cache = new Numbers(20);
  for (let number = 0; number < 25; number++) cache.read(number);
  expect(cache.has(4)).toBe(false);
  cache.read(4);
  for (let number = 100; number < 140; number++) cache.read(number);
  expect(cache.has(4)).toBe(true);
});

test('the place of a dead record is given back when its turn comes, in either queue', () => {
  const cache = new Numbers(10);
  for (let time = 0; time < 3; time++) cache.read(2);
  for (let number = 10; number < 30; number++) cache.read(number);
  cache.read(1);
  const dead = [cache.table.find(0, 1), cache.table.find(0, 2)];
  expect(dead.map((record) => cache.table.marksOf(record) & marks.main)).toEqual([0, marks.main]);
  for (const record of dead) {
    cache.table.hide(record);
    cache.table.setMarks(record, (cache.table.marksOf(record) & marks.main) | marks.dead);
  }
  for (let number = 60; number < 160; number++) for (let time = 0; time < 3; time++) cache.read(number);
  expect([...cache.table.records()]).toEqual(expect.arrayContaining(dead));
  expect(cache.evicted.filter((number) => number < 3)).toEqual([]);
  cache.fifo.assertInvariants();
});
