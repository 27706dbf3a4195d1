// Goal: the members of a cluster change while it serves, and nothing that was acknowledged is lost or doubled. Method: real nodes in one
// process (see InProcessCluster), and writers that post through all of them.
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { NodeId } from '#server/graph/identifiers.ts';
import { createUser } from '../support/graph-operations.ts';
import { InProcessCluster, type ClusterOptions } from '../support/in-process-cluster.ts';
import { waitFor } from '../support/wait.ts';
import { Writers } from '../support/writers.ts';

const id = (name: string): NodeId => name as NodeId;
const patient = { mutationDeadlineMs: 15_000, readDeadlineMs: 15_000 };

async function startCluster(options: ClusterOptions = {}): Promise<InProcessCluster> {
  const cluster = await InProcessCluster.start({ timings: patient, ...options });
  onTestFinished(async () => {
    await cluster.close();
    expect(cluster.ends).toEqual([]);
  });
  return cluster;
}

const newcomer = {
  kind: 'add',
  id: id('n4'),
  peer: '127.0.0.1:1',
  publicUrl: 'http://127.0.0.1:2',
  voter: false,
} as const;

let sharedCluster: Promise<InProcessCluster> | null = null;

/** For tests that change nothing. */
function shared(): Promise<InProcessCluster> {
  return (sharedCluster ??= InProcessCluster.start({ timings: patient }));
}
afterAll(async () => {
  await (await sharedCluster)?.close();
});

function membersAt(node: InstafaceNode): string {
  const { members } = node.clusterState();
  return members.map(({ report }) => `${report.id}${report.voter ? '' : ' learns'}`).join(', ');
}

function other(nodes: readonly InstafaceNode[], than: InstafaceNode): InstafaceNode {
  const found = nodes.find((node) => node !== than);
  if (found === undefined) throw new Error('there is no other node');
  return found;
}

describe('a cluster under load', () => {
  test('grows from three to five: nodes wait until they are added, and one that knows a single other finds all', async () => {
    const cluster = await startCluster();
    const writers = await Writers.start(cluster);
    const fourth = await cluster.place('n4');
    const started = cluster.startNode('n4');
    await waitFor('n4 to say what it waits for', () => cluster.waitsFor('n4')?.includes('waits to be added') === true);
    await cluster.node('n2').changeMembers({ kind: 'add', id: id('n4'), ...fourth, voter: true });
    await started;
    // Added first, started then.
    const fifth = await cluster.place('n5');
    const added = cluster.node('n4').changeMembers({ kind: 'add', id: id('n5'), ...fifth, voter: true });
    await cluster.startNode('n5', ['n2']);
    await added;
    for (const node of cluster.running) {
      await waitFor(`${node.nodeId} to show five`, () => membersAt(node) === 'n1, n2, n3, n4, n5');
      await waitFor(`${node.nodeId} to hear five`, () => node.clusterState().members.every((each) => each.reachable));
    }
    await writers.progress();
    await writers.stop();
    for (const node of cluster.running) await writers.judge(node);
    const urls = cluster
      .node('n1')
      .clusterState()
      .members.map(({ report }) => report.publicUrl);
    expect(urls).toContain(fifth.publicUrl);
  });

  test('loses its leader, which removes itself, and shrinks to two', async () => {
    const cluster = await startCluster();
    const writers = await Writers.start(cluster);
    const leader = await cluster.leader();
    const asked = other(cluster.running, leader);
    await asked.changeMembers({ kind: 'remove', id: leader.nodeId });
    expect(membersAt(asked)).not.toContain(leader.nodeId);
    await waitFor('the removed node to say so', () => leader.health().reasons.join().includes('no member'));
    await writers.leave(leader.nodeId);
    await cluster.stopNode(leader.nodeId);
    await writers.progress();
    await writers.stop();
    for (const node of cluster.running) await writers.judge(node);
  });

  test('takes back a node that lost its disk, under its name, once it was removed and added', async () => {
    const cluster = await startCluster();
    const writers = await Writers.start(cluster);
    const [wiped] = await cluster.followers();
    if (wiped === undefined) throw new Error('there is no follower');
    const name = wiped.nodeId;
    await writers.leave(name);
    await cluster.wipeNode(name);
    const back = cluster.startNode(name);
    await waitFor(`${name} to wait`, () => cluster.waitsFor(name)?.includes('removed first') === true);
    const leader = await cluster.leader();
    await leader.changeMembers({ kind: 'remove', id: name });
    const place = cluster.placeOf(name);
    await leader.changeMembers({ kind: 'add', id: name, ...place, voter: true });
    const node = await back;
    expect(membersAt(leader)).toBe('n1, n2, n3');
    await writers.progress();
    await writers.stop();
    await writers.judge(node);
    // And what it has is on its disk: it starts again as any other.
    await cluster.stopNode(name);
    const again = await cluster.startNode(name);
    await waitFor('the node to follow', () => again.health().leader !== null);
    await writers.judge(again);
  });

  test('finds a member that came later after every node was started again with its first list of members', async () => {
    const cluster = await startCluster();
    const place = await cluster.place('n4');
    const [asked] = cluster.running;
    if (asked === undefined) throw new Error('no node runs');
    const started = cluster.startNode('n4', ['n1']);
    await asked.changeMembers({ kind: 'add', id: id('n4'), ...place, voter: true });
    await started;
    const names = cluster.running.map(({ nodeId }) => nodeId);
    for (const name of names) await cluster.stopNode(name);
    await Promise.all(names.map((name) => cluster.startNode(name, name === 'n4' ? ['n1'] : cluster.ids)));
    for (const node of cluster.running)
      await waitFor(`${node.nodeId} to hear four`, () => {
        const { members } = node.clusterState();
        return members.length === 4 && members.every(({ reachable }) => reachable);
      });
    await createUser(cluster.node('n4'), 'after-all');
  });
});

describe('a change of the members is refused', () => {
  test.each([
    ['a node that nobody knows', { kind: 'remove', id: id('n9') }, 'NOT_FOUND', 'no node n9'],
    ['a promotion of a stranger', { kind: 'promote', id: id('n9') }, 'NOT_FOUND', 'no node n9'],
    ['a promotion of a voter', { kind: 'promote', id: id('n2') }, 'CONFLICT', 'n2 votes already'],
    ['an id that is used', { ...newcomer, id: id('n2') }, 'CONFLICT', 'n2 is a member already'],
    ['an id that is no name', { ...newcomer, id: id('n 4') }, 'BAD_INPUT', 'node id'],
    ['an address without a port', { ...newcomer, peer: 'here' }, 'BAD_INPUT', 'host:port'],
    ['an address that strangers could reach', { ...newcomer, peer: '10.0.0.4:4100' }, 'BAD_INPUT', 'secret'],
    ['a public URL that is none', { ...newcomer, publicUrl: 'n4:4000' }, 'BAD_INPUT', 'http'],
  ] as const)('%s', async (_what, change, code, message) => {
    for (const node of (await shared()).running) {
      const refusal = expect(node.changeMembers(change));
      await refusal.rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
    }
  });

  test('an address that is taken', async () => {
    const cluster = await shared();
    const { peer } = cluster.placeOf('n1');
    const change = { ...newcomer, peer };
    await expect(cluster.node('n3').changeMembers(change)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('one that would leave no majority', async () => {
    const cluster = await startCluster();
    const leader = await cluster.leader();
    const [gone, last] = await cluster.followers();
    await cluster.stopNode(gone?.nodeId ?? '');
    await waitFor('the silence to be noticed', () =>
      leader.clusterState().members.some(({ reachable, report }) => report.id === gone?.nodeId && !reachable),
    );
    const removal = expect(leader.changeMembers({ kind: 'remove', id: last?.nodeId ?? id('') }));
    await removal.rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('no majority') as string,
    });
    expect(leader.clusterState().members).toHaveLength(3);
  });
});
