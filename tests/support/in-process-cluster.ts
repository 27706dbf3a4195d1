import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNode } from '#server/build-node.ts';
import type { BuiltNode } from '#server/build-node.ts';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { NodeLog } from '#server/cluster/node-log.ts';
import type { Config } from '#server/config/config.ts';
import { readConfig } from '#server/config/read-config.ts';
import { readDeclarations } from '#server/gateway/read-declarations.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import { freePorts } from './free-ports.ts';
import { waitFor } from './wait.ts';

const schemaFolder = fileURLToPath(new URL('../../schema', import.meta.url));
const { declarations } = readDeclarations(schemaFolder);

export interface ClusterOptions {
  readonly databaseUrl?: string;
  readonly limits?: Partial<Config['limits']>;
  readonly timings?: Partial<Config['timings']>;
  readonly wrapStore?: (store: GraphStore, node: string) => GraphStore;
  /** Whether the database answers a node; else as its kind has it, and SQLite has nothing to ask. */
  readonly probeDatabase?: (node: string) => Promise<void>;
}

/** Three real nodes in this process: real logs in a temporary folder, real links over loopback, one database that the leader opens. */
export class InProcessCluster {
  readonly folder: string;
  readonly #options: ClusterOptions;
  /** Where each node is, and was before if it does not run now. */
  readonly #places = new Map<string, { readonly peerPort: number; readonly port: number }>();
  /** Why each node that is being started takes no part yet. */
  readonly #waiting = new Map<string, () => string | null>();
  readonly #starting = new Map<string, AbortController>();
  readonly #nodes = new Map<string, BuiltNode>();
  /** What ended a node; a healthy test sees none. */
  readonly ends: Error[] = [];
  readonly messages: string[] = [];

  private constructor(folder: string, ports: readonly number[], options: ClusterOptions) {
    this.folder = folder;
    this.#options = options;
    this.ids.forEach((id, place) => {
      this.#places.set(id, { peerPort: ports[place] ?? 0, port: ports[place + this.ids.length] ?? 0 });
    });
  }

  static async start(options: ClusterOptions = {}): Promise<InProcessCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'instaface-cluster-'));
    const cluster = new InProcessCluster(folder, await freePorts(6), options);
    await Promise.all(cluster.ids.map((id) => cluster.startNode(id)));
    await cluster.leader();
    return cluster;
  }

  readonly ids: readonly string[] = ['n1', 'n2', 'n3'];

  /** Addresses for a node that is none of the founding members: `startNode` starts it, and it waits until it has been added. */
  async place(id: string): Promise<{ readonly peer: string; readonly publicUrl: string }> {
    const [peerPort = 0, port = 0] = await freePorts(2);
    this.#places.set(id, { peerPort, port });
    return this.placeOf(id);
  }

  placeOf(id: string): { readonly peer: string; readonly publicUrl: string } {
    const { peerPort, port } = this.#places.get(id) ?? { peerPort: 0, port: 0 };
    return { peer: `127.0.0.1:${peerPort}`, publicUrl: `http://127.0.0.1:${port}` };
  }

  /** Null: it takes part, or has not said anything yet. */
  waitsFor(id: string): string | null {
    return this.#waiting.get(id)?.() ?? null;
  }

  async wipeNode(id: string): Promise<void> {
    await this.stopNode(id);
    await rm(join(this.folder, id), { recursive: true, force: true });
  }

  /** `peers`: whom it is told of beside itself. */
  async startNode(id: string, peers: readonly string[] = this.ids): Promise<InstafaceNode> {
    const { probeDatabase, wrapStore } = this.#options;
    const starting = new AbortController();
    this.#starting.set(id, starting);
    const node = await buildNode(this.#config(id, peers), {
      declarations,
      log: this.#log(id),
      metrics: null,
      version: 'test',
      ended: (reason) => this.ends.push(reason),
      signal: AbortSignal.any([starting.signal, AbortSignal.timeout(60_000)]),
      onWaiting: (waitsFor) => this.#waiting.set(id, waitsFor),
      ...(probeDatabase === undefined ? {} : { probeDatabase: () => probeDatabase(id) }),
      ...(wrapStore === undefined ? {} : { wrapStore: (store) => wrapStore(store, id) }),
    });
    this.#nodes.set(id, node);
    return node.service;
  }

  async stopNode(id: string): Promise<void> {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
    this.#starting.get(id)?.abort(new Error(`${id} is stopped`));
    await node?.close();
  }

  node(id: string): InstafaceNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`${id} does not run`);
    return node.service;
  }

  get running(): readonly InstafaceNode[] {
    return [...this.#nodes.values()].map(({ service }) => service);
  }

  /** A node that leads and is ready, among those given. */
  leader(among: () => readonly InstafaceNode[] = () => this.running, boundMs?: number): Promise<InstafaceNode> {
    return waitFor(
      'a leader',
      () => among().find((node) => node.standing().role === 'LEADER' && node.health().ready) ?? null,
      boundMs,
    );
  }

  async followers(): Promise<readonly InstafaceNode[]> {
    const leader = await this.leader();
    const followers = this.running.filter((node) => node !== leader);
    await Promise.all(
      followers.map((node) => waitFor(`${node.nodeId} to be ready`, () => node.health().leader === leader.nodeId)),
    );
    return followers;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#places.keys()].map((id) => this.stopNode(id)));
    await rm(this.folder, { recursive: true, force: true });
  }

  #config(id: string, others: readonly string[]): Config {
    const portsOf = (node: string) => this.#places.get(node) ?? { peerPort: 0, port: 0 };
    const peers = [...new Set([...others, id])].map((peer) => `${peer}=127.0.0.1:${portsOf(peer).peerPort}`).join(',');
    const config = readConfig({
      flags: {
        id,
        port: String(portsOf(id).port),
        peerHost: '127.0.0.1',
        peerPort: String(portsOf(id).peerPort),
        peers,
        data: join(this.folder, id),
        database: this.#options.databaseUrl ?? `sqlite:${join(this.folder, 'graph.db')}`,
      },
      env: {},
    });
    const { limits, timings } = this.#options;
    return { ...config, limits: { ...config.limits, ...limits }, timings: { ...config.timings, ...timings } };
  }

  #log(id: string): NodeLog {
    const say = (level: string) => (fields: object, message: string) => {
      const text = `${Math.round(performance.now())} ${id} ${level} ${message} ${JSON.stringify(fields)}`;
      this.messages.push(text);
      if (process.env['CLUSTER_LOG'] !== undefined) console.error(text);
    };
    return { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
  }
}
