/** Goal: connections keep the Relay contract, and every list is what the graph says, whatever part of it is in memory. */
import { describe, expect, test } from 'vitest';
import type { Operation } from '#server/graph/command.ts';
import { encodeCursor } from '#server/graph/cursor.ts';
import { decodeGlobalId } from '#server/graph/global-id.ts';
import type { EntityId } from '#server/graph/identifiers.ts';
import { stretchLengthMax } from './association-page.ts';
import { at, TestGateway, textAt, type Data } from '../testing/test-gateway.ts';

const page = `query($id: ID!, $first: Int, $after: String, $since: DateTime, $until: DateTime) { user(id: $id) {
  friends(first: $first, after: $after, since: $since, until: $until) {
    totalCount nodes { handle } edges { cursor time properties node { handle } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;

/** A person with friends f0, f1 …, the last the newest. */
async function popular(friends: number): Promise<{ gateway: TestGateway; ada: string; ids: readonly string[] }> {
  const gateway = new TestGateway();
  const ada = await gateway.user('ada');
  const ids: string[] = [];
  for (let place = 0; place < friends; place++) {
    const id = await gateway.user(`f${place}`);
    ids.push(id);
    await gateway.befriend(ada, id);
  }
  return { gateway, ada, ids };
}

/** A person with many friends c0, c1 …, the last the newest: c5 is of the fifth millisecond of 2026. */
async function crowd(friends: number): Promise<{ gateway: TestGateway; ada: string }> {
  const gateway = new TestGateway();
  const ada = await gateway.user('ada');
  for (let begin = 0; begin < friends; begin += 500) {
    const places = Array.from({ length: Math.min(500, friends - begin) }, (_, place) => begin + place);
    const operations = places.flatMap((number, place): Operation[] => [
      { kind: 'create-entity', type: 'User', properties: { handle: `c${number}`, name: 'C' } },
      {
        kind: 'add-association',
        from: { created: 2 * place },
        type: 'friend',
        to: decodeGlobalId(ada).id,
        time: Date.parse('2026-01-01') + number,
        properties: {},
        ifPresent: 'keep',
      },
    ]);
    await gateway.node.mutate({ command: { operations }, idempotencyKey: null, requestId: 'r' });
  }
  return { gateway, ada };
}

function handles(data: Data | undefined, ...path: readonly (string | number)[]): readonly string[] {
  const nodes = at(data, ...path, 'nodes') as readonly Data[];
  return nodes.map((node) => textAt(node, 'handle'));
}

describe('a connection', () => {
  test('is walked page by page, newest first, without gap or double, from cold memory', async () => {
    const { gateway, ada } = await popular(7);
    gateway.node.forget();
    const seen: string[] = [];
    const next: unknown[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 4; pages++) {
      const data: Data = await gateway.data(page, { id: ada, first: 3, after });
      const friends: Data = at(data, 'user', 'friends');
      seen.push(...handles(data, 'user', 'friends'));
      next.push(at(friends, 'pageInfo', 'hasNextPage'));
      expect(at(friends, 'totalCount')).toBe(7);
      if (at(friends, 'pageInfo', 'hasNextPage') !== true) break;
      after = textAt(friends, 'pageInfo', 'endCursor');
    }
    expect(seen).toEqual(['f6', 'f5', 'f4', 'f3', 'f2', 'f1', 'f0']);
    expect(next).toEqual([true, true, false]);
    // No page was far enough from the head of the list to need the database.
    expect(gateway.node.state.fills.every(({ queries }) => queries.length === 0)).toBe(true);
  });

  test('knows exactly whether something follows', async () => {
    const { gateway, ada } = await popular(4);
    for (const [first, follows] of [
      [3, true],
      [4, false],
      [5, false],
      [0, true],
    ] as const) {
      const data = await gateway.data(page, { id: ada, first });
      expect([first, at(data, 'user', 'friends', 'pageInfo', 'hasNextPage')]).toEqual([first, follows]);
    }
  });

  test('goes on behind a cursor whose edge is gone, and is not moved by what is new', async () => {
    const { gateway, ada, ids } = await popular(5);
    const first = await gateway.data(page, { id: ada, first: 2 });
    const after = textAt(first, 'user', 'friends', 'pageInfo', 'endCursor');
    const unfriend = 'mutation($input: UnfriendInput!) { unfriend(input: $input) { changed edge { cursor } } }';
    expect(await gateway.data(unfriend, { input: { user: ada, friend: ids[3] } })).toEqual({
      unfriend: { changed: true, edge: null },
    });
    await gateway.befriend(ada, await gateway.user('new'));
    const data = await gateway.data(page, { id: ada, first: 2, after });
    expect(handles(data, 'user', 'friends')).toEqual(['f2', 'f1']);
    expect(at(data, 'user', 'friends', 'pageInfo', 'hasPreviousPage')).toBe(true);
  });

  test('takes a stretch of time: since is in it, until is not', async () => {
    const { gateway, ada } = await popular(5);
    const all = await gateway.data(page, { id: ada });
    const time = (place: number): string => textAt(all, 'user', 'friends', 'edges', place, 'time');
    for (const cold of [false, true]) {
      if (cold) gateway.node.forget();
      const data = await gateway.data(page, { id: ada, since: time(3), until: time(1), first: 2 });
      expect(handles(data, 'user', 'friends')).toEqual(['f2', 'f1']);
      expect(at(data, 'user', 'friends', 'pageInfo', 'hasNextPage')).toBe(false);
      const older = await gateway.data(page, { id: ada, until: time(3), first: 1 });
      expect(handles(older, 'user', 'friends')).toEqual(['f0']);
    }
  });

  test('is walked through a long list with few fills, each stretch longer than the last', async () => {
    const { gateway, ada } = await crowd(120);
    gateway.node.forget();
    const seen: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 24; pages++) {
      const data: Data = await gateway.data(page, { id: ada, first: 5, after });
      seen.push(...handles(data, 'user', 'friends'));
      after = textAt(data, 'user', 'friends', 'pageInfo', 'endCursor');
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, place) => `c${119 - place}`));
    const lists = gateway.node.state.fills.flatMap(({ keys }) =>
      keys.flatMap((key) => (key.kind === 'list' ? [key.length] : [])),
    );
    expect(lists.length).toBeLessThan(8);
    expect(lists).toEqual(lists.toSorted((left, right) => left - right));
  });

  test('far from the head of its list is one page of the database', async () => {
    const { gateway, ada } = await crowd(stretchLengthMax + 10);
    const cursorOfLast = encodeCursor({ time: Date.parse('2026-01-01') + 5, to: 1 as EntityId });
    gateway.node.forget();
    const data = await gateway.data(page, { id: ada, first: 2, after: cursorOfLast });
    expect(handles(data, 'user', 'friends')).toEqual(['c4', 'c3']);
    expect(at(data, 'user', 'friends', 'pageInfo')).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const { fills } = gateway.node.state;
    expect(fills.flatMap(({ queries }) => queries.map((query) => query.kind))).toEqual(['page']);
    expect(fills.length).toBeLessThan(10);
  });

  test.each([
    [{ first: -1 }, 'BAD_INPUT user.friends'],
    [{ first: 1001 }, 'BAD_INPUT user.friends'],
    [{ after: 'rubbish' }, 'BAD_INPUT user.friends'],
    [{ since: 'yesterday' }, 'BAD_INPUT'],
  ])('refuses %j', async (args, error) => {
    const { gateway, ada } = await popular(0);
    expect(await gateway.errors(page, { id: ada, ...args })).toEqual([error]);
  });
});

describe('queries', () => {
  test('nodes come in the order of their ids, null where there is none, and ids are opaque', async () => {
    const { gateway, ada, ids } = await popular(1);
    const query =
      'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on User { handle } } node(id: "VXNlcjo5OTk5OTk5") { id } }';
    expect(await gateway.data(query, { ids: [ids[0], 'VXNlcjo5OTk5OTk5', ada] })).toEqual({
      nodes: [{ __typename: 'User', id: ids[0], handle: 'f0' }, null, { __typename: 'User', id: ada, handle: 'ada' }],
      node: null,
    });
    // The same number under another type was never given out.
    const number = Buffer.from(ada, 'base64url').toString().split(':')[1];
    const disguised = Buffer.from(`Status:${number}`).toString('base64url');
    expect(await gateway.data('query($id: ID!) { node(id: $id) { id } }', { id: disguised })).toEqual({ node: null });
  });

  test('a user by id or by handle, and any entity by its key', async () => {
    const { gateway, ada } = await popular(0);
    const query =
      'query($id: ID!) { a: user(id: $id) { handle } b: user(handle: "ada") { id } c: user(handle: "nobody") { id } d: entity(type: "User", key: "ada") { id properties } }';
    expect(await gateway.data(query, { id: ada })).toEqual({
      a: { handle: 'ada' },
      b: { id: ada },
      c: null,
      d: { id: ada, properties: { handle: 'ada', name: 'ada' } },
    });
    expect(await gateway.errors('{ user { id } }')).toEqual(['BAD_INPUT user']);
    expect(await gateway.errors('query($id: ID!) { status(id: $id) { id } }', { id: ada })).toEqual([
      'BAD_INPUT status',
    ]);
    expect(await gateway.errors('{ entity(type: "Status", key: "x") { id } }')).toEqual(['BAD_INPUT entity']);
  });

  test('associations in general, and those to some given entities', async () => {
    const { gateway, ada, ids } = await popular(4);
    const query = `query($from: ID!, $to: [ID!], $one: ID!) {
      association(from: $from, type: "friend", to: $one) { type time from { id } to { id } version }
      some: associations(from: $from, type: "friend", to: $to, first: 1) { totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
    const data = await gateway.data(query, { from: ada, one: ids[2], to: [ids[0], ids[2], ids[0], ada] });
    expect(data).toMatchObject({
      association: { type: 'friend', from: { id: ada }, to: { id: ids[2] }, version: '7' },
      some: { totalCount: 4, edges: [{ node: { id: ids[2] } }], pageInfo: { hasNextPage: true } },
    });
    expect(
      await gateway.errors('query($id: ID!) { association(from: $id, type: "hates", to: $id) { type } }', { id: ada }),
    ).toEqual(['BAD_INPUT association']);
    expect(
      await gateway.errors('query($id: ID!) { associations(from: $id, type: "likedby") { totalCount } }', { id: ada }),
    ).toEqual(['BAD_INPUT associations']);
  });

  test('all users and statuses newest first, page by page', async () => {
    const { gateway, ada } = await popular(3);
    await gateway.status(ada, 'one');
    await gateway.status(ada, 'two');
    const query =
      'query($after: String) { users(first: 2, after: $after) { totalCount nodes { handle } edges { properties } pageInfo { hasNextPage endCursor } } statuses { nodes { text author { handle } } } }';
    const first = await gateway.data(query);
    expect(handles(first, 'users')).toEqual(['f2', 'f1']);
    expect(first).toMatchObject({
      users: { totalCount: 4, edges: [{ properties: {} }, { properties: {} }], pageInfo: { hasNextPage: true } },
      statuses: { nodes: [{ text: 'two', author: { handle: 'ada' } }, { text: 'one' }] },
    });
    const second = await gateway.data(query, { after: textAt(first, 'users', 'pageInfo', 'endCursor') });
    expect([handles(second, 'users'), at(second, 'users', 'pageInfo', 'hasNextPage')]).toEqual([['f0', 'ada'], false]);
  });

  test('who has most friends, who is called so, and someone at random', async () => {
    const { gateway } = await popular(3);
    expect(
      await gateway.data(
        '{ mostConnected(first: 1) { handle } search(text: "f1") { handle } randomUsers(count: 4) { id } randomStatuses(count: 2) { id } }',
      ),
    ).toMatchObject({
      mostConnected: [{ handle: 'ada' }],
      search: [{ handle: 'f1' }],
      randomUsers: [{}, {}, {}, {}],
      randomStatuses: [],
    });
    expect(await gateway.errors('{ randomUsers(count: 1001) { id } }')).toEqual(['BAD_INPUT randomUsers']);
  });
});

describe('a user', () => {
  test('shares friends with others, in the order of the own list', async () => {
    const { gateway, ada, ids } = await popular(5);
    const bob = await gateway.user('bob');
    for (const place of [4, 0, 2]) await gateway.befriend(bob, String(ids[place]));
    const query = `query($id: ID!, $bob: ID!, $after: String) { user(id: $id) { mutualFriends(with: $bob, first: 2, after: $after) {
      nodes { handle } pageInfo { hasNextPage endCursor } } friendship(with: $bob) { time } } }`;
    const first = await gateway.data(query, { id: ada, bob });
    expect([handles(first, 'user', 'mutualFriends'), at(first, 'user', 'friendship')]).toEqual([['f4', 'f2'], null]);
    const after = textAt(first, 'user', 'mutualFriends', 'pageInfo', 'endCursor');
    const second = await gateway.data(query, { id: ada, bob, after });
    expect([
      handles(second, 'user', 'mutualFriends'),
      at(second, 'user', 'mutualFriends', 'pageInfo', 'hasNextPage'),
    ]).toEqual([['f0'], false]);
  });

  test('has a timeline of both kinds, walked without gap or double even where both are of one moment', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    await gateway.status(ada, 'first');
    const batch = `mutation($ada: ID!) { batch(input: { operations: [
      { createEntity: { type: "Status", properties: { text: "both" } } },
      { addAssociation: { from: $ada, type: "posted", to: "#0" } },
      { addAssociation: { from: $ada, type: "likes", to: "#0" } } ] }) { ids commit { index } } }`;
    const created = await gateway.data(batch, { ada });
    expect(at(created, 'batch', 'ids', 1)).toBeNull();
    const query = `query($id: ID!, $after: String) { user(id: $id) { timeline(first: 1, after: $after) { edges { cursor node { kind time status { id text } } } pageInfo { hasNextPage endCursor } } } }`;
    const seen: string[] = [];
    let after: string | null = null;
    for (let pages = 0; pages < 5; pages++) {
      const data: Data = await gateway.data(query, { id: ada, after });
      const timeline: Data = at(data, 'user', 'timeline');
      seen.push(
        `${textAt(timeline, 'edges', 0, 'node', 'kind')} ${textAt(timeline, 'edges', 0, 'node', 'status', 'text')}`,
      );
      after = textAt(timeline, 'pageInfo', 'endCursor');
      if (at(timeline, 'pageInfo', 'hasNextPage') === false) break;
    }
    expect(seen).toEqual(['POSTED both', 'LIKED both', 'POSTED first']);
    expect(await gateway.errors(query, { id: ada, after: 'MTox' })).toEqual(['BAD_INPUT user.timeline']);
  });

  test('has a feed of what friends posted, newest first across all of them', async () => {
    const { gateway, ada, ids } = await popular(3);
    for (const [place, text] of [
      [0, 'a'],
      [2, 'b'],
      [0, 'c'],
      [1, 'd'],
    ] as const)
      await gateway.status(String(ids[place]), text);
    await gateway.status(ada, 'own');
    const query =
      'query($id: ID!, $after: String) { user(id: $id) { feed(first: 3, after: $after) { nodes { text } pageInfo { hasNextPage endCursor } } } }';
    const first = await gateway.data(query, { id: ada });
    expect(at(first, 'user', 'feed', 'nodes')).toEqual([{ text: 'd' }, { text: 'c' }, { text: 'b' }]);
    const second = await gateway.data(query, {
      id: ada,
      after: textAt(first, 'user', 'feed', 'pageInfo', 'endCursor'),
    });
    expect(at(second, 'user', 'feed')).toMatchObject({ nodes: [{ text: 'a' }], pageInfo: { hasNextPage: false } });
  });
});
