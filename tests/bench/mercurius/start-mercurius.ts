import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('server.ts', import.meta.url));

/** A process of the baseline. */
export interface Mercurius {
  /** As a node's: what tests ask of a node about users, statuses, friendships and likes can be asked of it. */
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

/** `databaseUrl`: of a schema that is there; its tables are made. */
export async function startMercurius(databaseUrl: string): Promise<Mercurius> {
  const child = fork(program, [databaseUrl], {
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const started = once(child, 'message') as Promise<[number]>;
  const ended = once(child, 'exit').then(() => {
    throw new Error('the baseline ended before it listened');
  });
  const [port] = await Promise.race([started, ended]);
  // Its end is awaited no longer.
  ended.catch(() => undefined);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => void child.kill() };
}
