import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ownProgram = fileURLToPath(new URL('./instaface.ts', import.meta.url));
/**
 * A node's memory is its caches and its log; a small young generation, an old one that is collected before it doubles, and few arenas
 * keep it near that, for a little more collecting. One thread compiles and collects beside the one that serves: the usual four of each
 * node take the processors from the nodes next to it. Whoever needs more says so in NODE_OPTIONS, which comes last and wins.
 */
const engineOptions = '--max-semi-space-size=4 --max-old-space-size=448 --v8-pool-size=1';

export interface NodeProcessOptions {
  readonly id: string;
  readonly port: number;
  readonly peerPort: number;
  /** `n1=127.0.0.1:4100,n2=…`, this node included. */
  readonly peers: string;
  /** `n1=http://127.0.0.1:4000,…` */
  readonly publicUrls: string;
  /** The cluster's folder; the node's own is inside it. */
  readonly dataFolder: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly secret: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it listens; default 127.0.0.1. Another one must be told that its network is trusted. */
  readonly host?: string;
  /** A program that starts the node in another setting, such as `ip netns exec NAME`, and becomes it. */
  readonly under?: readonly string[];
  /** The `instaface.ts` of another version, or with other entity types; default: the one beside this file. */
  readonly program?: string;
  readonly onExit?: (exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) => void;
}

/** One node of a cluster on this machine, as a process. It ends when this process ends: it watches the channel between them. */
export class NodeProcess {
  readonly options: NodeProcessOptions;
  readonly url: string;
  readonly folder: string;
  #child: ChildProcess | null = null;

  constructor(options: NodeProcessOptions) {
    this.options = options;
    this.url = `http://${options.host ?? '127.0.0.1'}:${options.port}`;
    this.folder = join(options.dataFolder, options.id);
  }

  get running(): boolean {
    return this.#child !== null;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  start(): void {
    const { id, port, peerPort, peers, publicUrls, databaseUrl, redisUrl, secret, env, host, under, program } =
      this.options;
    mkdirSync(this.folder, { recursive: true });
    const log = openSync(join(this.folder, 'node.log'), 'a');
    const flags: Record<string, string> = {
      id,
      port: String(port),
      'peer-port': String(peerPort),
      peers,
      'public-urls': publicUrls,
      data: this.folder,
      ...(redisUrl ? { redis: redisUrl } : {}),
      ...(host ? { host, 'peer-host': host } : {}),
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const [command = '', ...commandLine] = [
      ...(under ?? []),
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      program ?? ownProgram,
      'node',
      ...args,
    ];
    // Secrets travel in the environment: arguments are seen by every user of the machine.
    const child = spawn(command, commandLine, {
      env: {
        // graphql-js checks less at run time of what types and tests have checked.
        NODE_ENV: 'production',
        MALLOC_ARENA_MAX: '2',
        ...process.env,
        NODE_OPTIONS: `${engineOptions} ${process.env['NODE_OPTIONS'] ?? ''}`,
        DATABASE_URL: databaseUrl,
        INSTAFACE_CLUSTER_SECRET: secret,
        ...env,
      },
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C reaches the supervisor, which stops its nodes in order.
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    child.on('error', () => undefined);
    child.on('exit', (code, signal) => {
      if (this.#child === child) this.#child = null;
      this.options.onExit?.({ code, signal });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** SIGTERM, and SIGKILL when the node is not gone after `patienceMs`. Resolves when it is gone. */
  async stop(patienceMs: number): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    await gone;
    clearTimeout(timer);
  }

  /** The end of its log, for an error message. */
  lastLines(count: number): string {
    try {
      return readFileSync(join(this.folder, 'node.log'), 'utf8').trimEnd().split('\n').slice(-count).join('\n');
    } catch {
      return '';
    }
  }

  /** The answer of `/health/ready`; null while nobody answers. */
  async health(timeoutMs: number): Promise<{ readonly ready: boolean; readonly [name: string]: unknown } | null> {
    try {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(timeoutMs) });
      const body: unknown = await response.json();
      return typeof body === 'object' && body !== null ? { ...body, ready: response.ok } : null;
    } catch {
      return null;
    }
  }
}
