/** What a million of each thing takes in the cache, all memory of the process counted, against what the cache believes it takes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GraphCache } from '#server/cache/graph-cache.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { socialDeclarations as declarations } from '#server/graph/testing/social-declarations.ts';
import type { BenchRow } from './row.ts';

const million = 1_000_000;
/** As in the real graph that is imported: 88,234 friendships between 4,039 people. */
const friendsPerPerson = 44;
const horizon = 0 as LogIndex;
const id = (number: number): EntityId => (2 ** 33 + number * 4096) as EntityId;

export async function run(): Promise<BenchRow[]> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('no garbage collector to call');
  const memory = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  return [
    ...rows('an edge, both ends', 64, memory, fillEdges),
    ...rows('an edge, both ends, written by the log', 64, memory, applyEdges),
    ...rows('a count', 40, memory, (cache) => {
      for (let number = 0; number < million; number++) {
        cache.fill({ kind: 'count', from: id(number), type: 'friend' }, { kind: 'count', count: number % 50 }, horizon);
      }
    }),
    ...rows('an absent edge', 32, memory, (cache) => {
      for (let number = 0; number < million; number++) {
        const key = { kind: 'association', from: id(number % 5_000), type: 'likes', to: id(number) } as const;
        cache.fill(key, { kind: 'association', association: null }, horizon);
      }
    }),
    ...rows('an absent entity', 32, memory, (cache) => {
      for (let number = 0; number < million; number++) {
        cache.fill({ kind: 'entity', id: id(number) }, { kind: 'entity', entity: null }, horizon);
      }
    }),
  ];
}

function rows(name: string, bound: number, memory: () => number, fill: (cache: GraphCache) => void): BenchRow[] {
  const cache = new GraphCache({ bytesMax: Number.MAX_SAFE_INTEGER, declarations, horizon });
  const before = memory();
  fill(cache);
  const measured = (memory() - before) / million;
  const believed = cache.stats().bytes / million;
  const note = `the cache believes ${believed.toFixed(1)}`;
  return [{ name, measured, unit: 'bytes', bound, ok: measured <= bound, note }];
}

/** The two ends of a million friendships are two million edges in lists. */
function fillEdges(cache: GraphCache): void {
  const people = (2 * million) / friendsPerPerson;
  for (let number = 0; number < people; number++) {
    const from = id(number);
    const edges = Array.from({ length: friendsPerPerson }, (_, place) => {
      const version = (2 ** 21 + place) as LogIndex;
      return { from, type: 'friend', to: id(number + place), time: 1.7e12 - place, properties: {}, version };
    });
    const key = { kind: 'list', from, type: 'friend', length: friendsPerPerson } as const;
    cache.fill(key, { kind: 'list', stretch: { edges, complete: true } }, horizon);
  }
}

/** Rolled forward edge by edge from empty lists, as an import does it; the tail is trimmed, since it is another memory. */
function applyEdges(cache: GraphCache): void {
  const people = Math.round((2 * million) / friendsPerPerson);
  for (let number = 0; number < people; number++) {
    const key = { kind: 'list', from: id(number), type: 'friend', length: 1 } as const;
    cache.fill(key, { kind: 'list', stretch: { edges: [], complete: true } }, horizon);
  }
  for (let round = 0; round < friendsPerPerson; round++) {
    const index = (cache.appliedIndex + 1) as LogIndex;
    const effects = Array.from({ length: people }, (_, number) => {
      const to = id((number + round) % people);
      const association = {
        from: id(number),
        type: 'friend',
        to,
        time: 1.7e12 + round,
        properties: {},
        version: index,
      };
      return { kind: 'association-put', association } as const;
    });
    const record = { key: `${index}`, hash: '', outcome: { kind: 'done', results: [] }, effects } as const;
    const payload = { kind: 'mutations', time: index, leader: 'n1' as never, records: [record] } as const;
    cache.apply({ index, term: 1 as never, payload }, 1);
    cache.tail.trim({ keepAfter: index, bytesMax: 0, entriesMax: 0 });
  }
}
