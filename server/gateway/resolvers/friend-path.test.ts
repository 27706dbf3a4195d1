// Goal: the path is a shortest one, always the same, and no bound makes a wrong answer of it. Method: random graphs against a plain search.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListStretch } from '#server/graph/cache-key.ts';
import { encodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { MaybePromise } from '../execution/maybe-promise.ts';
import { at, TestGateway, type Data } from '../testing/test-gateway.ts';
import { findPath, pathBounds, type PathBounds } from './friend-path.ts';

type Friends = ReadonlyMap<number, readonly number[]>;

/** Friends in the order in which the friendships came about, newest first, as lists have it. */
function friendsOf(friendships: readonly (readonly [number, number])[]): Friends {
  const friends = new Map<number, number[]>();
  for (const [one, other] of friendships) {
    if (one === other || friends.get(one)?.includes(other) === true) continue;
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      friends.set(from, [to, ...(friends.get(from) ?? [])]);
  }
  return friends;
}

/** What the caches answer; late: as misses are, by promises. */
function readerOf(friends: Friends, isLate: boolean) {
  const answer = <Value>(value: Value): MaybePromise<Value> => (isLate ? Promise.resolve(value) : value);
  return {
    count: (id: EntityId) => answer(friends.get(id)?.length ?? 0),
    list: (from: EntityId, type: string, length: number) => {
      const all = friends.get(from) ?? [];
      const edges = all.slice(0, length).map((to) => ({
        from,
        type,
        to: to as EntityId,
        time: 0,
        properties: {},
        version: 1 as LogIndex,
      }));
      return answer<ListStretch>({ edges, complete: all.length <= length });
    },
  };
}

/** The number of friendships from one to the other, by looking at everyone in the order of their distance. */
function plainDistance(friends: Friends, from: number, to: number): number | null {
  const distances = new Map([[from, 0]]);
  for (const [person, distance] of distances)
    for (const friend of friends.get(person) ?? []) if (!distances.has(friend)) distances.set(friend, distance + 1);
  return distances.get(to) ?? null;
}

const person = fc.integer({ min: 1, max: 14 });
const graph = fc.record({
  friendships: fc.array(fc.tuple(person, person), { maxLength: 30 }),
  from: person,
  to: person,
  lengthMax: fc.nat(8),
});

function searchOf(
  { from, to, lengthMax }: { readonly from: number; readonly to: number; readonly lengthMax: number },
  bounds: PathBounds = pathBounds,
) {
  return { from: from as EntityId, to: to as EntityId, lengthMax, bounds };
}

function expectShortest(friends: Friends, search: ReturnType<typeof searchOf>, path: readonly EntityId[] | null): void {
  const distance = plainDistance(friends, search.from, search.to);
  if (distance === null || distance > search.lengthMax) return expect(path).toBeNull();
  expect(path).toHaveLength(distance + 1);
  expect([path?.[0], path?.at(-1)]).toEqual([search.from, search.to]);
  path?.slice(1).forEach((id, place) => expect(friends.get(path[place] ?? 0)).toContain(id));
}

describe('a path through any graph', () => {
  test('is one of the shortest, found without a promise from memory, and the same one through misses', async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (drawn) => {
        const friends = friendsOf(drawn.friendships);
        const search = searchOf(drawn);
        const path = findPath(readerOf(friends, false), search);
        expect(path).not.toBeInstanceOf(Promise);
        expectShortest(friends, search, await path);
        expect(await findPath(readerOf(friends, true), search)).toEqual(path);
      }),
      { numRuns: 500 },
    );
  });

  test('is right or refused at any bound, and never wrong', () => {
    const bounds = fc.record({
      friendsPerPersonMax: fc.integer({ min: 1, max: 5 }),
      friendsMax: fc.integer({ min: 1, max: 30 }),
      peopleMax: fc.integer({ min: 2, max: 14 }),
    });
    let refusals = 0;
    fc.assert(
      fc.property(graph, bounds, (drawn, small) => {
        const friends = friendsOf(drawn.friendships);
        const search = searchOf(drawn, small);
        try {
          // The reader answers at once, so the search does.
          expectShortest(friends, search, findPath(readerOf(friends, false), search) as readonly EntityId[] | null);
        } catch (error) {
          expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
          refusals += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(refusals).toBeGreaterThan(10);
  });

  test('is found at each bound, and refused one beyond it', () => {
    // 1 has the friends 2, 3, 4; 4 is a friend of 5. From 5 two friends are read to get to 4, from 1 three.
    const friends = friendsOf([
      [1, 2],
      [1, 3],
      [1, 4],
      [4, 5],
      [5, 6],
    ]);
    const find = (bounds: Partial<PathBounds>) => () =>
      findPath(readerOf(friends, false), searchOf({ from: 1, to: 5, lengthMax: 6 }, { ...pathBounds, ...bounds }));
    const path = [1, 4, 5];
    expect(find({ friendsMax: 5 })()).toEqual(path);
    expect(find({ friendsMax: 4 })).toThrow('at most 4 friends');
    expect(find({ peopleMax: 4 })()).toEqual(path);
    expect(find({ peopleMax: 3 })).toThrow('at most 3 people');
    expect(find({ friendsPerPersonMax: 2 })()).toEqual(path);
    expect(find({ friendsPerPersonMax: 1 })).toThrow('more than 1 friends');
  });
});

const query = `query($from: ID!, $to: ID!, $maxLength: Int) { friendPath(from: $from, to: $to, maxLength: $maxLength) { handle } }`;
const byDefault = 'query($from: ID!, $to: ID!) { friendPath(from: $from, to: $to) { handle } }';

/** p0 – p1 – p2 …, each with the next one. */
async function chain(people: number): Promise<{ gateway: TestGateway; ids: readonly string[] }> {
  const gateway = new TestGateway();
  const ids: string[] = [];
  for (let place = 0; place < people; place++) {
    ids.push(await gateway.user(`p${place}`));
    if (place > 0) await gateway.befriend(String(ids[place - 1]), String(ids[place]));
  }
  return { gateway, ids };
}

function handles(data: Data | undefined): readonly Data[] {
  return (at(data, 'friendPath') as readonly Data[]).map((user) => at(user, 'handle'));
}

describe('friendPath', () => {
  test('leads over both ends, in either direction, and to oneself', async () => {
    const { gateway, ids } = await chain(4);
    expect(handles(await gateway.data(byDefault, { from: ids[0], to: ids[3] }))).toEqual(['p0', 'p1', 'p2', 'p3']);
    expect(handles(await gateway.data(byDefault, { from: ids[3], to: ids[0] }))).toEqual(['p3', 'p2', 'p1', 'p0']);
    expect(handles(await gateway.data(byDefault, { from: ids[2], to: ids[2] }))).toEqual(['p2']);
  });

  test('is null where no path is short enough, six friendships when nothing is said', async () => {
    const { gateway, ids } = await chain(8);
    expect(await gateway.data(byDefault, { from: ids[0], to: ids[7] })).toEqual({ friendPath: null });
    expect(handles(await gateway.data(query, { from: ids[0], to: ids[6], maxLength: null }))).toHaveLength(7);
    expect(handles(await gateway.data(query, { from: ids[0], to: ids[7], maxLength: 7 }))).toHaveLength(8);
    expect(await gateway.data(query, { from: ids[0], to: ids[1], maxLength: 0 })).toEqual({ friendPath: null });
    const alone = await gateway.user('alone');
    expect(await gateway.data(byDefault, { from: ids[0], to: alone })).toEqual({ friendPath: null });
  });

  test('costs a fill for the counts of a level, one for its lists, and is then answered without a promise', async () => {
    const { gateway, ids } = await chain(5);
    gateway.node.forget();
    const search = { from: ids[0], to: ids[4] };
    expect(handles(await gateway.data(byDefault, search))).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    const { fills } = gateway.node.state;
    // Both ends, then counts and lists in turn, then the people on the path.
    const kinds = fills.map(({ keys }) => [...new Set(keys.map(({ kind }) => kind))].join(' '));
    expect(kinds).toEqual(['entity', 'count', 'list', 'count', 'list', 'count', 'list', 'count', 'list', 'entity']);
    expect(fills.every(({ queries }) => queries.length === 0)).toBe(true);
    expect(gateway.execute(byDefault, search)).not.toBeInstanceOf(Promise);
  });

  test('is of one moment: friendships that change while it is looked for are looked at again', async () => {
    const { gateway, ids } = await chain(4);
    const [first = '', , third = '', last = ''] = ids;
    gateway.node.forget();
    let isChanged = false;
    gateway.node.state.beforeFill = async (keys) => {
      if (isChanged || keys[0]?.kind !== 'list') return;
      isChanged = true;
      await gateway.data('mutation($input: UnfriendInput!) { unfriend(input: $input) { changed } }', {
        input: { user: third, friend: last },
      });
      await gateway.befriend(first, last);
    };
    expect(handles(await gateway.data(byDefault, { from: first, to: last }))).toEqual(['p0', 'p3']);
    expect(isChanged).toBe(true);
  });

  test('says what is wrong with what it is asked', async () => {
    const { gateway, ids } = await chain(2);
    const [from = '', to = ''] = ids;
    const status = await gateway.status(from, 'hello');
    const nobody = encodeGlobalId('User', 987_654 as EntityId);
    expect(await gateway.errors(query, { from, to, maxLength: 21 })).toEqual(['BAD_INPUT friendPath']);
    expect(await gateway.errors(query, { from, to, maxLength: -1 })).toEqual(['BAD_INPUT friendPath']);
    expect(await gateway.errors(query, { from, to: status })).toEqual(['BAD_INPUT friendPath']);
    expect(await gateway.errors(query, { from: 'rubbish', to })).toEqual(['BAD_INPUT friendPath']);
    expect(await gateway.errors(query, { from, to: nobody })).toEqual(['NOT_FOUND friendPath']);
    expect(await gateway.errors(query, { from: nobody, to: nobody })).toEqual(['NOT_FOUND friendPath']);
  });
});
