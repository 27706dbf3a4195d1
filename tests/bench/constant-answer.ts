import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('constant-server.ts', import.meta.url));
let started = 0;

/** A process of node:http that answers every request with the same bytes. */
export interface ConstantAnswer {
  readonly url: string;
  readonly pid: number;
  stop(): void;
}

/** `folder`: where it finds what to answer. */
export async function startConstantAnswer(folder: string, answer: string): Promise<ConstantAnswer> {
  const file = join(folder, `constant-${(started += 1)}.json`);
  writeFileSync(file, answer);
  const child = fork(program, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return { url: `http://127.0.0.1:${port}/`, pid: child.pid ?? 0, stop: () => void child.kill() };
}
