// Goal: the judges of the simulated cluster find nothing wrong with a real one. Method: see runJudged; no seed replays real time, so what
// fails here is looked for in simulation.
import { expect, test } from 'vitest';
import { runJudged } from './judged-cluster.ts';

test(
  'what clients of a real cluster are told stands before the judges, over changes of leader',
  { timeout: 120_000 },
  async () => {
    const run = await runJudged({ seed: 1, clients: 8, steps: 60, handOvers: 3 });
    // Else nothing was judged.
    expect(run.entries).toBeGreaterThan(20);
    expect(run.told).toBeGreaterThan(100);
    expect(run.reads).toBeGreaterThan(100);
    expect(run.names).toBeGreaterThan(20);
    expect(run.leaders).toBeGreaterThan(1);
  },
);
