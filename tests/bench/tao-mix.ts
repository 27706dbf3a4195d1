// TAO's mix of requests (Bronson et al. 2013) against a whole cluster: what is asked for, how often, and that most questions about edges find
// nothing. People are drawn by Zipf's law. Beside it, in turns, node:http answering every request with a constant of the mean size.
import { v7 as uuidv7 } from 'uuid';
import { diceOf } from '#consensus/core/testing-network.ts';
import { writeBatch } from '#tests/support/cold-cluster.ts';
import { type Answer, startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { measureLoad, type LoadFigures } from '#tests/support/measured-load.ts';
import { median } from '#tests/support/statistics.ts';
import { type ConstantAnswer, startConstantAnswer } from './constant-answer.ts';
import { roundsOf, secondsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';
import { ZipfRanks } from './zipf-ranks.ts';

const people = 2_000;
const friendsEach = 5;
/** Of so many people one has likes: lists, counts and single edges of the others are empty. */
const likersOneIn = 10;
const exponent = 0.8;
const inFlight = 64;
const warmUpMs = 2_000;
const requestTimeoutMs = 30_000;
const operationsPerBatch = 500;

interface Drawn {
  readonly from: string;
  readonly to: string;
  readonly type: string;
}

interface Kind {
  readonly name: string;
  readonly percent: number;
  readonly query: string;
  readonly variables: (drawn: Drawn) => object;
  /** Null: not a question about edges. */
  readonly isEmpty: ((data: never) => boolean) | null;
}

interface Page {
  readonly associations: { readonly edges: readonly unknown[]; readonly totalCount: number };
}

const ofList = ({ from, type }: Drawn): object => ({ from, type });
const kinds: readonly Kind[] = [
  {
    name: 'range',
    percent: 40.8,
    query: `query ($from: ID!, $type: String!) { associations(from: $from, type: $type, first: 20) { edges { time node { id } } } }`,
    variables: ofList,
    isEmpty: ({ associations }: Page) => associations.edges.length === 0,
  },
  {
    name: 'entity',
    percent: 28.8,
    query: 'query ($from: ID!) { user(id: $from) { id handle name } }',
    variables: ({ from }) => ({ from }),
    isEmpty: null,
  },
  {
    name: 'single edge',
    percent: 15.7,
    query: 'query ($from: ID!, $to: ID!) { association(from: $from, type: "friend", to: $to) { time } }',
    variables: ({ from, to }) => ({ from, to }),
    isEmpty: ({ association }: { readonly association: unknown }) => association === null,
  },
  {
    name: 'count',
    percent: 11.7,
    query: 'query ($from: ID!, $type: String!) { associations(from: $from, type: $type) { totalCount } }',
    variables: ofList,
    isEmpty: ({ associations }: Page) => associations.totalCount === 0,
  },
  {
    name: 'time range',
    percent: 2.8,
    query: `query ($from: ID!, $type: String!, $since: DateTime!) {
      associations(from: $from, type: $type, since: $since, first: 20) { edges { time node { id } } } }`,
    variables: (drawn) => ({ ...ofList(drawn), since: new Date(Date.now() - 3_600_000).toISOString() }),
    isEmpty: ({ associations }: Page) => associations.edges.length === 0,
  },
  {
    name: 'write',
    percent: 0.2,
    query: 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { commit { index } } }',
    variables: ({ from }) => ({ input: { id: from, bio: uuidv7(), idempotencyKey: uuidv7() } }),
    isEmpty: null,
  },
];

export async function run(): Promise<readonly BenchRow[]> {
  const cluster = await startCluster();
  const posts = new KeepAlivePost();
  try {
    const ids = await writeGraph(cluster);
    const asked = new AskedSoFar();
    const pids = new Map(cluster.nodes.map((node) => [node.options.id, node.pid ?? 0]));
    const draw = drawer(ids);
    const turn = (): Promise<LoadFigures> =>
      load(pids, async (client) => {
        const { kind, drawn } = draw();
        const body = JSON.stringify({ query: kind.query, variables: kind.variables(drawn) });
        const url = `${cluster.urls[client % cluster.urls.length]}/graphql`;
        asked.add(kind, (await posts.send(url, body, requestTimeoutMs)) as Answer<never>);
      });
    await turn();
    const constant = await startConstantAnswer(cluster.folder, asked.meanAnswer());
    try {
      const turns: LoadFigures[] = [];
      const constants: LoadFigures[] = [];
      for (let round = 0; round < roundsOf(4); round += 1) {
        turns.push(await turn());
        constants.push(await loadConstant(constant, posts));
      }
      return rowsOf(turns, constants, asked);
    } finally {
      constant.stop();
    }
  } finally {
    posts.close();
    await cluster.stop();
  }
}

function load(pids: ReadonlyMap<string, number>, send: (client: number) => Promise<void>): Promise<LoadFigures> {
  return measureLoad({ inFlight, warmUpMs, measureMs: secondsOf(4) * 1_000, pids, send });
}

function loadConstant({ url, pid }: ConstantAnswer, posts: KeepAlivePost): Promise<LoadFigures> {
  const body = JSON.stringify({ query: kinds[0]?.query, variables: {} });
  return load(new Map([['constant', pid]]), async () => void (await posts.send(url, body, requestTimeoutMs)));
}

/** What was answered, since the start. */
class AskedSoFar {
  readonly #counts = new Map<string, number>();
  #answers = 0;
  #bytes = 0;
  #edgeReads = 0;
  #emptyReads = 0;
  #hits = 0;

  add({ name, isEmpty }: Kind, answer: Answer<never>): void {
    if (answer.data === null || answer.errors !== undefined) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#answers += 1;
    // Every hundredth stands for the others: measuring all of them would be the client's main work.
    if (this.#answers % 100 === 1) this.#bytes += 100 * JSON.stringify(answer).length;
    if (isEmpty !== null) this.#edgeReads += 1;
    if (isEmpty?.(answer.data) === true) this.#emptyReads += 1;
    if (answer.extensions?.instaface?.['leaderFetches'] === 0) this.#hits += 1;
  }

  meanAnswer(): string {
    const around = JSON.stringify({ data: '' }).length;
    return JSON.stringify({ data: 'x'.repeat(Math.max(0, Math.round(this.#bytes / this.#answers) - around)) });
  }

  /** Of the questions about edges. */
  get emptyShare(): number {
    return this.#emptyReads / this.#edgeReads;
  }

  /** Answered by the node that was asked alone. */
  get hitShare(): number {
    return this.#hits / this.#answers;
  }

  get shares(): string {
    return [...this.#counts]
      .map(([name, count]) => `${name} ${((100 * count) / this.#answers).toFixed(1)} %`)
      .join(', ');
  }
}

function rowsOf(
  turns: readonly LoadFigures[],
  constants: readonly LoadFigures[],
  asked: AskedSoFar,
): readonly BenchRow[] {
  const nodeMicros = median(turns.map(serverMicros));
  const constantMicros = median(constants.map(serverMicros));
  const memory = [...(turns.at(-1)?.residentMb ?? [])].map(([name, megabytes]) => `${name} ${megabytes.toFixed(0)} MB`);
  const reported = { bound: null, ok: true } as const;
  return [
    {
      name: `requests, ${inFlight} in flight, three nodes`,
      measured: median(turns.map(({ perSecond }) => perSecond)),
      unit: '/s',
      ...reported,
      note: `a constant answer of one process ${median(constants.map(({ perSecond }) => perSecond)).toFixed(0)}/s; p99 ${median(turns.map(({ p99Ms }) => p99Ms)).toFixed(1)} ms; ${asked.shares}`,
    },
    {
      name: 'processor time of all nodes against a constant answer',
      measured: nodeMicros / constantMicros,
      unit: '×',
      ...reported,
      note: `${nodeMicros.toFixed(0)} µs against ${constantMicros.toFixed(0)} µs a request; resident: ${memory.join(', ')}`,
    },
    {
      name: 'questions about edges that found nothing',
      measured: asked.emptyShare,
      unit: 'of them',
      bound: 0.5,
      ok: asked.emptyShare > 0.5,
    },
    { name: 'requests answered without asking the leader', measured: asked.hitShare, unit: 'of them', ...reported },
  ];
}

/** Of all but the client. */
function serverMicros({ cpuMicros }: LoadFigures): number {
  return [...cpuMicros].reduce((sum, [name, micros]) => (name === 'client' ? sum : sum + micros), 0);
}

function drawer(ids: readonly string[]): () => { readonly kind: Kind; readonly drawn: Drawn } {
  const dice = diceOf(1);
  const ranks = new ZipfRanks(ids.length, exponent);
  const total = kinds.reduce((sum, { percent }) => sum + percent, 0);
  return () => {
    let left = dice() * total;
    const kind = kinds.find(({ percent }) => (left -= percent) < 0) ?? kinds[0];
    if (kind === undefined) throw new Error('a mix of nothing');
    const from = ids[ranks.draw(dice)] ?? '';
    const to = ids[Math.floor(dice() * ids.length)] ?? '';
    return { kind, drawn: { from, to, type: dice() < 2 / 3 ? 'likes' : 'friend' } };
  };
}

/** The ids of the people. Everybody has friends, few have ever liked anything. */
async function writeGraph(cluster: TestCluster): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let at = 0; at < people; at += operationsPerBatch) {
    const users = Array.from({ length: operationsPerBatch }, (_, nth) => ({
      createEntity: { type: 'User', properties: { handle: `tao.${at + nth}`, name: `Person number ${at + nth}` } },
    }));
    ids.push(...(await writeBatch(cluster, users)));
  }
  const [status = ''] = await writeBatch(cluster, [
    { createEntity: { type: 'Status', properties: { text: 'Hello' } } },
  ]);
  const edges = ids.flatMap((from, nth) => [
    ...Array.from({ length: friendsEach }, (_, place) => ({
      addAssociation: { from, type: 'friend', to: ids[(nth + (place + 1) ** 2) % people] ?? '' },
    })),
    ...(nth % likersOneIn === 0 ? [{ addAssociation: { from, type: 'likes', to: status } }] : []),
  ]);
  for (let at = 0; at < edges.length; at += operationsPerBatch)
    await writeBatch(cluster, edges.slice(at, at + operationsPerBatch));
  return ids;
}
