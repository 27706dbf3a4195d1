/** What a look-up costs that is answered from memory, over more keys than fit the processor's caches. */
import { GraphCache } from '#server/cache/graph-cache.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import { socialDeclarations as declarations } from '#server/graph/testing/social-declarations.ts';
import type { BenchRow } from './row.ts';

const people = 100_000;
const edgesPerList = 50;
const lookUps = 2_000_000;
const horizon = 0 as LogIndex;
const id = (number: number): EntityId => (4096 + number * 4096) as EntityId;

export async function run(): Promise<BenchRow[]> {
  const cache = filled();
  const map = new Map(Array.from({ length: people }, (_, number) => [id(number + 1), { number }]));
  return [
    measure('for scale: a Map from numbers to objects', (from) => map.get(from)),
    measure('an entity', (from) => cache.entity(from)),
    measure('a count', (from) => cache.count(from, 'follows')),
    measure('an absent edge, by its own record', (from) => cache.association(from, 'likes', id(7))),
    measure('an absent edge, by a list of 50', (from) => cache.association(from, 'friend', id(0))),
    measure('the newest 5 of a list', (from) => cache.list(from, 'friend', 5)),
    measure('the newest 20 of a list', (from) => cache.list(from, 'friend', 20)),
  ];
}

function measure(name: string, lookUp: (from: EntityId) => unknown): BenchRow {
  let state = 1;
  const turn = (times: number): void => {
    for (let time = 0; time < times; time++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      if (lookUp(id(1 + (state % people))) === undefined) throw new Error(`${name}: a miss`);
    }
  };
  turn(lookUps / 10);
  const { user: before } = process.cpuUsage();
  turn(lookUps);
  const { user: after } = process.cpuUsage();
  return { name, measured: ((after - before) * 1000) / lookUps, unit: 'ns of CPU', bound: null, ok: true };
}

function filled(): GraphCache {
  const cache = new GraphCache({ bytesMax: Number.MAX_SAFE_INTEGER, declarations, horizon });
  for (let number = 1; number <= people; number++) {
    const from = id(number);
    const times = { createdAt: 1, updatedAt: 1, version: 1 as LogIndex };
    const entity = { id: from, type: 'User', properties: { name: `Person ${number}` }, ...times, deletingKey: null };
    const edges = Array.from({ length: edgesPerList }, (_, place) => {
      return {
        from,
        type: 'friend',
        to: id(number + place),
        time: 1.7e12 - place,
        properties: {},
        version: 1 as LogIndex,
      };
    });
    cache.fill({ kind: 'entity', id: from }, { kind: 'entity', entity }, horizon);
    cache.fill({ kind: 'count', from, type: 'follows' }, { kind: 'count', count: 7 }, horizon);
    const absent = { kind: 'association', association: null } as const;
    cache.fill({ kind: 'association', from, type: 'likes', to: id(7) }, absent, horizon);
    const key = { kind: 'list', from, type: 'friend', length: edgesPerList } as const;
    cache.fill(key, { kind: 'list', stretch: { edges, complete: true } }, horizon);
  }
  return cache;
}
