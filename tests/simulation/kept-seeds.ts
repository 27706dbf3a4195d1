import { appendFileSync, readFileSync } from 'node:fs';
import type { WorldName } from './seed-thread.ts';

/** Seeds that failed once are run for ever: one a line, with a word on what they found. */
const files: Readonly<Record<WorldName, URL>> = {
  consensus: new URL('./seeds.txt', import.meta.url),
  cluster: new URL('./cluster/seeds.txt', import.meta.url),
};

export function keptSeeds(world: WorldName): readonly number[] {
  return readSeeds(readFileSync(files[world], 'utf8'));
}

export function readSeeds(text: string): readonly number[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map(Number);
}

/** Of one run; when more fail, the code is broken as a whole and a few of them will do. */
const keptMax = 10;

/** Adds those that are not kept yet; answers with how many. */
export function keepSeeds(
  world: WorldName,
  failures: readonly { readonly seed: number; readonly message: string }[],
): number {
  const known = new Set(keptSeeds(world));
  const fresh = failures.filter(({ seed }) => !known.has(seed)).slice(0, keptMax);
  for (const { seed, message } of fresh) appendFileSync(files[world], `${seed} # ${reasonOf(message)}\n`);
  return fresh.length;
}

const reasonCharactersMax = 140;

function reasonOf(message: string): string {
  return message.replaceAll(/\s+/g, ' ').slice(0, reasonCharactersMax);
}
