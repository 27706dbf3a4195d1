import type { ClusterSeedResult } from './run-cluster-seed.ts';
import { clusterFaultKinds, clusterWeatherKinds } from './cluster-weather.ts';

/** What a run must have met at least once to claim that it tested it; each kind of fault and of weather besides. */
const mustOccur = [
  'done',
  'refused',
  'unknown',
  'unknown resolved',
  'LOCAL reads',
  'SESSION reads',
  'LINEARIZABLE reads',
  'hubs',
  'leader crashes',
  'snapshots',
  'database went back',
  'transfers done',
  'locks broken',
  'crowds',
  'status COMMITTED',
  'status UNKNOWN',
] as const;

/** What the run never did although it claims to; empty when it did everything. */
export function clusterCoverageGaps(results: readonly ClusterSeedResult[]): readonly string[] {
  const gaps = [...mustOccur, ...clusterFaultKinds].filter((what) => totalSeen(results, what) === 0);
  const still = results.filter(({ mutations, hearings }) => mutations === 0 || hearings === 0);
  const kinds = new Set(results.map(({ weather }) => weather.kind));
  // Those of the product are asked for by name, where speed is measured.
  const missing = clusterWeatherKinds.filter((kind) => kind !== 'product' && !kinds.has(kind));
  return [...[...gaps, ...missing].map((what) => `no ${what}`), ...still.map(({ seed }) => `seed ${seed} did nothing`)];
}

export function clusterCoverageLine(results: readonly ClusterSeedResult[]): string {
  const sum = (of: (result: ClusterSeedResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const counts = [
    [sum(({ simulatedMs }) => Math.round(simulatedMs / 1000)), 's simulated'],
    [sum(({ events }) => events), 'events'],
    [sum(({ hearings }) => hearings), 'hearings'],
    [sum(({ values }) => values), 'values compared'],
    [sum(({ mutations }) => mutations), 'commands'],
    [sum(({ faults }) => faults), 'faults'],
    ...mustOccur.map((what) => [totalSeen(results, what), what] as const),
  ] as const;
  const told = counts.map(([count, what]) => `${count.toLocaleString('en')} ${what}`).join(', ');
  return `${results.length.toLocaleString('en')} seeds of whole nodes: ${told}`;
}

function totalSeen(results: readonly ClusterSeedResult[], what: string): number {
  return results.reduce((total, { seen }) => total + (seen[what] ?? 0), 0);
}
