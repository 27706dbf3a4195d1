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
  return places.map((place) => ({
    ...place,
    peers: places.map(({ id, peerPort }) => `${id}=127.0.0.1:${peerPort}`).join(','),
    publicUrls: places.map(({ id, port }) => `${id}=http://127.0.0.1:${port}`).join(','),
    dataFolder,
    databaseUrl: options.databaseUrl ?? `sqlite:${join(dataFolder, 'graph.db')}`,
    redisUrl: options.redisUrl,
    secret,
    env,
  }));
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
