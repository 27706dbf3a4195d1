import { readFileSync } from 'node:fs';
import { seedsThatFailed } from '../kept-seeds.ts';

/** One a line, with a word on what it found. */
const file = new URL('./seeds.txt', import.meta.url);

/** Seeds of whole nodes that failed once are run for ever. */
export function keptClusterSeeds(): readonly number[] {
  return seedsThatFailed(readFileSync(file, 'utf8'));
}
