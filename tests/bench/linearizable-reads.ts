// Reads on followers that include whatever anyone was told is done, against reads of what the follower has, in turns; and how much of it the
// leader hears of: every message that the leader sends, and every question for a read index that it gets, as the nodes tell it themselves.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { costOf, measureLoad, type LoadFigures } from '#tests/support/measured-load.ts';
import { createUser } from '#tests/support/recording-client.ts';
import { median } from '#tests/support/statistics.ts';
import { waitFor } from '#tests/support/wait.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const inFlight = 1_024;
const warmUpMs = 2_000;
const turnMs = 3_000;
const requestTimeoutMs = 30_000;
const rateBound = 0.9;
const messagesBound = 0.01;
/** Events of a second are told at its end, by way of each node's report. */
const eventsBoundMs = 10_000;

const localRead = 'query ($id: ID!) @read(consistency: LOCAL) { user(id: $id) { id handle name } }';
const linearizableRead = 'query ($id: ID!) @read(consistency: LINEARIZABLE) { user(id: $id) { id handle name } }';

export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startCluster();
  const posts = new KeepAlivePost();
  try {
    const leader = await cluster.leader();
    const followers = await cluster.followers();
    const id = await createUser(cluster.urls, { handle: 'bench.linearizable', name: 'Somebody to read' });
    const watch = watchMessages(leader.url, leader.options.id);
    const turn = (query: string): Promise<LoadFigures> => {
      const body = JSON.stringify({ query, variables: { id } });
      return measureLoad({
        inFlight,
        warmUpMs,
        measureMs: turnMs,
        pids: pidsOf(cluster),
        send: async (client) => {
          const url = `${followers[client % followers.length]?.url}/graphql`;
          const answer = await posts.send(url, body, requestTimeoutMs);
          if (JSON.stringify(answer).includes('"errors"')) throw new Error(JSON.stringify(answer));
        },
      });
    };
    const local: LoadFigures[] = [];
    const linearizable: LoadFigures[] = [];
    const messagesARead: number[] = [];
    for (let round = 0; round < roundsOf(4); round += 1) {
      local.push(await turn(localRead));
      const before = await watch.settled();
      const fromMs = performance.now();
      const figures = await turn(linearizableRead);
      const seconds = (performance.now() - fromMs) / 1_000;
      // The messages are those of the whole turn, the warm-up included, in which reads came at about the same rate.
      messagesARead.push(((await watch.settled()) - before) / (figures.perSecond * seconds));
      linearizable.push(figures);
    }
    watch.stop();
    const rates = linearizable.map((figures, round) => figures.perSecond / (local[round]?.perSecond ?? 0));
    const ratio = median(rates);
    const messages = median(messagesARead);
    const [lastLocal, lastLinearizable] = [local.at(-1), linearizable.at(-1)];
    return [
      {
        name: `rate of linearizable reads on followers against local ones, ${inFlight} in flight`,
        measured: ratio,
        unit: '×',
        bound: rateBound,
        ok: ratio >= rateBound,
        note: [lastLinearizable, lastLocal].map((figures) => figures && describe(figures)).join(' against '),
      },
      {
        name: 'messages of the leader for each of them',
        measured: messages,
        unit: 'messages',
        bound: messagesBound,
        ok: messages < messagesBound,
        note: `heartbeats included, over ${messagesARead.length} turns: ${messagesARead.map((each) => each.toPrecision(2)).join(', ')}`,
      },
    ];
  } finally {
    posts.close();
    await cluster.stop();
  }
}

const describe = (figures: LoadFigures): string =>
  `${figures.perSecond.toFixed(0)}/s, p99 ${figures.p99Ms.toFixed(1)} ms (${costOf(figures)})`;

function pidsOf(cluster: TestCluster): ReadonlyMap<string, number> {
  return new Map(cluster.nodes.map((node) => [node.options.id, node.pid ?? 0]));
}

interface Told {
  readonly source: string;
  readonly kind: string;
  readonly to: string;
  readonly from: string;
  readonly messages: number;
  readonly atMicros: number;
}

interface MessageWatch {
  /** How many there were until now, once each node has told of a moment after the call. */
  settled(): Promise<number>;
  stop(): void;
}

const subscription =
  'subscription { clusterEvents(kinds: [MESSAGE]) { source atMicros ... on MessageEvent { kind from to messages } } }';

/** What the leader sends, and what it is asked for. */
function watchMessages(url: string, leader: string): MessageWatch {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  let sum = 0;
  let failure: unknown = null;
  const lastTold = new Map<string, number>();
  client.subscribe<{ clusterEvents: Told }>(
    { query: subscription },
    {
      next: ({ data }) => {
        if (!data) return;
        const { source, kind, from, to, messages, atMicros } = data.clusterEvents;
        lastTold.set(source, Math.max(lastTold.get(source) ?? 0, atMicros));
        // Each node tells of what it sends.
        if (source !== from) return;
        if (from === leader || (to === leader && kind === 'read-index-request')) sum += messages;
      },
      error: (error) => (failure = error),
      complete: () => undefined,
    },
  );
  return {
    settled: async () => {
      const told = new Map(lastTold);
      const newest = Math.max(0, ...told.values());
      await waitFor(
        'every node to tell of its messages since',
        () => {
          if (failure !== null) throw new Error(`the stream of events ended: ${JSON.stringify(failure)}`);
          // The clocks are one clock here, and heartbeats and their answers go on.
          return lastTold.size === 3 && [...lastTold.values()].every((atMicros) => atMicros > newest + 1_500_000);
        },
        eventsBoundMs,
      );
      return sum;
    },
    stop: () => void client.dispose(),
  };
}
