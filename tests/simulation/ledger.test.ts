import { expect, test } from 'vitest';
import { ledgerSummary, readLedger } from './ledger.ts';
import { readSeeds } from './kept-seeds.ts';

const header = 'commit\tdate\tworld\tseeds\tevents\tvalues\tviolations\n';

test('a ledger sums up by commit and world, the newest first, and over all', () => {
  const text = `${header}a\t2026-01-01\tconsensus\t10\t2000\t0\t0\nb\t2026-01-02\tcluster\t5\t50\t700\t1\na\t2026-01-03\tconsensus\t1\t1\t0\t0\n`;
  expect(ledgerSummary(text).split('\n')).toEqual([
    'b cluster: 5 seeds, 50 events judged, 700 values compared, 1 violations',
    'a consensus: 11 seeds, 2,001 events judged, 0 values compared, 0 violations',
    'all: 16 seeds, 2,051 events judged, 700 values compared, 1 violations',
  ]);
});

test('a line that is none is refused, not skipped', () => {
  expect(() => readLedger(`${header}a\t2026-01-01\tconsensus\tten\t2000\t0\t0\n`)).toThrow('a count that is none');
  expect(() => readLedger(`${header}a\t2026-01-01\tmoon\t1\t2000\t0\t0\n`)).toThrow('no line of it');
});

test('kept seeds are read without what is said of them', () => {
  expect(readSeeds('# head\n10 # why\n\n374\n')).toEqual([10, 374]);
});
