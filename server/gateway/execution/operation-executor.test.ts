/** Goal: an answer is of exactly one index, costs one fill a level, and says all that can be said when something fails. */
import { describe, expect, test } from 'vitest';
import { GraphError } from '#server/graph/errors.ts';
import { at, TestGateway, textAt } from '../testing/test-gateway.ts';
import { runsMax } from './operation-executor.ts';

/** A person with friends who each posted. */
async function circle(friends: number, statuses: number): Promise<{ gateway: TestGateway; ada: string }> {
  const gateway = new TestGateway();
  const ada = await gateway.user('ada');
  for (let friend = 0; friend < friends; friend++) {
    const id = await gateway.user(`friend${friend}`);
    await gateway.befriend(ada, id);
    for (let status = 0; status < statuses; status++) await gateway.status(id, `${friend}.${status}`);
  }
  return { gateway, ada };
}

const friendsAndStatuses = `query($id: ID!) { user(id: $id) { friends(first: 20) { totalCount edges { node { name
  statuses(first: 5) { nodes { text author { handle } } pageInfo { hasNextPage } } } } } } }`;

describe('what a query costs', () => {
  test('20 friends with 5 statuses each, cold: one fill a level, then an answer at one index', async () => {
    const { gateway, ada } = await circle(20, 5);
    gateway.node.forget();
    const result = await gateway.execute(friendsAndStatuses, { id: ada });
    const levels = gateway.node.state.fills.map(({ keys, queries }) => [keys.length, queries.length]);
    // The user; its list and count; 20 friends; their 20 lists; 100 statuses; the 100 lists of their authors.
    expect(levels).toEqual([
      [1, 0],
      [2, 0],
      [20, 0],
      [20, 0],
      [100, 0],
      [100, 0],
    ]);
    expect(result.extensions?.['instaface']).toMatchObject({ leaderFetches: 6, runs: 2, index: '141' });
    expect(
      at(
        JSON.parse(JSON.stringify(result.data)),
        'user',
        'friends',
        'edges',
        19,
        'node',
        'statuses',
        'nodes',
        4,
        'text',
      ),
    ).toBeDefined();
  });

  test('the same, warm, is answered without a promise and without a fill', async () => {
    const { gateway, ada } = await circle(20, 5);
    const result = gateway.execute(friendsAndStatuses, { id: ada });
    expect(result).not.toBeInstanceOf(Promise);
    expect(gateway.node.state.fills).toEqual([]);
    expect((await result).extensions?.['instaface']).toMatchObject({ cacheMisses: 0, leaderFetches: 0, runs: 1 });
  });

  test('totalCount alone reads no list, and a list alone counts nothing', async () => {
    const { gateway, ada } = await circle(2, 0);
    gateway.node.forget();
    await gateway.execute('query($id: ID!) { user(id: $id) { friends { totalCount } } }', { id: ada });
    await gateway.execute('query($id: ID!) { user(id: $id) { likes { edges { cursor } } } }', { id: ada });
    expect(gateway.node.state.fills.flatMap(({ keys }) => keys.map((key) => key.kind))).toEqual([
      'entity',
      'count',
      'list',
    ]);
  });

  test('the sessions of all operations are closed again', async () => {
    const { gateway, ada } = await circle(1, 1);
    await gateway.execute(friendsAndStatuses, { id: ada });
    expect(gateway.node.sessions.length).toBeGreaterThan(3);
    expect(gateway.node.sessions.every((session) => session.closed)).toBe(true);
  });

  test('a query that reads too much is refused as a whole', async () => {
    const { gateway, ada } = await circle(20, 0);
    const nested = (levels: number): string =>
      `query($id: ID!) { user(id: $id) { ${'friends { nodes { '.repeat(levels)} name ${'} } '.repeat(levels)} } }`;
    expect(await gateway.errors(nested(5), { id: ada })).toEqual([]);
    // From ada to 20, back to her 20 times, to 400 …
    const result = await gateway.execute(nested(7), { id: ada });
    expect([result.data, result.errors?.map((error) => error.extensions['code'])]).toEqual([null, ['LIMIT_EXCEEDED']]);
  });
});

describe('one query, one index', () => {
  test('a graph that moves while it is read is read again', async () => {
    const { gateway, ada } = await circle(3, 1);
    gateway.node.forget();
    let moves = 0;
    gateway.node.state.beforeFill = async () => {
      if (moves++ < 2) await gateway.user(`late${moves}`);
    };
    const result = await gateway.execute(friendsAndStatuses, { id: ada });
    expect(result.errors).toBeUndefined();
    expect(result.extensions?.['instaface']).toMatchObject({ index: '12' });
  });

  test('one that never stands still is BUSY, and what needs no look at it is answered', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    let moves = 0;
    gateway.node.state.beforeFill = async () => {
      gateway.node.forget();
      moves++;
    };
    gateway.node.forget();
    const result = await gateway.execute(
      'query($id: ID!) { user(id: $id) { friends { nodes { id } } } cluster { id } }',
      { id: ada },
    );
    expect(result.data).toEqual({ user: null, cluster: { id: 'c1' } });
    expect(result.errors?.map((error) => [error.extensions['code'], error.path])).toEqual([['BUSY', ['user']]]);
    expect(moves).toBeGreaterThanOrEqual(runsMax);
  });

  test('a random choice is the same in every run of its query', async () => {
    const { gateway } = await circle(5, 1);
    gateway.node.forget();
    const result = await gateway.execute('{ randomUsers(count: 3) { name friends { nodes { name } } } }');
    expect(result.errors).toBeUndefined();
    expect(gateway.node.state.fills.filter(({ queries }) => queries.length > 0)).toHaveLength(1);
  });
});

describe('what is asked of the node', () => {
  test('@read and the least index, of the two the larger', async () => {
    const gateway = new TestGateway();
    const query = 'query($i: LogIndex) @read(consistency: LINEARIZABLE, atLeast: $i) { user(handle: "a") { id } }';
    await gateway.execute(query, { i: '7' }, 3);
    await gateway.execute('{ user(handle: "a") { id } }', {}, 5);
    await gateway.execute('query @read(consistency: LOCAL) { user(handle: "a") { id } }');
    expect(gateway.node.opened).toEqual([
      { consistency: 'LINEARIZABLE', atLeast: 7, deadlineMs: 1000 },
      { consistency: 'SESSION', atLeast: 5, deadlineMs: 1000 },
      { consistency: 'LOCAL', atLeast: 0, deadlineMs: 1000 },
    ]);
  });

  test('nothing, where only the cluster is asked about: it can be watched whatever has failed', async () => {
    const gateway = new TestGateway();
    gateway.node.failing.openRead = new GraphError('NO_LEADER', 'nobody leads');
    expect(
      await gateway.data(
        '{ cluster { id nodes { id role log(last: 1) { summary } } } ...f } fragment f on Query { __typename }',
      ),
    ).toMatchObject({
      cluster: { id: 'c1', nodes: [{ id: 'n1', role: 'LEADER', log: [{ summary: 'create User' }] }] },
    });
    expect(gateway.node.opened).toEqual([]);
  });
});

describe('partial answers', () => {
  test('a miss that cannot be filled is null with its error at its path, asked for once, and the rest is answered', async () => {
    const { gateway, ada } = await circle(2, 1);
    gateway.node.forget();
    gateway.node.state.beforeFill = (keys) => {
      if (keys.some((key) => key.kind === 'list' && key.type === 'posted'))
        throw new GraphError('NO_LEADER', 'nobody leads');
    };
    const query = 'query($id: ID!) { user(id: $id) { name statuses { nodes { text } } friends { totalCount } } }';
    const result = await gateway.execute(query, { id: ada });
    // The count is in the same fill as the list, so it could not be had either.
    expect(result.data).toEqual({ user: { name: 'ada', statuses: null, friends: { totalCount: null } } });
    expect(result.errors?.map((error) => [error.extensions['code'], error.path?.join('.')])).toEqual([
      ['NO_LEADER', 'user.statuses.nodes'],
      ['NO_LEADER', 'user.friends.totalCount'],
    ]);
    expect(gateway.node.state.fills).toHaveLength(2);
  });

  test('one node of many that fails leaves the others', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    const result = await gateway.execute('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [ada, 'rubbish'] });
    expect(result.data).toEqual({ nodes: [{ id: ada }, null] });
    expect(result.errors?.map((error) => [error.extensions['code'], error.path])).toEqual([
      ['BAD_INPUT', ['nodes', 1]],
    ]);
  });

  test('a node that cannot read says so at each field, and still says who it is', async () => {
    const gateway = new TestGateway();
    gateway.node.failing.openRead = new GraphError('NO_LEADER', 'nobody leads');
    const result = await gateway.execute('{ user(handle: "ada") { id } cluster { id } }');
    expect(result.data).toEqual({ user: null, cluster: { id: 'c1' } });
    expect(result.errors?.map((error) => error.extensions['code'])).toEqual(['NO_LEADER']);
    expect(result.extensions?.['instaface']).toMatchObject({ node: 'n1' });
  });
});

describe('mutations', () => {
  const two = `mutation { a: createUser(input: { handle: "a", name: "A" }) { user { name friends { totalCount } } commit { index replayed } }
    b: createUser(input: { handle: "b", name: "B" }) { user { name } commit { index } } }`;

  test('take place once and in order, however often the document is run, and are read at the last commit', async () => {
    const gateway = new TestGateway();
    gateway.node.forget();
    const result = await gateway.execute(two);
    expect(gateway.node.mutations).toHaveLength(2);
    expect(result.data).toMatchObject({
      a: { user: { name: 'A', friends: { totalCount: 0 } }, commit: { index: '1', replayed: false } },
      b: { user: { name: 'B' }, commit: { index: '2' } },
    });
    expect(result.extensions?.['instaface']).toMatchObject({ index: '2' });
    expect(gateway.node.opened).toEqual([{ consistency: 'LOCAL', atLeast: 0, deadlineMs: 1000 }]);
  });

  test('one that fails is null at its path, and leaves the others', async () => {
    const gateway = new TestGateway();
    await gateway.user('a');
    const result = await gateway.execute(two);
    expect(result.data).toMatchObject({ a: null, b: { user: { name: 'B' } } });
    expect(result.errors?.map((error) => [error.extensions['code'], error.path])).toEqual([['CONFLICT', ['a']]]);
  });

  test('one that reads nothing runs once, and is of the index of its commit', async () => {
    const gateway = new TestGateway();
    const result = await gateway.execute(
      'mutation { createUser(input: { handle: "a", name: "A" }) { commit { index } } }',
    );
    expect(result.extensions?.['instaface']).toMatchObject({ index: '1', runs: 1 });
  });

  test('a refusal that the log holds names its commit as the schema writes it', async () => {
    const gateway = new TestGateway();
    const commit = { index: 7, term: 1, leader: 'n1', replayed: true, time: Date.parse('2026-11-22T09:00:00Z') };
    gateway.node.failing.mutate = new GraphError('CONFLICT', 'taken', { commit, idempotencyKey: 'k1' });
    const result = await gateway.execute(two);
    expect(result.errors?.[0]?.extensions).toEqual({
      code: 'CONFLICT',
      idempotencyKey: 'k1',
      commit: { index: '7', term: 1, leader: 'n1', replayed: true, committedAt: '2026-11-22T09:00:00.000Z' },
    });
  });

  test('an outcome that is not known comes with the key to ask by', async () => {
    const gateway = new TestGateway();
    gateway.node.failing.mutate = new GraphError('OUTCOME_UNKNOWN', 'no answer', { idempotencyKey: 'k1' });
    const result = await gateway.execute(two);
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'OUTCOME_UNKNOWN', idempotencyKey: 'k1' });
  });

  test('a commit that this node cannot read yet is told all the same', async () => {
    const gateway = new TestGateway();
    gateway.node.failing.advance = new GraphError('DEADLINE_EXCEEDED', 'too far behind');
    const result = await gateway.execute(
      'mutation { createUser(input: { handle: "a", name: "A" }) { user { name } commit { index } } }',
    );
    expect(result.data).toEqual({ createUser: { user: null, commit: { index: '1' } } });
    expect(result.errors?.map((error) => [error.extensions['code'], error.path?.join('.')])).toEqual([
      ['DEADLINE_EXCEEDED', 'createUser.user'],
    ]);
  });

  test('a retry with the same key answers with the first commit', async () => {
    const gateway = new TestGateway();
    const query =
      'mutation { createUser(input: { handle: "a", name: "A", idempotencyKey: "k" }) { user { id } commit { index replayed } } }';
    const first = await gateway.data(query);
    const second = await gateway.data(query);
    expect(second).toEqual({
      createUser: { user: { id: textAt(first, 'createUser', 'user', 'id') }, commit: { index: '1', replayed: true } },
    });
  });
});
