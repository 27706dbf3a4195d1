import { eventsMin, proposalsMin } from '../run-seed.ts';
import type { SeedResult } from '../run-seed.ts';
import { weatherKinds } from '../weather.ts';

type Count = Exclude<keyof SeedResult, 'seed' | 'digest' | 'weather' | 'simulatedUs'>;

/** What a run must have met at least once to claim that it tested it. */
const mustOccur: readonly Count[] = [
  'elections',
  'truncations',
  'crashes',
  'crashesInAppend',
  'snapshots',
  'tornTails',
  'diskFailures',
  'partitions',
  'pauses',
  'hungDisks',
  'fullDisks',
  'startsWithoutSpace',
  'bitFlips',
  'repairs',
  'wipes',
  'quarantines',
  'clockFaults',
  'reads',
  'transfers',
  'configurations',
  'acknowledged',
];

export function totalOf(results: readonly SeedResult[], count: Count): number {
  return results.reduce((sum, result) => sum + result[count], 0);
}

/** What the run never did although it claims to; empty when it did everything. */
export function coverageGaps(results: readonly SeedResult[]): readonly string[] {
  const gaps = mustOccur.filter((count) => totalOf(results, count) === 0).map((count) => `no ${count}`);
  for (const kind of weatherKinds)
    if (!results.some(({ weather }) => weather === kind)) gaps.push(`no weather '${kind}'`);
  for (const { seed, events, proposals } of results) {
    if (events < eventsMin) gaps.push(`seed ${seed} had only ${events} events`);
    if (proposals < proposalsMin) gaps.push(`seed ${seed} had only ${proposals} proposals`);
  }
  return gaps;
}

export function coverageLine(results: readonly SeedResult[]): string {
  const counts = (['events', 'hearings', 'proposals', 'faults', ...mustOccur] as const).map(
    (count) => `${totalOf(results, count).toLocaleString('en')} ${words[count]}`,
  );
  return `${results.length.toLocaleString('en')} seeds: ${counts.join(', ')}`;
}

const words: Readonly<Record<Count, string>> = {
  events: 'events',
  hearings: 'hearings',
  faults: 'faults',
  proposals: 'proposals',
  acknowledged: 'acknowledged',
  elections: 'elections',
  truncations: 'truncations',
  crashes: 'crashes',
  crashesInAppend: 'crashes in mid-append',
  snapshots: 'snapshots',
  tornTails: 'torn tails cut',
  diskFailures: 'disk failures',
  partitions: 'partitions',
  pauses: 'pauses',
  hungDisks: 'hung disks',
  fullDisks: 'full disks',
  startsWithoutSpace: 'starts without space',
  bitFlips: 'flipped bits',
  repairs: 'damaged logs repaired',
  wipes: 'wiped disks',
  quarantines: 'quarantines',
  clockFaults: 'clock faults',
  reads: 'reads',
  transfers: 'transfers',
  configurations: 'configuration changes',
};
