import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import type { NodeProcessOptions } from './node-process.ts';

export interface UpOptions {
  readonly nodes: number;
  readonly port: number;
  readonly peerPort: number;
  readonly dataFolder: string;
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
}

export const nodesMax = 9;
/** Names go up to n99. */
const placesMax = 99;

/** What a person did wrong, said so that it can be mended; no stack is shown. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The nodes of a cluster on this machine: n1 on the port, n2 on the next. Makes the data folder and its secret. */
export function planCluster(
  options: UpOptions,
  env: Readonly<Record<string, string>> = {},
): readonly NodeProcessOptions[] {
  const places = Array.from({ length: options.nodes }, (_, place) => ({
    id: `n${place + 1}`,
    port: options.port + place,
    peerPort: options.peerPort + place,
  }));
  const dataFolder = resolve(options.dataFolder);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const secret = readOrMakeSecret(join(dataFolder, 'secret'));
  const databaseUrl = options.databaseUrl ?? `sqlite:${join(dataFolder, 'graph.db')}`;
  writePlace(dataFolder, { port: options.port, peerPort: options.peerPort, databaseUrl });
  return places.map((place) => ({
    ...place,
    peers: places.map(({ id, peerPort }) => `${id}=127.0.0.1:${peerPort}`).join(','),
    publicUrls: places.map(({ id, port }) => `${id}=http://127.0.0.1:${port}`).join(','),
    dataFolder,
    databaseUrl,
    redisUrl: options.redisUrl,
    secret,
    env,
  }));
}

/** Where a cluster of `up` is, noted in its data folder for those who come later. */
interface ClusterPlace {
  /** Of n1. */
  readonly port: number;
  readonly peerPort: number;
  /** May hold a password. */
  readonly databaseUrl: string;
}

export interface NewNodeOptions {
  readonly id: string;
  readonly dataFolder: string;
}

/** Where a further node of a cluster on this machine goes: as `up` would have it, by the number in its name. */
export function planNewNode(options: NewNodeOptions): {
  readonly peerUrl: string;
  readonly publicUrl: string;
  /** What starts its process. */
  readonly command: string;
} {
  const { id } = options;
  const place = placeOf(id);
  const dataFolder = resolve(options.dataFolder);
  const cluster = readPlace(dataFolder);
  if (cluster === null)
    throw new UsageError(
      `${dataFolder} is no data folder of a cluster on this machine: name it with --data, or give --peer-url and --public-url.`,
    );
  const { port, peerPort, databaseUrl } = cluster;
  const peerUrl = `127.0.0.1:${peerPort + place}`;
  const publicUrl = `http://127.0.0.1:${port + place}`;
  const flags = {
    id,
    port: port + place,
    'peer-port': peerPort + place,
    // One is enough: it says where the others are.
    peers: `n1=127.0.0.1:${peerPort}`,
    'public-url': publicUrl,
    data: join(dataFolder, id),
    database: databaseUrl,
  };
  const words = Object.entries(flags).map(([name, value]) => `--${name} ${quoted(String(value))}`);
  const secret = `INSTAFACE_CLUSTER_SECRET_FILE=${quoted(join(dataFolder, 'secret'))}`;
  return { peerUrl, publicUrl, command: `${secret} npm run instaface -- node ${words.join(' ')}` };
}

/** How many ports after those of n1 its own are. */
export function placeOf(id: string): number {
  const number = Number(/^n([1-9]\d?)$/.exec(id)?.[1] ?? 0);
  if (number < 2)
    throw new UsageError(
      `${id} does not say its place, as n4 would: give --peer-url HOST:PORT and --public-url http://HOST:PORT.`,
    );
  return number - 1;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:=,@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const placeFile = 'cluster.json';

function writePlace(dataFolder: string, place: ClusterPlace): void {
  writeFileSync(join(dataFolder, placeFile), `${JSON.stringify(place)}\n`, { mode: 0o600 });
}

/** Null: no cluster of `up` has its data here. */
function readPlace(dataFolder: string): ClusterPlace | null {
  const file = join(dataFolder, placeFile);
  if (!existsSync(file)) return null;
  const place = JSON.parse(readFileSync(file, 'utf8')) as Partial<ClusterPlace>;
  const { port, peerPort, databaseUrl } = place;
  if (typeof port !== 'number' || typeof peerPort !== 'number' || typeof databaseUrl !== 'string')
    throw new UsageError(`${file} does not say where the cluster is: start it once more, or give the addresses.`);
  return { port, peerPort, databaseUrl };
}

/** That of the cluster of `up` in this folder; null: there is none. */
export function databaseOf(dataFolder: string): string | null {
  return readPlace(resolve(dataFolder))?.databaseUrl ?? null;
}

/** One of these addresses is of the cluster of `up` in this folder. */
export function isClusterAt(dataFolder: string, urls: readonly string[]): boolean {
  const first = readPlace(resolve(dataFolder))?.port;
  return urls.some((url) => {
    const { hostname, port } = new URL(url);
    const place = Number(port) - (first ?? Infinity);
    return ['127.0.0.1', 'localhost'].includes(hostname) && place >= 0 && place < placesMax;
  });
}

function readOrMakeSecret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Rejects with the first port that is taken and what to do about it. */
export async function refuseTakenPorts(plan: readonly NodeProcessOptions[]): Promise<void> {
  for (const { id, port, peerPort } of plan) {
    for (const [what, flag, number] of [
      ['clients', '--port', port],
      ['its peers', '--peer-port', peerPort],
    ] as const) {
      if (!(await isFree(number))) {
        throw new UsageError(
          `Port ${number}, which node ${id} needs for ${what}, is taken on 127.0.0.1. Stop what uses it, or give another with ${flag}. Nothing was started.`,
        );
      }
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((answer) => {
    server.once('error', () => answer(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => answer(true)));
  });
}
