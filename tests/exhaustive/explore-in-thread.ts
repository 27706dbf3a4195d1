import { Worker } from 'node:worker_threads';
import type { ExplorationOrder, ExplorationReport } from './exploration-thread.ts';

const heapMbMax = 3500;

/** In a thread of its own, since the core is loaded in a way of its own there. */
export function exploreInThread(
  order: ExplorationOrder,
  progress: (line: string) => void = () => undefined,
): Promise<Extract<ExplorationReport, { readonly kind: 'done' }>> {
  const worker = new Worker(new URL('./exploration-thread.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  });
  return new Promise((resolve, reject) => {
    worker.on('message', (report: ExplorationReport) => {
      if (report.kind === 'progress') progress(report.line);
      else resolve(report);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the exploration ended early, with code ${code}`)));
  });
}
