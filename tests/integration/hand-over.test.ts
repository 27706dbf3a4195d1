// Goal: leadership moves under load, again and again, and no client sees a failure, a loss or a double. Method: three real nodes in one
// process, writers that send each mutation once, through every node. How long it takes is measured by `npm run bench -- hand-over`.
import { expect, onTestFinished, test } from 'vitest';
import { InProcessCluster } from '../support/in-process-cluster.ts';
import { Writers } from '../support/writers.ts';

const handOvers = 30;

test(`${handOvers} planned hand-overs fail no mutation`, async () => {
  const cluster = await InProcessCluster.start({ timings: { mutationDeadlineMs: 15_000, readDeadlineMs: 15_000 } });
  onTestFinished(async () => {
    await cluster.close();
    expect(cluster.ends).toEqual([]);
  });
  const writers = await Writers.start(cluster);
  for (let turn = 0; turn < handOvers; turn++) {
    const leader = await cluster.leader();
    const others = cluster.running.filter((node) => node !== leader);
    const to = others[turn % others.length];
    // Asked of one node after the other: whoever is asked, the leader hands over.
    await cluster.running[turn % 3]?.transferLeadership(to?.nodeId ?? leader.nodeId);
    expect(to?.standing().role).toBe('LEADER');
    await writers.progress(5);
  }
  await writers.stop();
  for (const node of cluster.running) await writers.judge(node);
});
