/** A thread that explores, with or without a planted bug, and reports. */
import { parentPort, workerData } from 'node:worker_threads';
import { plantMutant } from '#tests/simulation/plant-mutant.ts';
import type { Mutant } from '#tests/simulation/mutant.ts';
import type { Bounds } from './bounds.ts';
import type { Exploration } from './explore.ts';
import { revealPrivateFields } from './reveal-private-fields.ts';

export interface ExplorationOrder {
  readonly bounds: Bounds;
  readonly mutant: Mutant | null;
  /** So many states are reached again without anything remembered. */
  readonly again: number;
}

export type ExplorationReport =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'done'; readonly exploration: Exploration; readonly cpuMs: number; readonly memoryBytes: number };

const { bounds, mutant, again } = workerData as ExplorationOrder;
if (mutant !== null) plantMutant(mutant);
revealPrivateFields();
// Only now: what is loaded before that is not the core that is wanted.
const { explore } = await import('./explore.ts');

const cpuBefore = process.threadCpuUsage();
const exploration = explore(bounds, { again, progress: (line) => report({ kind: 'progress', line }) });
const { user, system } = process.threadCpuUsage(cpuBefore);
report({ kind: 'done', exploration, cpuMs: (user + system) / 1000, memoryBytes: process.memoryUsage.rss() });

function report(message: ExplorationReport): void {
  // A port between threads has no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
}
