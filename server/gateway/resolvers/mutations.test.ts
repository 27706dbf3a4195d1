import { describe, expect, test } from 'vitest';
import { TestGateway } from '../testing/test-gateway.ts';

describe('mutations of the domain', () => {
  test('a user is created, changed and deleted', async () => {
    const gateway = new TestGateway();
    const created = await gateway.data(
      'mutation { createUser(input: { handle: "ada", name: "Ada", bio: "b", properties: { city: "Rome" } }) { user { id version bio properties } commit { term leader replayed committedAt } } }',
    );
    expect(created).toMatchObject({
      createUser: {
        user: { version: '1', bio: 'b', properties: { handle: 'ada', name: 'Ada', bio: 'b', city: 'Rome' } },
        commit: { term: 1, leader: 'n1', replayed: false, committedAt: '2026-11-22T09:00:01.000Z' },
      },
    });
    const id = 'VXNlcjo0MDk2';
    const update =
      'mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { name bio properties version } } }';
    expect(
      await gateway.data(update, {
        input: { id, name: 'Ada L.', bio: null, properties: { city: null, age: 36 }, ifVersion: '1' },
      }),
    ).toEqual({
      updateUser: {
        user: { name: 'Ada L.', bio: null, properties: { handle: 'ada', name: 'Ada L.', age: 36 }, version: '2' },
      },
    });
    expect(await gateway.errors(update, { input: { id, name: 'late', ifVersion: '1' } })).toEqual([
      'CONFLICT updateUser',
    ]);
    expect(
      await gateway.data('mutation($id: ID!) { deleteUser(input: { id: $id }) { deletedId commit { index } } }', {
        id,
      }),
    ).toMatchObject({ deleteUser: { deletedId: id } });
    expect(await gateway.data('query($id: ID!) { user(id: $id) { id } }', { id })).toEqual({ user: null });
  });

  test('befriending and liking say whether anything changed, and show the edge', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    const bob = await gateway.user('bob');
    const befriend =
      'mutation($input: FriendshipInput!) { befriend(input: $input) { changed user { friends { totalCount } } friend { handle } edge { properties node { handle } } } }';
    const input = { user: ada, friend: bob, properties: { met: 'school' } };
    const answer = {
      user: { friends: { totalCount: 1 } },
      friend: { handle: 'bob' },
      edge: { properties: { met: 'school' }, node: { handle: 'bob' } },
    };
    expect(await gateway.data(befriend, { input })).toEqual({ befriend: { changed: true, ...answer } });
    expect(await gateway.data(befriend, { input: { ...input, properties: { met: 'work' } } })).toEqual({
      befriend: { changed: false, ...answer },
    });
    const status = await gateway.status(bob, 'hello');
    const like =
      'mutation($input: LikeInput!) { likeStatus(input: $input) { changed status { likedBy { nodes { handle } } } edge { node { text } } } }';
    expect(await gateway.data(like, { input: { user: ada, status } })).toEqual({
      likeStatus: {
        changed: true,
        status: { likedBy: { nodes: [{ handle: 'ada' }] } },
        edge: { node: { text: 'hello' } },
      },
    });
    const unlike =
      'mutation($input: UnlikeInput!) { unlikeStatus(input: $input) { changed edge { cursor } status { likedBy { totalCount } } } }';
    expect(await gateway.data(unlike, { input: { user: ada, status } })).toEqual({
      unlikeStatus: { changed: true, edge: null, status: { likedBy: { totalCount: 0 } } },
    });
  });

  test('a status is changed and deleted, and outlives its author', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    const status = await gateway.status(ada, 'one');
    const update =
      'mutation($input: UpdateStatusInput!) { updateStatus(input: $input) { status { text author { handle } } } }';
    expect(await gateway.data(update, { input: { id: status, text: 'two' } })).toEqual({
      updateStatus: { status: { text: 'two', author: { handle: 'ada' } } },
    });
    await gateway.data('mutation($id: ID!) { deleteUser(input: { id: $id }) { deletedId } }', { id: ada });
    expect(
      await gateway.data('query($id: ID!) { status(id: $id) { text author { handle } } }', { id: status }),
    ).toEqual({ status: { text: 'two', author: null } });
    await gateway.data('mutation($id: ID!) { deleteStatus(input: { id: $id }) { deletedId } }', { id: status });
    expect(await gateway.data('query($id: ID!) { status(id: $id) { text } }', { id: status })).toEqual({
      status: null,
    });
  });

  test.each([
    [
      'a property given twice',
      'createUser(input: { handle: "x", name: "X", properties: { name: "Y" } }) { commit { index } }',
      'BAD_INPUT',
    ],
    ['no name', 'updateUser(input: { id: "VXNlcjo0MDk2", name: null }) { commit { index } }', 'BAD_INPUT'],
    [
      'a status where a user is meant',
      'befriend(input: { user: "U3RhdHVzOjQwOTY=", friend: "VXNlcjo0MDk2" }) { changed }',
      'BAD_INPUT',
    ],
    ['an id that is none', 'deleteUser(input: { id: "4096" }) { deletedId }', 'BAD_INPUT'],
    ['the id of nobody', 'deleteUser(input: { id: "VXNlcjo4MTkyMDA" }) { deletedId }', 'NOT_FOUND'],
    [
      'a text that is too long',
      `postStatus(input: { author: "VXNlcjo0MDk2", text: "${'x'.repeat(5001)}" }) { commit { index } }`,
      'BAD_INPUT',
    ],
    [
      'a type nobody declared',
      'createEntity(input: { type: "Robot", properties: {} }) { commit { index } }',
      'BAD_INPUT',
    ],
    [
      'a friendship with oneself',
      'befriend(input: { user: "VXNlcjo0MDk2", friend: "VXNlcjo0MDk2" }) { changed }',
      'BAD_INPUT',
    ],
    ['a reference outside of a batch', 'deleteEntity(input: { id: "#0" }) { deletedId }', 'BAD_INPUT'],
  ])('refuse %s, and change nothing', async (_what, field, code) => {
    const gateway = new TestGateway();
    await gateway.user('ada');
    const before = JSON.stringify([...gateway.node.state.graph.entities]);
    expect(await gateway.errors(`mutation { m: ${field} }`)).toEqual([`${code} m`]);
    expect(JSON.stringify([...gateway.node.state.graph.entities])).toBe(before);
  });
});

describe('mutations of any type', () => {
  test('entities and associations by the names of their declarations', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    const created = await gateway.data(
      'mutation { createEntity(input: { type: "Status", properties: { text: "t" } }) { entity { id __typename properties } } }',
    );
    expect(created).toMatchObject({ createEntity: { entity: { __typename: 'Status', properties: { text: 't' } } } });
    const status = 'U3RhdHVzOjgxOTI';
    const add =
      'mutation($input: AssociationInput!) { addAssociation(input: $input) { changed association { type time properties to { id } } } }';
    expect(
      await gateway.data(add, {
        input: { from: ada, type: 'likes', to: status, time: '2020-01-01T00:00:00Z', properties: { why: 'fun' } },
      }),
    ).toEqual({
      addAssociation: {
        changed: true,
        association: {
          type: 'likes',
          time: '2020-01-01T00:00:00.000Z',
          properties: { why: 'fun' },
          to: { id: status },
        },
      },
    });
    const change =
      'mutation($input: ChangeAssociationTypeInput!) { changeAssociationType(input: $input) { association { type properties } } }';
    expect(await gateway.data(change, { input: { from: ada, type: 'likes', to: status, newType: 'posted' } })).toEqual({
      changeAssociationType: { association: { type: 'posted', properties: { why: 'fun' } } },
    });
    const remove =
      'mutation($input: RemoveAssociationInput!) { removeAssociation(input: $input) { changed association { type } } }';
    expect(await gateway.data(remove, { input: { from: ada, type: 'posted', to: status } })).toEqual({
      removeAssociation: { changed: true, association: null },
    });
    expect(
      await gateway.data(
        'mutation($id: ID!) { updateEntity(input: { id: $id, properties: { text: "u" } }) { entity { properties } } deleteEntity(input: { id: $id }) { deletedId } }',
        { id: status },
      ),
    ).toMatchObject({
      deleteEntity: { deletedId: status },
    });
  });
});

describe('a batch', () => {
  const batch = 'mutation($input: BatchInput!) { batch(input: $input) { ids commit { index replayed } } }';

  test('takes effect as a whole, with references to what it creates', async () => {
    const gateway = new TestGateway();
    const operations = [
      { createEntity: { type: 'User', properties: { handle: 'a', name: 'A' } } },
      { createEntity: { type: 'User', properties: { handle: 'b', name: 'B' } } },
      { addAssociation: { from: '#0', type: 'friend', to: '#1' } },
    ];
    expect(await gateway.data(batch, { input: { operations, idempotencyKey: 'k' } })).toEqual({
      batch: { ids: ['VXNlcjo0MDk2', 'VXNlcjo0MDk3', null], commit: { index: '1', replayed: false } },
    });
    expect(await gateway.data(batch, { input: { operations, idempotencyKey: 'k' } })).toMatchObject({
      batch: { commit: { replayed: true } },
    });
    expect(
      await gateway.data(
        '{ user(handle: "a") { friends { nodes { handle } } } mutationStatus(idempotencyKey: "k") { status ids errorCode commit { index } } }',
      ),
    ).toEqual({
      user: { friends: { nodes: [{ handle: 'b' }] } },
      mutationStatus: {
        status: 'COMMITTED',
        ids: ['VXNlcjo0MDk2', 'VXNlcjo0MDk3'],
        errorCode: null,
        commit: { index: '1' },
      },
    });
  });

  test('changes nothing when one of its operations is refused, and says which', async () => {
    const gateway = new TestGateway();
    await gateway.user('a');
    const taken = { createEntity: { type: 'User', properties: { handle: 'a', name: 'A' } } };
    const free = { createEntity: { type: 'User', properties: { handle: 'b', name: 'B' } } };
    expect(await gateway.errors(batch, { input: { operations: [free, taken], idempotencyKey: 'k' } })).toEqual([
      'CONFLICT batch',
    ]);
    expect(
      await gateway.data(
        '{ user(handle: "b") { id } mutationStatus(idempotencyKey: "k") { status errorCode } other: mutationStatus(idempotencyKey: "z") { status commit { index } } }',
      ),
    ).toEqual({
      user: null,
      mutationStatus: { status: 'REFUSED', errorCode: 'CONFLICT' },
      other: { status: 'UNKNOWN', commit: null },
    });
    const inner = { createEntity: { type: 'User', properties: { handle: 'c', name: 'C' }, idempotencyKey: 'inner' } };
    const result = await gateway.execute(batch, { input: { operations: [free, inner] } });
    expect([result.errors?.[0]?.extensions['code'], result.errors?.[0]?.message]).toEqual([
      'BAD_INPUT',
      'operations[1]: an operation of a batch takes no idempotencyKey; the batch itself does',
    ]);
  });

  test('is at most 1,000 operations, and each is exactly one thing', async () => {
    const gateway = new TestGateway();
    const one = { createEntity: { type: 'Status', properties: { text: 't' } } };
    expect(await gateway.errors(batch, { input: { operations: Array.from({ length: 1001 }, () => one) } })).toEqual([
      'TOO_LARGE batch',
    ]);
    expect(await gateway.errors(batch, { input: { operations: [] } })).toEqual(['BAD_INPUT batch']);
    expect(await gateway.errors(batch, { input: { operations: [{ ...one, deleteEntity: { id: 'x' } }] } })).toEqual([
      'BAD_INPUT',
    ]);
    expect(await gateway.errors(batch, { input: { operations: [{ createEntity: null }] } })).toEqual(['BAD_INPUT']);
  });
});

describe('operators', () => {
  test('plug and unplug nodes; what does not exist is NOT_FOUND', async () => {
    const gateway = new TestGateway();
    expect(await gateway.data('mutation { setPlugged(node: "n1", plugged: false) { id plugged } }')).toEqual({
      setPlugged: { id: 'n1', plugged: false },
    });
    expect(await gateway.errors('mutation { setPlugged(node: "n9", plugged: false) { id } }')).toEqual([
      'NOT_FOUND setPlugged',
    ]);
    expect(await gateway.errors('mutation { setLink(from: "n1", to: "n9", connected: false) { id } }')).toEqual([
      'NOT_FOUND setLink',
    ]);
    expect(
      await gateway.data(
        'mutation { transferLeadership(to: "n1") { leader { id role } links { from to connected } } }',
      ),
    ).toEqual({
      transferLeadership: { leader: { id: 'n1', role: 'LEADER' }, links: [{ from: 'n1', to: 'n2', connected: false }] },
    });
  });

  test('change the members; a node that is added votes unless it is said otherwise', async () => {
    const gateway = new TestGateway();
    const add = 'addNode(id: "n4", peerUrl: "10.0.0.4:4100", publicUrl: "http://10.0.0.4:4000"';
    expect(await gateway.data(`mutation { voter: ${add}) { id } learner: ${add}, voter: false) { id } }`)).toEqual({
      voter: { id: 'c1' },
      learner: { id: 'c1' },
    });
    const added = { kind: 'add', id: 'n4', peer: '10.0.0.4:4100', publicUrl: 'http://10.0.0.4:4000' };
    expect(gateway.node.memberChanges).toEqual([
      { ...added, voter: true },
      { ...added, voter: false },
    ]);
    expect(await gateway.errors('mutation { promoteNode(id: "n9") { id } removeNode(id: "n8") { id } }')).toEqual([
      'NOT_FOUND promoteNode',
      'NOT_FOUND removeNode',
    ]);
  });
});
