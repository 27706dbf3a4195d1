import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess, type NodeProcessOptions } from '#server/command-line/node-process.ts';
import { freePorts } from './free-ports.ts';
import { waitFor } from './wait.ts';

export interface StartClusterOptions {
  readonly nodes?: number;
  /** Default: SQLite in the cluster's folder. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A data folder, written by a cluster of this kind earlier, to go on from; it is copied. */
  readonly data?: string;
  /** Where each node runs, if not simply on loopback; called once a node, before any is started. */
  readonly place?: (node: NodePlace) => PlacedNode;
  /** Takes back what `place` made, when the nodes have ended and before their folder is removed. */
  readonly unplace?: () => void;
  readonly onExit?: (id: string, exit: NodeExit) => void;
}

export interface NodePlace {
  readonly id: string;
  /** From 1. */
  readonly nth: number;
  /** The node's own folder, which need not be there yet. */
  readonly folder: string;
}

export type PlacedNode = Pick<NodeProcessOptions, 'host' | 'under' | 'env'>;
export type NodeExit = Parameters<NonNullable<NodeProcessOptions['onExit']>>[0];

const readyBoundMs = 60_000;
const stopPatienceMs = 10_000;

export interface Answer<Data> {
  readonly data: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: { readonly instaface?: Readonly<Record<string, unknown>> };
}

/** A real cluster: a process per node, on free ports of loopback, in a temporary folder that goes with it. */
export class TestCluster {
  readonly folder: string;
  readonly nodes: readonly NodeProcess[];

  readonly #unplace: () => void;

  constructor(folder: string, nodes: readonly NodeProcess[], unplace: () => void = () => {}) {
    this.folder = folder;
    this.nodes = nodes;
    this.#unplace = unplace;
  }

  get urls(): readonly string[] {
    return this.nodes.map((node) => node.url);
  }

  node(id: string): NodeProcess {
    const found = this.nodes.find((node) => node.options.id === id);
    if (!found) throw new Error(`no node ${id}`);
    return found;
  }

  start(): void {
    for (const node of this.nodes) if (!node.running) node.start();
  }

  async waitUntilReady(boundMs = readyBoundMs): Promise<void> {
    for (const node of this.nodes) {
      const isReady = async (): Promise<boolean> => (await node.health(1_000))?.ready === true;
      await waitFor(`${node.options.id} to be ready`, isReady, boundMs).catch((error: unknown) => {
        throw new Error(`${String(error)}; its log ends with: ${node.lastLines(3)}`, { cause: error });
      });
    }
  }

  /** One that says of itself that it leads, and is ready to. */
  async leader(boundMs = 10_000): Promise<NodeProcess> {
    return waitFor(
      'a leader',
      async () => {
        const healths = await Promise.all(this.nodes.map(async (node) => ({ node, health: await node.health(500) })));
        const leaders = healths.filter(({ health }) => health?.['role'] === 'LEADER' && health.ready);
        leaders.sort((a, b) => Number(b.health?.['term']) - Number(a.health?.['term']));
        return leaders[0]?.node ?? null;
      },
      boundMs,
    );
  }

  async followers(): Promise<readonly NodeProcess[]> {
    const leader = await this.leader();
    return this.nodes.filter((node) => node !== leader && node.running);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.nodes.map(async (node) => {
        node.signal('SIGCONT');
        await node.stop(stopPatienceMs);
      }),
    );
    this.#unplace();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts a cluster and waits until every node is ready. */
export async function startCluster(options: StartClusterOptions = {}): Promise<TestCluster> {
  const count = options.nodes ?? 3;
  const folder = mkdtempSync(join(tmpdir(), 'instaface-'));
  if (options.data !== undefined) cpSync(options.data, folder, { recursive: true });
  const ports = await freePorts(count * 2);
  const places = Array.from({ length: count }, (_, place) => ({
    id: `n${place + 1}`,
    port: ports[place] ?? 0,
    peerPort: ports[count + place] ?? 0,
  }));
  const placed = new Map(
    places.map(({ id }, at) => [id, options.place?.({ id, nth: at + 1, folder: join(folder, id) }) ?? {}]),
  );
  const host = (id: string): string => placed.get(id)?.host ?? '127.0.0.1';
  const nodes = places.map(
    (place) =>
      new NodeProcess({
        ...place,
        ...placed.get(place.id),
        peers: places.map(({ id, peerPort }) => `${id}=${host(id)}:${peerPort}`).join(','),
        publicUrls: places.map(({ id, port }) => `${id}=http://${host(id)}:${port}`).join(','),
        dataFolder: folder,
        databaseUrl: options.databaseUrl ?? `sqlite:${join(folder, 'graph.db')}`,
        redisUrl: options.redisUrl ?? null,
        secret: 'a secret of this test alone, of some length',
        env: { ...options.env, ...placed.get(place.id)?.env },
        onExit: (exit) => options.onExit?.(place.id, exit),
      }),
  );
  const cluster = new TestCluster(folder, nodes, options.unplace);
  cluster.start();
  try {
    await cluster.waitUntilReady();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** One GraphQL request to one node, sent once. */
export async function ask<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  options: { readonly timeoutMs?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
  });
  return (await response.json()) as Answer<Data>;
}

/** The data of a request that must succeed. */
export async function askForData<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const { data, errors } = await ask<Data>(url, query, variables);
  if (data === null || errors) throw new Error(`${url}: ${JSON.stringify(errors)}`);
  return data;
}

const answeredMsMax = 60_000;

/** The same for a judge: an election that comes in between, as on a busy machine, is no finding, and is waited out within a bound. */
export function askUntilAnswered<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  return waitFor(`${url} to answer`, () => askForData<Data>(url, query, variables), answeredMsMax);
}
