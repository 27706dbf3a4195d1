/** What every database must do for its cluster: know its owner, fence the others, label what it reads, answer pages at constant cost. */
import { expect, it } from 'vitest';
import type { CacheValue } from '#server/graph/cache-key.ts';
import type { Association } from '#server/graph/entity.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { GraphStore, StoreRead } from '#server/graph/store-port.ts';
import { countPut, entryWith, expiryEntry, friendPut, userPut } from '#tests/support/store-entries.ts';
import { claimOf, describeEveryStore, withStore } from '#tests/support/store-places.ts';

const first = claimOf(1);
const labelsWanted = 8;

await describeEveryStore('a store', (place) => {
  it('makes what is missing, and finds it again', async () => {
    const url = place.freshUrl();
    await withStore(url, async (store) => {
      expect(await store.claim(first)).toEqual({ ...first, index: 0, term: 0 });
      await store.materialize({ ...first, after: at(0), entries: [entryWith(1, [friendPut(1, 2, 5)])] });
    });
    await withStore(url, async (store) => {
      await store.open();
      expect(await store.claim(claimOf(2, 'n2'))).toEqual({ ...claimOf(2, 'n2'), index: 1, term: 1 });
      expect(await friendsOf(store, 1)).toEqual([2]);
    });
  });

  it('refuses the cluster that it does not belong to', async () => {
    const url = place.freshUrl();
    await withStore(url, async (store) => {
      await store.claim(first);
      const stranger = store.claim({ ...claimOf(9), cluster: 'another' });
      await expect(stranger).rejects.toMatchObject({
        kind: 'foreign-cluster',
        message: expect.stringMatching(/belongs to cluster test-cluster/),
      });
      expect((await store.claim(first)).cluster).toBe('test-cluster');
    });
  });

  it('fences an owner whose term is over, and gives it nothing back', async () => {
    const url = place.freshUrl();
    await withStore(url, async (old) => {
      await old.claim(first);
      await old.materialize({ ...first, after: at(0), entries: [entryWith(1, [friendPut(1, 2, 1)])] });
      await withStore(url, async (next) => {
        const second = claimOf(2, 'n2');
        expect((await next.claim(second)).index).toBe(1);
        const late = { ...first, after: at(1), entries: [entryWith(2, [friendPut(1, 3, 2)])] };
        await expect(untilReconnected(() => old.materialize(late))).rejects.toMatchObject({ kind: 'fenced' });
        await expect(old.claim(first)).rejects.toMatchObject({ kind: 'fenced' });
        await next.materialize({ ...second, after: at(1), entries: [entryWith(2, [friendPut(1, 4, 2)], { term: 2 })] });
        expect(await friendsOf(next, 1)).toEqual([4, 2]);
      });
    });
  });

  it('lets two claim at once, and one of them write', async () => {
    const url = place.freshUrl();
    await withStore(url, (one) =>
      withStore(url, async (other) => {
        const claims = [claimOf(5, 'n1'), claimOf(6, 'n2')] as const;
        await Promise.allSettled([one.claim(claims[0]), other.claim(claims[1])]);
        // A claimant whose session was ended by the other's claims again.
        expect((await untilReconnected(() => other.claim(claims[1]))).epoch).toBe(6);
        await expect(untilReconnected(() => one.claim(claims[0]))).rejects.toMatchObject({ kind: 'fenced' });
        await other.materialize({ ...claims[1], after: at(0), entries: [entryWith(1, [])] });
      }),
    );
  });

  it('takes entries again that it has, and writes only the rest', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const entries = [1, 2, 3].map((index) => entryWith(index, [userPut(index, { handle: `h${index}`, name: '' })]));
      await store.materialize({ ...first, after: at(0), entries: entries.slice(0, 2) });
      await store.materialize({ ...first, after: at(0), entries });
      const { label, results } = await store.read({ ...nothing, queries: [{ kind: 'count-of-type', type: 'User' }] });
      expect({ label, results }).toEqual({ label: 3, results: [{ kind: 'number', value: 3 }] });
      // Not where the caller thinks that it stands: it went back.
      const ahead = store.materialize({ ...first, after: at(7), entries: [entryWith(8, [])] });
      await expect(ahead).rejects.toMatchObject({ kind: 'fenced', message: expect.stringMatching(/stands at 3/) });
    });
  });

  it('reads in one statement, however many keys there are below its bound', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const lists = (count: number): StoreRead => ({
        ...nothing,
        keys: Array.from({ length: count }, (_, from) => ({ kind: 'list', from: id(from), type: 'friend', length: 5 })),
      });
      for (const [count, statements] of [
        [0, 1],
        [20, 1],
        [250, 1],
        [700, 3],
      ] as const) {
        const before = store.statements;
        expect((await store.read(lists(count))).values).toHaveLength(count);
        expect(store.statements - before).toBe(statements);
      }
    });
  });

  it('pages through ten thousand edges, many of the same time, each once and in order', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const edges = Array.from({ length: 10_000 }, (_, to) => friendPut(1, to + 10, Math.floor(to / 700)));
      await store.materialize({ ...first, after: at(0), entries: [entryWith(1, [...edges, countPut(1, 10_000)])] });
      const met: Association[] = [];
      for (let complete = false; !complete;) {
        const after = met.at(-1) ?? null;
        const query = {
          kind: 'page',
          from: id(1),
          type: 'friend',
          after,
          since: null,
          until: null,
          length: 333,
        } as const;
        const [page] = (await store.read({ ...nothing, queries: [query] })).results;
        if (page?.kind !== 'page') throw new Error('a page answers a page');
        met.push(...page.edges);
        complete = page.complete;
      }
      expect(met.map(({ to }) => to)).toEqual(Array.from({ length: 10_000 }, (_, place) => 10_009 - place));
    });
  }, 60_000);

  it('labels what it reads while it is written with the index that it is true at', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const readers = [new Set<number>(), new Set<number>()] as const;
      const goesOn = () => readers.some((labels) => labels.size < labelsWanted);
      const people = Array.from({ length: 320 }, (_, from) => id(from + 2));
      const lists = people.map((from) => ({ kind: 'list', from, type: 'friend', length: 1 }) as const);
      const writing = async () => {
        for (let index = 1; goesOn(); index++) {
          const effects = [friendPut(1, index + 1, index), countPut(1, index), friendPut(index + 1, 1, index)];
          await store.materialize({ ...first, after: at(index - 1), entries: [entryWith(index, effects)] });
        }
      };
      const reading = async (labels: Set<number>) => {
        while (goesOn()) {
          const key = { from: id(1), type: 'friend' };
          const keys = [{ kind: 'count', ...key } as const, { kind: 'list', ...key, length: 50 } as const, ...lists];
          const { label, values } = await store.read({ ...nothing, keys });
          const [count, list, ...back] = values;
          expect(count).toEqual({ kind: 'count', count: label });
          expect(edgesIn(list)).toBe(Math.min(label, 50));
          expect(back.filter((value) => edgesIn(value) === 1)).toHaveLength(Math.min(label, people.length));
          labels.add(label);
        }
      };
      await Promise.all([reading(readers[0]), reading(readers[1]), writing()]);
    });
  }, 60_000);

  it('forgets mutations of before the expiry at once, and deletes their rows piece by piece', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const outcome = { kind: 'done', results: [] } as const;
      const records = Array.from({ length: 4_500 }, (_, number) => ({
        key: `old-${number}`,
        hash: 'h',
        outcome,
        effects: [],
      }));
      const bulk = {
        ...entryWith(1, []),
        payload: { kind: 'mutations', time: 100, leader: first.owner, records } as const,
      };
      await store.materialize({ ...first, after: at(0), entries: [bulk, entryWith(2, [], { time: 300 })] });
      const mutations = ['old-0', 'old-4499', 'key-2'];
      expect((await store.read({ ...nothing, mutations })).mutations.map((found) => found?.key ?? null)).toEqual(
        mutations,
      );
      await store.materialize({ ...first, after: at(2), entries: [expiryEntry(3, 300)] });
      for (let index = 4; index < 8; index++) {
        const { mutations: found } = await store.read({ ...nothing, mutations });
        expect(found.map((mutation) => mutation?.key ?? null)).toEqual([null, null, 'key-2']);
        await store.materialize({ ...first, after: at(index - 1), entries: [entryWith(index, [], { time: 400 })] });
      }
    });
  });

  it('finds people by the beginnings of the words of their names and handles', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const people = ['José Ann Lee', 'joann', 'Ann_Lee', '100%', 'a_b', 'ÅSA öberg', '李小龙'];
      const effects = people.map((name, place) => userPut(place + 1, { handle: `h${place + 1}`, name }));
      await store.materialize({ ...first, after: at(0), entries: [entryWith(1, effects)] });
      const search = async (text: string) => {
        const [result] = (
          await store.read({ ...nothing, queries: [{ kind: 'search', type: 'User', text, length: 10 }] })
        ).results;
        return result?.kind === 'ids' ? [...result.ids].sort((a, b) => a - b) : null;
      };
      expect(await search('JO')).toEqual([1, 2]);
      expect(await search('lee an')).toEqual([1, 3]);
      expect(await search('h3')).toEqual([3]);
      expect(await search('asa Öb')).toEqual([6]);
      expect(await search('李')).toEqual([7]);
      expect(await search('%')).toEqual([]);
      expect(await search('100%')).toEqual([4]);
      expect(await search('')).toEqual([]);
    });
  });

  it('gives random entities, as many as there are, all of them in time', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const effects = Array.from({ length: 40 }, (_, place) => userPut(place + 1, { handle: `h${place}`, name: '' }));
      await store.materialize({ ...first, after: at(0), entries: [entryWith(1, effects)] });
      const random = async (seed: number, length: number) => {
        const [result] = (await store.read({ ...nothing, queries: [{ kind: 'random', type: 'User', seed, length }] }))
          .results;
        if (result?.kind !== 'ids') throw new Error('ids answer a random query');
        return result.ids;
      };
      expect(new Set(await random(0.99, 100)).size).toBe(40);
      expect(await random(0.5, 7)).toHaveLength(7);
      expect(await random(0.5, 7)).toEqual(await random(0.5, 7));
      const met = new Set<number>();
      for (let step = 0; step < 200; step++) for (const found of await random(step / 200, 3)) met.add(found);
      expect(met.size).toBe(40);
    });
  });

  it('keeps what is large or strange in keys, names and properties as it was', async () => {
    await withStore(place.freshUrl(), async (store) => {
      await store.claim(first);
      const properties = { handle: `x'"\\;--?😀`, name: '\u0000\n`?`', text: 'é'.repeat(8_192) };
      const keys = ['k', 'K', 'é', 'e\u0301', '😀'.repeat(255), 'x'.repeat(512)];
      const effects = keys.map((key, place) => ({ kind: 'key-put', type: 'User', key, id: id(place + 1) }) as const);
      await store.materialize({
        ...first,
        after: at(0),
        entries: [entryWith(1, [userPut(1, properties), ...effects])],
      });
      const wanted = keys.map((key) => ({ kind: 'unique', type: 'User', key }) as const);
      const { values } = await store.read({ ...nothing, keys: [...wanted, { kind: 'entity', id: id(1) }] });
      expect(values.slice(0, -1)).toEqual(keys.map((_, place) => ({ kind: 'unique', id: place + 1 })));
      expect(values.at(-1)).toMatchObject({ entity: { properties } });
    });
  });
});

function edgesIn(value: CacheValue | undefined): number {
  return value?.kind === 'list' ? value.stretch.edges.length : -1;
}

const nothing: StoreRead = { keys: [], queries: [], mutations: [] };

function at(index: number): LogIndex {
  return index as LogIndex;
}

function id(number: number): EntityId {
  return number as EntityId;
}

async function friendsOf(store: GraphStore, from: number): Promise<readonly number[]> {
  const { values } = await store.read({
    ...nothing,
    keys: [{ kind: 'list', from: id(from), type: 'friend', length: 10 }],
  });
  const [list] = values;
  return list?.kind === 'list' ? list.stretch.edges.map(({ to }) => to) : [];
}

/** A session that another owner ended says so once; the next call connects anew. */
async function untilReconnected<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Error && 'kind' in error && error.kind === 'unavailable') return act();
    throw error;
  }
}
