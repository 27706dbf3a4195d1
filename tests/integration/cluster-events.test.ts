// Goal: every node tells the same story of every node, without a hole, whatever happens to the nodes meanwhile. Method: three real nodes in one process.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ClusterEvent, ClusterEventsOptions, EventPosition, ToldEvent } from '#server/cluster/cluster-event.ts';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import { createUser } from '../support/graph-operations.ts';
import { InProcessCluster } from '../support/in-process-cluster.ts';
import { waitFor } from '../support/wait.ts';

/** A busy machine is no failure of what is tested here. */
const patient = { mutationDeadlineMs: 15_000, readDeadlineMs: 15_000 };
const storyMsMax = 20_000;

type Told = ToldEvent & { readonly kind: 'event' };

/** What one node tells from its first event on, for as long as the test runs. */
class Story {
  readonly told: Told[] = [];
  isGone = false;

  constructor(node: InstafaceNode, options: Partial<ClusterEventsOptions> = {}) {
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const stream = node.clusterEvents({ after: [], kinds: null, ...options, signal: ended.signal });
    void this.#listen(stream);
  }

  async #listen(stream: AsyncIterable<ToldEvent>): Promise<void> {
    for await (const each of stream) {
      if (each.kind === 'event') this.told.push(each);
      else this.isGone = true;
    }
  }

  of(source: string): readonly ClusterEvent[] {
    return this.told.map(({ event }) => event).filter((event) => event.source === source);
  }

  has(source: string, matches: (event: ClusterEvent) => boolean): boolean {
    return this.of(source).some(matches);
  }

  /** The last event of each process of each node. */
  positions(): readonly EventPosition[] {
    const last = new Map(this.told.map(({ event }) => [`${event.source} ${event.incarnation}`, event]));
    return [...last.values()].map(({ source, incarnation, sequence }) => ({ source, incarnation, sequence }));
  }
}

/** What an event says, but for the clock of whoever tells it. */
function content({ details, ...event }: ClusterEvent): ClusterEvent {
  return { ...event, atMicros: 0, details: details.kind === 'MESSAGE' ? { ...details, sentAtMicros: 0 } : details };
}

function expectGapless(story: Story): void {
  const last = new Map<string, number>();
  for (const { event, previous } of story.told) {
    const process = `${event.source} ${event.incarnation}`;
    const before = last.get(process);
    if (before !== undefined) expect([process, event.sequence, previous]).toEqual([process, before + 1, before]);
    last.set(process, event.sequence);
  }
  expect(story.isGone).toBe(false);
}

/** Time of each source only grows, as told. */
function expectInOrder(story: Story, ids: readonly string[]): void {
  for (const id of ids) {
    const times = story.of(id).map(({ atMicros }) => atMicros);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }
}

describe('the events of the cluster', () => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await InProcessCluster.start({ timings: patient });
  });
  afterAll(async () => {
    expect(cluster.ends).toEqual([]);
    await cluster.close();
  });

  test('tell of an unplugged leader and of the next one alike on every node, without a gap', async () => {
    const former = await cluster.leader();
    await cluster.followers();
    const stories = cluster.running.map((node) => new Story(node));
    await createUser(former, 'before');
    await former.setPlugged(former.nodeId, false);
    const next = await cluster.leader(() => cluster.running.filter((node) => node !== former));
    await createUser(next, 'after');
    await waitFor('the former leader to step down', () => former.standing().role !== 'LEADER');
    await next.setPlugged(former.nodeId, true);
    await waitFor('the former leader to follow', () => former.health().leader === next.nodeId);
    const heads = await waitFor(
      'every node to tell the whole story',
      () => {
        const isWhole = stories.every(
          (story) =>
            story.has(
              former.nodeId,
              ({ details }) => details.kind === 'LINK' && details.connected && details.to === former.nodeId,
            ) &&
            story.has(former.nodeId, ({ details }) => details.kind === 'ROLE' && details.leader === next.nodeId) &&
            story.has(next.nodeId, ({ details }) => details.kind === 'ROLE' && details.role === 'LEADER'),
        );
        return isWhole && stories.map((story) => story.positions());
      },
      storyMsMax,
    );
    // Whatever one of them knew by then, all come to know.
    await waitFor(
      'all to know what each knew',
      () =>
        stories.every((story) =>
          heads.flat().every(({ source, sequence }) => (story.of(source).at(-1)?.sequence ?? 0) >= sequence),
        ),
      storyMsMax,
    );
    for (const id of cluster.ids) {
      const [first = [], ...others] = stories.map((story) => story.of(id).map(content));
      const length = Math.min(first.length, ...others.map((other) => other.length));
      expect(length).toBeGreaterThan(3);
      for (const other of others) expect(other.slice(0, length)).toEqual(first.slice(0, length));
    }
    for (const story of stories) {
      expectGapless(story);
      expectInOrder(story, cluster.ids);
      expect(story.of(former.nodeId)[0]).toMatchObject({
        sequence: 1,
        details: { kind: 'ROLE', reason: 'the node has started' },
      });
      const unplugged = story
        .of(former.nodeId)
        .findIndex(({ details }) => details.kind === 'LINK' && details.to === former.nodeId);
      expect(story.of(former.nodeId)[unplugged]?.details).toMatchObject({ connected: false });
      const afterwards = story.of(former.nodeId).slice(unplugged);
      expect(afterwards.some(({ details }) => details.kind === 'MESSAGE' && details.dropped)).toBe(true);
      expect(
        story.has(
          next.nodeId,
          ({ details }) => details.kind === 'VOTE' && details.candidate === next.nodeId && !details.preVote,
        ),
      ).toBe(true);
      expect(story.has(next.nodeId, ({ details }) => details.kind === 'COMMIT' && details.mutations > 0)).toBe(true);
    }
  });

  test('go on at another node where a client lost its own, and with the next process of that node', async () => {
    const [lost, other] = await cluster.followers();
    if (lost === undefined || other === undefined) throw new Error('two followers are needed');
    const { nodeId } = lost;
    const before = new Story(lost);
    await waitFor('something of every node', () => cluster.ids.every((id) => before.of(id).length > 0), storyMsMax);
    await cluster.stopNode(nodeId);
    const after = before.positions();
    const resumed = new Story(other, { after });
    const back = await cluster.startNode(nodeId);
    await waitFor(
      'the next process of the node that was lost',
      () =>
        new Set(resumed.of(nodeId).map(({ incarnation }) => incarnation)).size > 0 &&
        after.every(({ source }) => resumed.of(source).length > 0),
      storyMsMax,
    );
    // Nothing is told twice, and nothing is left out between the two.
    for (const { source, incarnation, sequence } of after) {
      const first = resumed.told.find(({ event }) => event.source === source && event.incarnation === incarnation);
      if (first !== undefined) expect([first.previous, first.event.sequence]).toEqual([sequence, sequence + 1]);
    }
    const next = resumed.of(nodeId).findLast(({ sequence }) => sequence === 1);
    expect(next?.incarnation).not.toBe(before.of(nodeId)[0]?.incarnation);
    expectGapless(resumed);
    // The node that was away has forgotten its own former process, and brings what the others did meanwhile.
    const own = new Story(back);
    await waitFor(
      'the others at the node that was away',
      () => own.of(other.nodeId).length >= resumed.of(other.nodeId).length,
      storyMsMax,
    );
    expectGapless(own);
    const gone = new Story(back, { after: [{ source: nodeId, incarnation: 'none', sequence: 3 }] });
    await waitFor('an end', () => gone.isGone);
    expect(gone.told).toEqual([]);
  });

  test('of some kinds alone are told with the number of the one before them of these kinds', async () => {
    const leader = await cluster.leader();
    const story = new Story(leader, { kinds: new Set(['ROLE', 'COMMIT']) });
    await waitFor('some commits', async () => {
      await createUser(leader, `more-${story.told.length}-${performance.now()}`);
      return story.of(leader.nodeId).length > 3;
    });
    const last = new Map<string, number>();
    for (const { event, previous } of story.told) {
      expect(['ROLE', 'COMMIT']).toContain(event.details.kind);
      const process = `${event.source} ${event.incarnation}`;
      expect(previous).toBe(last.get(process) ?? null);
      last.set(process, event.sequence);
    }
  });
});
