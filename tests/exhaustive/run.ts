/**
 * `npm run exhaustive` explores ten million states; `-- --states N`, `--depth N`, `--terms N`, `--entries N`, `--crashes N`,
 * `--duplicates N`, `--losses N`, `--leader-ticks N` set bounds, `--scene NAME` where it begins, `--any-network` lets every message
 * arrive any number of times, `--plain` switches pre-vote and check-quorum off, `--mutant NAME` plants one of the simulator's bugs, `--again N` walks so many paths again. Ends with code 1
 * when a property broke.
 */
import { parseArgs } from 'node:util';
import { mutantNamed } from '#tests/simulation/all-mutants.ts';
import { defaultBounds } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { exploreInThread } from './explore-in-thread.ts';

const number = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    states: number,
    depth: number,
    terms: number,
    entries: number,
    crashes: number,
    duplicates: number,
    losses: number,
    'leader-ticks': number,
    scene: { type: 'string', default: defaultBounds.scene },
    plain: { type: 'boolean', default: false },
    'any-network': { type: 'boolean', default: false },
    mutant: { type: 'string' },
    again: number,
  },
});

const bounds: Bounds = {
  states: countOf('states', defaultBounds.states),
  depth: countOf('depth', defaultBounds.depth),
  terms: countOf('terms', defaultBounds.terms),
  entries: countOf('entries', defaultBounds.entries),
  crashes: countOf('crashes', defaultBounds.crashes),
  duplicates: countOf('duplicates', defaultBounds.duplicates),
  losses: countOf('losses', defaultBounds.losses),
  leaderTicks: countOf('leader-ticks', defaultBounds.leaderTicks),
  scene: values.scene,
  plain: values.plain,
  anyNetwork: values['any-network'],
};

const order = {
  bounds,
  mutant: values.mutant === undefined ? null : mutantNamed(values.mutant),
  again: countOf('again', 1000),
};
const write = (line: string): void => void process.stdout.write(`${line}\n`);
write(`bounds: ${JSON.stringify(bounds)}${values.mutant === undefined ? '' : `, planted: ${values.mutant}`}`);
const { exploration, cpuMs, memoryBytes } = await exploreInThread(order, write);
const { states, transitions, depth, levels, isComplete, nodeStates, calls, messages, walkedAgain, violation } =
  exploration;
const seconds = cpuMs / 1000;
write(
  `states ${states}, transitions ${transitions}, every state within ${depth} actions${isComplete ? ', and no other' : ''}`,
);
write(`levels ${levels.join(' ')}`);
write(`of single nodes ${nodeStates} states, ${calls} calls of the core; ${messages} different messages`);
write(`${walkedAgain} paths walked again by new cores ended in the same states`);
const perSecond = Math.round(states / seconds);
write(`${seconds.toFixed(1)} s of one core (${perSecond} states/s), ${Math.round(memoryBytes / 2 ** 20)} MiB`);
if (violation === null) {
  write('no property broke');
} else {
  write(`BROKEN: ${violation.what}\nthe shortest path to it:`);
  for (const line of violation.path) write(line);
  process.exitCode = 1;
}

function countOf(
  name: Exclude<keyof typeof values, 'scene' | 'plain' | 'any-network' | 'mutant'>,
  standard: number,
): number {
  const text = values[name];
  if (text === undefined) return standard;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`--${name} is a whole number, not '${text}'`);
  return count;
}
