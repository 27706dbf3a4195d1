// Processor time of a node for a read that its cache answers, against that of node:http for a constant body of the same size, both under
// the same client, in turns, in the same run: what two noisy cores can be trusted with.
import { GraphClient } from '#bot/graph-client.ts';
import { startCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { cpuSeconds } from '#tests/support/process-usage.ts';
import { createUser } from '#tests/support/recording-client.ts';
import { median } from '#tests/support/statistics.ts';
import { startConstantAnswer } from './constant-answer.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const friends = 20;
const statusesPerFriend = 5;
const inFlight = 32;
const requestsPerTurn = 2_000;
const warmUpTurns = 3;
const requestTimeoutMs = 30_000;

interface Read {
  readonly name: string;
  readonly query: string;
  /** Times the constant answer. */
  readonly bound: number;
}

const reads: readonly Read[] = [
  { name: 'one user', bound: 2, query: 'query ($id: ID!) { user(id: $id) { id handle name } }' },
  {
    name: `${friends} friends`,
    bound: 3.2,
    query: `query ($id: ID!) { user(id: $id) { name friends(first: ${friends}) { nodes { id handle name } } } }`,
  },
  {
    name: `${friends} friends × ${statusesPerFriend} statuses with like counts`,
    bound: 8,
    query: `query ($id: ID!) { user(id: $id) { friends(first: ${friends}) { nodes {
      name statuses(first: ${statusesPerFriend}) { nodes { text likedBy { totalCount } } } } } } }`,
  },
];

export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startCluster({ nodes: 1 });
  const posts = new KeepAlivePost();
  try {
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('a cluster of no nodes');
    const url = `${node.url}/graphql`;
    const id = await createNeighbourhood(node.url);
    const rows: BenchRow[] = [];
    for (const read of reads) {
      const body = JSON.stringify({ query: read.query, variables: { id } });
      const answer = JSON.stringify(await posts.send(url, body, requestTimeoutMs));
      if (answer.includes('"errors"')) throw new Error(`${read.name}: ${answer}`);
      const constant = await startConstantAnswer(cluster.folder, answer);
      try {
        const places = { node: { url, pid: node.pid ?? 0 }, constant };
        rows.push(await compare(read, places, { posts, body, bytes: Buffer.byteLength(answer) }));
      } finally {
        constant.stop();
      }
    }
    return rows;
  } finally {
    posts.close();
    await cluster.stop();
  }
}

interface Place {
  readonly url: string;
  readonly pid: number;
}

interface Load {
  readonly posts: KeepAlivePost;
  readonly body: string;
  readonly bytes: number;
}

async function compare(
  { name, bound }: Read,
  { node, constant }: { readonly node: Place; readonly constant: Place },
  load: Load,
): Promise<BenchRow> {
  for (let turn = 0; turn < warmUpTurns; turn += 1) {
    await cpuMicroseconds(node, load);
    await cpuMicroseconds(constant, load);
  }
  const turns: { readonly node: number; readonly constant: number }[] = [];
  for (let round = 0; round < roundsOf(8); round += 1)
    turns.push({ node: await cpuMicroseconds(node, load), constant: await cpuMicroseconds(constant, load) });
  const ofNode = median(turns.map((turn) => turn.node));
  const ofConstant = median(turns.map((turn) => turn.constant));
  const ratio = ofNode / ofConstant;
  return {
    name: `${name}, processor time against a constant answer`,
    measured: ratio,
    unit: '×',
    bound,
    ok: ratio <= bound,
    note: `${ofNode.toFixed(0)} µs against ${ofConstant.toFixed(0)} µs a request, ${load.bytes} bytes`,
  };
}

/** Of one request, in the process that answers. A node's heartbeats and timers are in it. */
async function cpuMicroseconds({ url, pid }: Place, { posts, body }: Load): Promise<number> {
  const before = cpuSeconds(pid);
  let left = requestsPerTurn;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await posts.send(url, body, requestTimeoutMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return ((cpuSeconds(pid) - before) * 1e6) / requestsPerTurn;
}

/** The id of somebody with friends who have posted, and like what the next one has posted. */
async function createNeighbourhood(url: string): Promise<string> {
  const client = new GraphClient({ urls: [url], requestTimeoutMs, patienceMs: requestTimeoutMs });
  const person = await createUser([url], { handle: 'bench.reader', name: 'A reader' });
  const befriend = 'mutation ($input: FriendshipInput!) { befriend(input: $input) { changed } }';
  const post = 'mutation ($input: PostStatusInput!) { postStatus(input: $input) { status { id } } }';
  const like = 'mutation ($input: LikeInput!) { likeStatus(input: $input) { changed } }';
  for (let nth = 0; nth < friends; nth += 1) {
    const friend = await createUser([url], { handle: `bench.friend.${nth}`, name: `Friend number ${nth}` });
    await client.request(befriend, { input: { user: person, friend } });
    for (let status = 0; status < statusesPerFriend; status += 1) {
      const text = `What friend ${nth} had to say on day ${status}`;
      const { data } = await client.request(post, { input: { author: friend, text } });
      const { postStatus } = data as { readonly postStatus: { readonly status: { readonly id: string } } };
      await client.request(like, { input: { user: person, status: postStatus.status.id } });
    }
  }
  return person;
}
