// Processor time of a node for a read that its cache answers, against that of node:http for a constant body of the same size, both under
// the same client, in turns, in the same run: what two noisy cores can be trusted with. Beside it the same reads by mercurius on a database
// server, that server's time counted.
import { GraphClient } from '#bot/graph-client.ts';
import { startCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { cpuSeconds, residentMegabytes } from '#tests/support/process-usage.ts';
import { createUser } from '#tests/support/recording-client.ts';
import { isMissing, privateDatabase } from '#tests/support/services.ts';
import { median } from '#tests/support/statistics.ts';
import { startConstantAnswer } from './constant-answer.ts';
import { startMercurius } from './mercurius/start-mercurius.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const friends = 20;
const statusesPerFriend = 5;
const inFlight = 32;
const requestsPerTurn = 2_000;
/** Each of them costs it as much as dozens cost a node. */
const baselineRequestsPerTurn = 200;
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
  const database = await privateDatabase();
  const mercurius = isMissing(database) ? null : await startMercurius(database.freshUrl());
  const posts = new KeepAlivePost();
  try {
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('a cluster of no nodes');
    const ours: Place = {
      url: `${node.url}/graphql`,
      pids: [node.pid ?? 0],
      requestsPerTurn,
      id: await createNeighbourhood(node.url),
    };
    const databasePid = isMissing(database) ? null : database.pid();
    const baseline: Place | null = mercurius && {
      url: `${mercurius.url}/graphql`,
      pids: [mercurius.pid, ...(databasePid === null ? [] : [databasePid])],
      requestsPerTurn: baselineRequestsPerTurn,
      id: await createNeighbourhood(mercurius.url),
    };
    const rows: BenchRow[] = [];
    for (const read of reads) {
      const answer = JSON.stringify(await posts.send(ours.url, bodyOf(read, ours), requestTimeoutMs));
      if (answer.includes('"errors"')) throw new Error(`${read.name}: ${answer}`);
      const constant = await startConstantAnswer(cluster.folder, answer);
      try {
        const places = {
          ours,
          baseline,
          constant: { url: constant.url, pids: [constant.pid], requestsPerTurn, id: ours.id },
        };
        rows.push(...(await compare(read, places, { posts, bytes: Buffer.byteLength(answer) })));
      } finally {
        constant.stop();
      }
    }
    return rows;
  } finally {
    posts.close();
    mercurius?.stop();
    await cluster.stop();
    if (!isMissing(database)) await database.stop();
  }
}

interface Place {
  readonly url: string;
  /** Of the processes whose time is counted. */
  readonly pids: readonly number[];
  readonly requestsPerTurn: number;
  /** Of the person who is read. */
  readonly id: string;
}

const bodyOf = ({ query }: Read, { id }: Place): string => JSON.stringify({ query, variables: { id } });

async function compare(
  read: Read,
  { ours, baseline, constant }: { readonly ours: Place; readonly baseline: Place | null; readonly constant: Place },
  { posts, bytes }: { readonly posts: KeepAlivePost; readonly bytes: number },
): Promise<readonly BenchRow[]> {
  const places = [ours, constant, ...(baseline === null ? [] : [baseline])];
  const turns = places.map((): number[] => []);
  for (let round = -warmUpTurns; round < roundsOf(8); round += 1)
    for (const [nth, place] of places.entries()) {
      const micros = await cpuMicroseconds(place, { posts, body: bodyOf(read, place) });
      if (round >= 0) turns[nth]?.push(micros);
    }
  const [ofNode = 0, ofConstant = 0, ofBaseline] = turns.map(median);
  const ratio = ofNode / ofConstant;
  const memory = ours.pids.map((pid) => residentMegabytes(pid).toFixed(0)).join(' + ');
  const row: BenchRow = {
    name: `${read.name}, processor time against a constant answer`,
    measured: ratio,
    unit: '×',
    bound: read.bound,
    ok: ratio <= read.bound,
    note: `${ofNode.toFixed(0)} µs against ${ofConstant.toFixed(0)} µs a request, ${bytes} bytes; ${memory} MB resident`,
  };
  if (ofBaseline === undefined) return [row];
  const note = `${ofBaseline.toFixed(0)} µs a request, the database's time ${baseline?.pids.length === 2 ? '' : 'not '}in it`;
  const theirs = { measured: ofBaseline / ofConstant, unit: '×', bound: null, ok: true, note };
  return [row, { name: `${read.name}, mercurius with its database against a constant answer`, ...theirs }];
}

interface Load {
  readonly posts: KeepAlivePost;
  readonly body: string;
}

/** Of one request, in the processes that answer. A node's heartbeats and timers are in it. */
async function cpuMicroseconds(
  { url, pids, requestsPerTurn: requests }: Place,
  { posts, body }: Load,
): Promise<number> {
  const used = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = used();
  let left = requests;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await posts.send(url, body, requestTimeoutMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return ((used() - before) * 1e6) / requests;
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
