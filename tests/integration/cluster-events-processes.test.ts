// Goal: a client that watches one node hears what happened at another, which is cut off from the rest. Method: real processes, GraphQL over WebSocket.
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { askForData, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { waitFor } from '#tests/support/wait.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

interface Told {
  readonly source: string;
  readonly sequence: string;
  readonly previous: string | null;
  readonly role?: string;
  readonly to?: string;
  readonly connected?: boolean;
  readonly granted?: boolean;
}

const subscription = `subscription { clusterEvents(kinds: [ROLE, VOTE, LINK], after: []) {
  source incarnation sequence previous term ... on RoleEvent { role } ... on VoteEvent { granted } ... on LinkEvent { to connected } } }`;

/** What a node tells, as it comes. */
function watch(url: string): readonly Told[] {
  const told: Told[] = [];
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  onTestFinished(() => client.dispose());
  client.subscribe<{ clusterEvents: Told }>(
    { query: subscription },
    {
      next: ({ data }) => void (data && told.push(data.clusterEvents)),
      error: (error) => void told.push({ source: `failed: ${JSON.stringify(error)}`, sequence: '0', previous: null }),
      complete: () => undefined,
    },
  );
  return told;
}

test('an unplugged leader and its successor are seen by clients of every node, in one order and without a gap', async () => {
  const leader = await cluster.leader();
  const former = leader.options.id;
  const stories = cluster.urls.map(watch);
  const setPlugged = 'mutation ($node: ID!, $plugged: Boolean!) { setPlugged(node: $node, plugged: $plugged) { id } }';
  await askForData(leader.url, setPlugged, { node: former, plugged: false });
  const isUnplugged = ({ source, to, connected }: Told): boolean =>
    source === former && to === former && connected === false;
  const isNextLeader = ({ source, role }: Told): boolean => source !== former && role === 'LEADER';
  await waitFor(
    'everybody to hear of it',
    () => stories.every((told) => told.some(isUnplugged) && told.slice(told.findIndex(isUnplugged)).some(isNextLeader)),
    20_000,
  );
  for (const told of stories) {
    const last = new Map<string, string>();
    for (const { source, sequence, previous } of told) {
      expect([source, previous]).toEqual([source, last.get(source) ?? null]);
      expect(Number(sequence)).toBeGreaterThan(Number(previous));
      last.set(source, sequence);
    }
    expect([...last.keys()].sort()).toEqual(['n1', 'n2', 'n3']);
  }
  // The same events of each source everywhere, as far as each has told.
  for (const { options } of cluster.nodes) {
    const [first = [], ...others] = stories.map((told) => told.filter(({ source }) => source === options.id));
    for (const other of others) {
      const length = Math.min(first.length, other.length);
      expect(other.slice(0, length)).toEqual(first.slice(0, length));
    }
  }
  await askForData(leader.url, setPlugged, { node: former, plugged: true });
});
