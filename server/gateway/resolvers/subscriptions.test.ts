import { describe, expect, test } from 'vitest';
import type { EventDetails } from '#server/cluster/cluster-event.ts';
import type { LogIndex, NodeId, Term } from '#server/graph/identifiers.ts';
import type { OperationStream } from '../execution/operation-stream.ts';
import { at, TestGateway, type Data } from '../testing/test-gateway.ts';

/** The next result of a stream, as a client sees it. */
async function next(stream: OperationStream): Promise<Data> {
  const { done, value } = await stream.next();
  if (done === true) return 'ended';
  const { data, errors } = value;
  const shown = errors === undefined ? { data } : { data, errors: errors.map((error) => error.extensions['code']) };
  return JSON.parse(JSON.stringify(shown)) as Data;
}

describe('changes', () => {
  test('of an entity are told in order, with what it is by then, and its removal', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    const stream = await gateway.subscribe(
      'subscription($ids: [ID!]!) { entityChanged(ids: $ids) { entityId kind entity { version ... on User { name } } commit { index } } }',
      { ids: [ada] },
    );
    const first = next(stream);
    await gateway.user('bob');
    await gateway.data('mutation($id: ID!) { updateUser(input: { id: $id, name: "Ada" }) { commit { index } } }', {
      id: ada,
    });
    expect(await first).toEqual({
      data: {
        entityChanged: {
          entityId: ada,
          kind: 'CHANGED',
          entity: { version: '3', name: 'Ada' },
          commit: { index: '3' },
        },
      },
    });
    const second = next(stream);
    await gateway.data('mutation($id: ID!) { deleteUser(input: { id: $id }) { deletedId } }', { id: ada });
    expect(await second).toEqual({
      data: { entityChanged: { entityId: ada, kind: 'REMOVED', entity: null, commit: { index: '4' } } },
    });
    await stream.return();
  });

  test('of lists say what was added, changed and removed, and how many there are', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    const bob = await gateway.user('bob');
    await gateway.befriend(ada, bob);
    const edge = { from: bob, type: 'friend', to: ada };
    await gateway.data('mutation($input: AssociationInput!) { addAssociation(input: $input) { changed } }', {
      input: { ...edge, properties: { met: 'school' } },
    });
    await gateway.status(ada, 'not of this type');
    await gateway.data('mutation($input: RemoveAssociationInput!) { removeAssociation(input: $input) { changed } }', {
      input: edge,
    });
    const stream = await gateway.subscribe(
      'subscription($from: [ID!]!) { associationsChanged(from: $from, types: ["friend"], fromCommit: "1") { from to type kind totalCount commit { index } } }',
      { from: [ada] },
    );
    const seen: Data[] = [];
    for (let events = 0; events < 3; events++) seen.push(at(await next(stream), 'data', 'associationsChanged'));
    const common = { from: ada, to: bob, type: 'friend', totalCount: 0 };
    expect(seen).toEqual([
      { ...common, kind: 'ADDED', commit: { index: '3' } },
      { ...common, kind: 'CHANGED', commit: { index: '4' } },
      { ...common, kind: 'REMOVED', commit: { index: '6' } },
    ]);
    await stream.return();
  });

  test('begin with the commit that is asked for, that one included', async () => {
    const gateway = new TestGateway();
    const ada = await gateway.user('ada');
    await gateway.status(ada, 'one');
    await gateway.status(ada, 'two');
    const stream = await gateway.subscribe(
      'subscription { statusPosted(fromCommit: "3") { kind entity { ... on Status { text author { handle } } } } }',
    );
    expect(await next(stream)).toEqual({
      data: { statusPosted: { kind: 'ADDED', entity: { text: 'two', author: { handle: 'ada' } } } },
    });
    await stream.return();
  });

  test('that the log no longer holds end the stream with HISTORY_GONE', async () => {
    const gateway = new TestGateway();
    await gateway.user('ada');
    gateway.node.horizon = 1;
    const stream = await gateway.subscribe('subscription { statusPosted(fromCommit: "1") { kind } }');
    expect(await next(stream)).toEqual({ errors: ['HISTORY_GONE'] });
    expect(await next(stream)).toBe('ended');
    expect(gateway.node.followers).toBe(0);
  });

  test('end at once for a client that leaves while nothing happens', async () => {
    const gateway = new TestGateway();
    const stream = await gateway.subscribe('subscription { statusPosted { kind } }');
    const waiting = next(stream);
    await stream.return();
    expect(await waiting).toBe('ended');
    expect(gateway.node.followers).toBe(0);
  });

  test('are refused where they make no sense', async () => {
    const gateway = new TestGateway();
    await expect(gateway.subscribe('subscription { entityChanged(ids: ["rubbish"]) { kind } }')).rejects.toThrow(
      'no id',
    );
    await expect(
      gateway.subscribe('subscription { associationsChanged(from: [], types: ["hates"]) { kind } }'),
    ).rejects.toThrow('not an association type');
  });
});

describe('the cluster', () => {
  test('is told as it is, then as it becomes; what a slow client missed is skipped', async () => {
    const gateway = new TestGateway();
    const stream = await gateway.subscribe('subscription { cluster { term } }');
    expect(await next(stream)).toEqual({ data: { cluster: { term: 1 } } });
    const { node } = gateway;
    const waiting = next(stream);
    await new Promise((resolve) => setImmediate(resolve));
    for (const term of [2, 3, 4]) node.showCluster({ ...node.cluster, term: term as typeof node.cluster.term });
    expect(await waiting).toEqual({ data: { cluster: { term: 4 } } });
    for (const term of [5, 6]) node.showCluster({ ...node.cluster, term: term as typeof node.cluster.term });
    expect(await next(stream)).toEqual({ data: { cluster: { term: 6 } } });
    const last = next(stream);
    await stream.return();
    expect([await last, node.watchers]).toEqual(['ended', 0]);
  });
});

const n1 = 'n1' as NodeId;
const n2 = 'n2' as NodeId;

/** Something happens at n1. */
function happen({ node }: TestGateway, sequence: number, details: EventDetails): void {
  const event = { source: n1, incarnation: 'a', sequence, atMicros: sequence * 1_000, term: 3 as Term };
  node.events.append({ ...event, details });
}

describe('the events of the cluster', () => {
  const common = '__typename source incarnation sequence previous atMicros term';

  test('are told each as what it is, from now on', async () => {
    const gateway = new TestGateway();
    happen(gateway, 1, { kind: 'COMMIT', index: 1 as LogIndex, mutations: 1 });
    const stream = await gateway.subscribe(`subscription { clusterEvents { ${common}
      ... on RoleEvent { role leader reason } ... on VoteEvent { candidate granted preVote }
      ... on MessageEvent { kind from to messages entries sentAtMicros receivedAtMicros dropped }
      ... on CommitEvent { index mutations } ... on CacheEvent { hits misses key }
      ... on LinkEvent { from to connected } ... on DatabaseEvent { available materializedIndex } } }`);
    const told: readonly (readonly [EventDetails, object])[] = [
      [
        { kind: 'ROLE', role: 'LEADER', leader: n1, reason: 'won' },
        { __typename: 'RoleEvent', role: 'LEADER', leader: 'n1', reason: 'won' },
      ],
      [
        { kind: 'VOTE', candidate: n2, granted: true, preVote: false },
        { __typename: 'VoteEvent', candidate: 'n2', granted: true, preVote: false },
      ],
      [
        { kind: 'MESSAGE', message: 'append-request', to: n2, messages: 2, entries: 5, sentAtMicros: 7, dropped: true },
        {
          __typename: 'MessageEvent',
          kind: 'append-request',
          from: 'n1',
          to: 'n2',
          messages: 2,
          entries: 5,
          sentAtMicros: 7,
          receivedAtMicros: null,
          dropped: true,
        },
      ],
      [
        { kind: 'COMMIT', index: 9 as LogIndex, mutations: 4 },
        { __typename: 'CommitEvent', index: '9', mutations: 4 },
      ],
      [
        { kind: 'CACHE', hits: 8, misses: 1 },
        { __typename: 'CacheEvent', hits: 8, misses: 1, key: null },
      ],
      [
        { kind: 'LINK', to: n2, connected: false },
        { __typename: 'LinkEvent', from: 'n1', to: 'n2', connected: false },
      ],
      [
        { kind: 'DATABASE', available: true, materializedIndex: 6 as LogIndex },
        { __typename: 'DatabaseEvent', available: true, materializedIndex: '6' },
      ],
    ];
    for (const [place, [details, shown]] of told.entries()) {
      happen(gateway, place + 2, details);
      const previous = place === 0 ? null : String(place + 1);
      const event = { source: 'n1', incarnation: 'a', sequence: String(place + 2), previous, term: 3, ...shown };
      expect(at(await next(stream), 'data', 'clusterEvents')).toEqual({ ...event, atMicros: (place + 2) * 1_000 });
    }
    await stream.return();
  });

  test('go on behind a position, of the kinds that are asked for', async () => {
    const gateway = new TestGateway();
    for (const sequence of [1, 3, 5]) {
      happen(gateway, sequence, { kind: 'CACHE', hits: 1, misses: 0 });
      happen(gateway, sequence + 1, { kind: 'LINK', to: n2, connected: true });
    }
    const query = `subscription($after: [EventPosition!]) { clusterEvents(kinds: [LINK], after: $after) { sequence previous } }`;
    const stream = await gateway.subscribe(query, { after: [{ source: 'n1', incarnation: 'a', sequence: '2' }] });
    expect(await next(stream)).toEqual({ data: { clusterEvents: { sequence: '4', previous: '2' } } });
    expect(await next(stream)).toEqual({ data: { clusterEvents: { sequence: '6', previous: '4' } } });
    const waiting = next(stream);
    await stream.return();
    expect(await waiting).toBe('ended');
  });

  test('that are not remembered end the stream with HISTORY_GONE', async () => {
    const gateway = new TestGateway();
    for (let sequence = 1; sequence <= 20; sequence++) happen(gateway, sequence, { kind: 'CACHE', hits: 1, misses: 0 });
    const query = `subscription($after: [EventPosition!]) { clusterEvents(after: $after) { sequence } }`;
    const stream = await gateway.subscribe(query, { after: [{ source: 'n1', incarnation: 'a', sequence: 1 }] });
    expect(await next(stream)).toEqual({ errors: ['HISTORY_GONE'] });
    expect(await next(stream)).toBe('ended');
  });

  test('are refused where positions or kinds make no sense', async () => {
    const gateway = new TestGateway();
    const position = { source: 'n1', incarnation: 'a', sequence: '1' };
    const query = 'subscription($after: [EventPosition!]) { clusterEvents(after: $after) { sequence } }';
    const tooMany = Array.from({ length: 1_001 }, () => position);
    await expect(gateway.subscribe(query, { after: tooMany })).rejects.toThrow('after must hold at most 1000');
    await expect(gateway.subscribe(query, { after: [{ ...position, sequence: '-1' }] })).rejects.toThrow(
      'Sequence must',
    );
  });
});
