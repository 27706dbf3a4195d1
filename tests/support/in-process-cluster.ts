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
}

/** Three real nodes in this process: real logs in a temporary folder, real links over loopback, one database that the leader opens. */
export class InProcessCluster {
  readonly folder: string;
  readonly #options: ClusterOptions;
  readonly #ports: readonly number[];
  readonly #nodes = new Map<string, BuiltNode>();
  /** What ended a node; a healthy test sees none. */
  readonly ends: Error[] = [];
  readonly messages: string[] = [];

  private constructor(folder: string, ports: readonly number[], options: ClusterOptions) {
    this.folder = folder;
    this.#ports = ports;
    this.#options = options;
  }

  static async start(options: ClusterOptions = {}): Promise<InProcessCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'instaface-cluster-'));
    const cluster = new InProcessCluster(folder, await freePorts(6), options);
    await Promise.all(cluster.ids.map((id) => cluster.startNode(id)));
    await cluster.leader();
    return cluster;
  }

  readonly ids: readonly string[] = ['n1', 'n2', 'n3'];

  async startNode(id: string): Promise<InstafaceNode> {
    const { wrapStore } = this.#options;
    const node = await buildNode(this.#config(id), {
      declarations,
      log: this.#log(id),
      metrics: null,
      version: 'test',
      ended: (reason) => this.ends.push(reason),
      signal: AbortSignal.timeout(20_000),
      ...(wrapStore === undefined ? {} : { wrapStore: (store) => wrapStore(store, id) }),
    });
    this.#nodes.set(id, node);
    return node.service;
  }

  async stopNode(id: string): Promise<void> {
    const node = this.#nodes.get(id);
    this.#nodes.delete(id);
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
  leader(among: () => readonly InstafaceNode[] = () => this.running): Promise<InstafaceNode> {
    return waitFor(
      'a leader',
      () => among().find((node) => node.standing().role === 'LEADER' && node.health().ready) ?? null,
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
    await Promise.all(this.ids.map((id) => this.stopNode(id)));
    await rm(this.folder, { recursive: true, force: true });
  }

  #config(id: string): Config {
    const place = this.ids.indexOf(id);
    const peers = this.ids.map((peer, at) => `${peer}=127.0.0.1:${this.#ports[at] ?? 0}`).join(',');
    const config = readConfig({
      flags: {
        id,
        port: String(this.#ports[place + 3]),
        peerHost: '127.0.0.1',
        peerPort: String(this.#ports[place]),
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
