import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GraphClient } from '#bot/graph-client.ts';
import { decodeCursor } from '#server/graph/cursor.ts';
import { decodeGlobalId } from '#server/graph/global-id.ts';
import { askForData, type TestCluster } from '#tests/support/cluster-process.ts';
import { coolDown, startForgetfulCluster } from '#tests/support/cold-cluster.ts';
import { KeepAlivePost } from '#tests/support/keep-alive-post.ts';
import { entriesNeeded, friendAt, longListLength, shortListOwners, writeLongList } from '#tests/support/long-list.ts';
import { withPreload } from '#tests/support/preload.ts';
import { createUser } from '#tests/support/recording-client.ts';
import { mysqlStatementLog, sqliteStatementLog, type StatementLog } from '#tests/support/statement-log.ts';
import { median, quantile } from '#tests/support/statistics.ts';
import { startConstantAnswer } from './constant-answer.ts';
import { onEachDatabase } from './on-each-database.ts';
import { roundsOf } from './parameters.ts';
import type { BenchRow } from './row.ts';

const requestTimeoutMs = 30_000;
const countMsMax = 1;
const countsPerTurn = 1_000;
const pageLength = 20;
const lastPage = longListLength / pageLength;
const pageRatioMax = 2;
const walkLength = 1_000;
const statementWatch = fileURLToPath(new URL('../support/sqlite-statements.ts', import.meta.url));

const countQuery = 'query ($id: ID!) { user(id: $id) { friends { totalCount } } }';
const pageQuery = `query ($id: ID!, $after: String) {
  user(id: $id) { friends(first: ${pageLength}, after: $after) { edges { cursor node { name } } } } }`;
const walkQuery = `query ($id: ID!, $after: String) {
  user(id: $id) { friends(first: ${walkLength}, after: $after) { edges { cursor } pageInfo { endCursor hasNextPage } } } }`;

interface PageAnswer {
  readonly data: { readonly user: { readonly friends: { readonly edges: readonly { readonly cursor: string }[] } } };
  readonly extensions: { readonly instaface: { readonly databaseFetches: number } };
}

/** A person with a million friends: how many, the last page, and all pages, of one node. */
export function run(): Promise<readonly BenchRow[]> {
  return withPreload(statementWatch, () => onEachDatabase(measure));
}

async function measure(database: string, databaseUrl: string | null): Promise<readonly BenchRow[]> {
  const cluster = await startForgetfulCluster({
    nodes: 1,
    ...(databaseUrl === null ? {} : { databaseUrl }),
    place: ({ folder }) => ({ env: { INSTAFACE_TEST_STATEMENTS: join(folder, 'statements') } }),
  });
  const posts = new KeepAlivePost();
  try {
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('a cluster of no nodes');
    const person = await createUser(cluster.urls, { handle: 'well.known', name: 'Well known' });
    await fillLog(cluster, person);
    const { id } = decodeGlobalId(person);
    await coolDown(cluster, () => writeLongList(databaseUrl ?? `sqlite:${join(cluster.folder, 'graph.db')}`, id));
    const log =
      databaseUrl === null ? sqliteStatementLog(join(node.folder, 'statements')) : await mysqlStatementLog(databaseUrl);
    const bench = new LongList(cluster, posts, person);
    const rows = [
      await bench.count(),
      ...(await bench.whileFriendsAreAdded(async () => [await bench.pages(), await bench.walk()])),
      await countingStatements(log),
    ];
    return rows.map((row) => ({ ...row, name: `${row.name}, ${database}` }));
  } finally {
    posts.close();
    await cluster.stop();
  }
}

/** With as many entries as the ids of the million presuppose. */
async function fillLog({ urls }: TestCluster, person: string): Promise<void> {
  const client = new GraphClient({ urls, requestTimeoutMs, patienceMs: requestTimeoutMs });
  const rename = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { commit { index } } }';
  for (let entry = 0; entry < entriesNeeded; entry += 1)
    await client.request(rename, { input: { id: person, name: `Known ${entry}` } });
}

class LongList {
  readonly #cluster: TestCluster;
  readonly #posts: KeepAlivePost;
  readonly #person: string;
  readonly #url: string;

  constructor(cluster: TestCluster, posts: KeepAlivePost, person: string) {
    this.#cluster = cluster;
    this.#posts = posts;
    this.#person = person;
    this.#url = `${cluster.urls[0]}/graphql`;
  }

  /** Of a node that has been asked before, beside a constant answer of the same size, one request at a time, in turns. */
  async count(): Promise<BenchRow> {
    const body = JSON.stringify({ query: countQuery, variables: { id: this.#person } });
    const answer = JSON.stringify(await this.#posts.send(this.#url, body, requestTimeoutMs));
    if (!answer.includes(`"totalCount":${longListLength}`)) throw new Error(`not a million friends: ${answer}`);
    const constant = await startConstantAnswer(this.#cluster.folder, answer);
    try {
      const times = async (url: string): Promise<readonly number[]> => {
        const timesMs: number[] = [];
        for (let nth = 0; nth < countsPerTurn; nth += 1) timesMs.push(await this.#timed(url, body));
        return timesMs;
      };
      // The first turns warm both up.
      await times(this.#url);
      await times(constant.url);
      const ofNode: number[] = [];
      const ofConstant: number[] = [];
      for (let turn = 0; turn < roundsOf(20); turn += 1) {
        ofNode.push(...(await times(this.#url)));
        ofConstant.push(...(await times(constant.url)));
      }
      const p99 = quantile(ofNode, 0.99);
      return {
        name: `totalCount of ${longListLength.toLocaleString('en')}, p99`,
        measured: p99,
        unit: 'ms',
        bound: countMsMax,
        ok: p99 <= countMsMax,
        note: `median ${median(ofNode).toFixed(2)} ms of ${ofNode.length}; a constant answer p99 ${quantile(ofConstant, 0.99).toFixed(2)} ms, median ${median(ofConstant).toFixed(2)} ms`,
      };
    } finally {
      constant.stop();
    }
  }

  /** The last pages of the long list and the first ones of lists that nobody has asked for, in turns, each once. */
  async pages(): Promise<BenchRow> {
    const owners = shortListOwners();
    // They themselves are known, as the person is.
    const known = 'query ($id: ID!) { user(id: $id) { name } }';
    for (const owner of owners) await askForData(this.#cluster.urls[0] ?? '', known, { id: owner });
    const firstMs: number[] = [];
    const lastMs: number[] = [];
    for (const [turn, owner] of owners.entries()) {
      const page = lastPage - owners.length + 1 + turn;
      const { cursor } = friendAt((page - 1) * pageLength - 1);
      firstMs.push(await this.#coldPage({ id: owner, after: null }));
      lastMs.push(await this.#coldPage({ id: this.#person, after: cursor }));
    }
    const ratio = median(lastMs) / median(firstMs);
    return {
      name: `page ${lastPage.toLocaleString('en')} while friends are added, against a cold page 1`,
      measured: ratio,
      unit: '×',
      bound: pageRatioMax,
      ok: ratio <= pageRatioMax,
      note: `medians of ${owners.length}: ${median(lastMs).toFixed(2)} ms (p99 ${quantile(lastMs, 0.99).toFixed(1)}) against ${median(firstMs).toFixed(2)} ms (p99 ${quantile(firstMs, 0.99).toFixed(1)})`,
    };
  }

  async walk(): Promise<BenchRow> {
    const startedMs = performance.now();
    const seen: number[] = [];
    let after: string | null = null;
    do {
      const data: {
        readonly user: {
          readonly friends: {
            readonly edges: readonly { readonly cursor: string }[];
            readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
          };
        };
      } = await askForData(this.#cluster.urls[0] ?? '', walkQuery, { id: this.#person, after });
      const { edges, pageInfo } = data.user.friends;
      for (const { cursor } of edges) seen.push(decodeCursor(cursor).to);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    const distinct = new Set(seen);
    let missing = 0;
    for (let place = 0; place < longListLength; place += 1) if (!distinct.has(friendAt(place).id)) missing += 1;
    const doubled = seen.length - distinct.size;
    return {
      name: `friends left out or shown twice by a walk over all pages while friends are added`,
      measured: missing + doubled,
      unit: 'friends',
      bound: 0,
      ok: missing + doubled === 0,
      note: `${seen.length} seen, pages of ${walkLength}, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`,
    };
  }

  /** One after the other without a pause, in turn at the list's beginning and at a place within it. */
  async whileFriendsAreAdded(act: () => Promise<readonly BenchRow[]>): Promise<readonly BenchRow[]> {
    const client = new GraphClient({ urls: this.#cluster.urls, requestTimeoutMs, patienceMs: requestTimeoutMs });
    const mutation = 'mutation ($input: BatchInput!) { batch(input: $input) { commit { index } } }';
    const stop = new AbortController();
    let added = 0;
    const adding = (async () => {
      for (; !stop.signal.aborted; added += 1) {
        const user = { type: 'User', properties: { handle: `new.${added}`, name: 'A new friend' } };
        const { time } = decodeCursor(friendAt((added * 7_919) % longListLength).cursor);
        const edge = {
          from: this.#person,
          type: 'friend',
          to: '#0',
          ...(added % 2 === 0 ? {} : { time: new Date(time) }),
        };
        await client.request(mutation, { input: { operations: [{ createEntity: user }, { addAssociation: edge }] } });
      }
    })();
    try {
      const rows = await act();
      return rows.map((row) => ({ ...row, note: `${row.note ?? ''}; ${added} friends added by then` }));
    } finally {
      stop.abort();
      await adding;
    }
  }

  /** Milliseconds. */
  async #coldPage(variables: { readonly id: string; readonly after: string | null }): Promise<number> {
    const fromMs = performance.now();
    const body = JSON.stringify({ query: pageQuery, variables });
    const answer = (await this.#posts.send(this.#url, body, requestTimeoutMs)) as PageAnswer;
    const ms = performance.now() - fromMs;
    const { edges } = answer.data.user.friends;
    if (edges.length !== pageLength || answer.extensions.instaface.databaseFetches === 0)
      throw new Error(`no cold page of ${pageLength}: ${JSON.stringify(answer)}`);
    return ms;
  }

  /** Milliseconds. */
  async #timed(url: string, body: string): Promise<number> {
    const fromMs = performance.now();
    await this.#posts.send(url, body, requestTimeoutMs);
    return performance.now() - fromMs;
  }
}

async function countingStatements(log: StatementLog): Promise<BenchRow> {
  const texts = await log.texts();
  const counting = texts.filter((text) => /\bcount\s*\(/i.test(text));
  return {
    name: 'statements with count( in the log of the database',
    measured: counting.length,
    unit: 'statements',
    bound: 0,
    ok: texts.length > 0 && counting.length === 0,
    note: `${texts.length} different texts; ${counting.slice(0, 2).join(' | ')}`,
  };
}
