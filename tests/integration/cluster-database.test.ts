// Goal: the log goes on whatever the database does, and what the database holds is never guessed. Method: three nodes whose store fails on request.
import { v4, v7 } from 'uuid';
import { expect, onTestFinished, test } from 'vitest';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { StoreError } from '#server/graph/store-port.ts';
import type { GraphStore, MaterializedMark, StoreErrorKind } from '#server/graph/store-port.ts';
import { createUser, handleOf, idOf, mutate, read } from '../support/graph-operations.ts';
import { InProcessCluster } from '../support/in-process-cluster.ts';
import type { ClusterOptions } from '../support/in-process-cluster.ts';
import { waitFor } from '../support/wait.ts';

/** One switch for the stores of all nodes: what their next calls fail with, and what a claim is made to say. */
class Faults {
  failure: StoreErrorKind | null = null;
  claimed: ((mark: MaterializedMark) => MaterializedMark) | null = null;
  materialized = 0;

  readonly wrapStore = (store: GraphStore): GraphStore => ({
    get kind() {
      return store.kind;
    },
    get statements() {
      return store.statements;
    },
    open: () => this.#unlessFailing(() => store.open()),
    claim: (claim) =>
      this.#unlessFailing(async () => {
        const mark = await store.claim(claim);
        return this.claimed?.(mark) ?? mark;
      }),
    materialize: (write) =>
      this.#unlessFailing(async () => {
        await store.materialize(write);
        this.materialized += write.entries.length;
      }),
    read: (request) => this.#unlessFailing(() => store.read(request)),
    close: () => store.close(),
  });

  async #unlessFailing<Value>(call: () => Promise<Value>): Promise<Value> {
    if (this.failure !== null) throw new StoreError(this.failure, 'the test said so');
    return call();
  }
}

/** Calls are not answered while `isHung`, until the store itself gives up on them. */
function hangingWhile(store: GraphStore, isHung: () => boolean): GraphStore {
  const unlessHung = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    if (!isHung()) return call();
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    throw new StoreError('unavailable', 'no answer in time');
  };
  return {
    get kind() {
      return store.kind;
    },
    get statements() {
      return store.statements;
    },
    open: () => unlessHung(() => store.open()),
    claim: (claim) => unlessHung(() => store.claim(claim)),
    materialize: (write) => unlessHung(() => store.materialize(write)),
    read: (request) => unlessHung(() => store.read(request)),
    close: () => store.close(),
  };
}

const timings = { mutationDeadlineMs: 5_000, readDeadlineMs: 5_000 };

async function start(
  faults: Faults,
  options: ClusterOptions = {},
): Promise<{ readonly cluster: InProcessCluster; readonly leader: InstafaceNode }> {
  const cluster = await InProcessCluster.start({ timings, ...options, wrapStore: faults.wrapStore });
  onTestFinished(async () => {
    await cluster.close();
    expect(cluster.ends).toEqual([]);
  });
  const leader = await cluster.leader();
  await waitFor('the database to be claimed', () => leader.clusterState().database.available);
  return { cluster, leader };
}

function materialized(node: InstafaceNode, index: LogIndex): Promise<boolean> {
  return waitFor(`the database to reach ${index}`, () => node.health().materializedIndex >= index);
}

/** A node that was too busy to answer the probe is asked again after ten seconds. */
const handOverMsMax = 25_000;

test('a leader whose database hangs for it alone hands over to a node that the database answers, and only once', async () => {
  let hung: string | null = null;
  const cluster = await InProcessCluster.start({
    timings: { ...timings, databaseTimeoutMs: 600 },
    probeDatabase: async (node) => {
      if (node === hung) throw new Error('the probe hangs as well');
    },
    wrapStore: (store, node) => hangingWhile(store, () => node === hung),
  });
  onTestFinished(async () => {
    await cluster.close();
    expect(cluster.ends).toEqual([]);
  });
  const leader = await cluster.leader();
  await waitFor('the database to be claimed', () => leader.clusterState().database.available);
  const known = await createUser(leader, 'known');
  // Writes to what is cached go on without the database.
  const write = (node: InstafaceNode, bio: string) =>
    mutate(node, [
      { kind: 'update-entity', id: idOf(known), expectedType: 'User', properties: { bio }, ifVersion: null },
    ]);
  hung = leader.nodeId;
  const { commit } = await write(leader, 'written meanwhile');
  const leads = async (): Promise<InstafaceNode> => {
    const found = await cluster.leader(() => cluster.running.filter((node) => node !== leader), handOverMsMax);
    await materialized(found, commit.index);
    // A busy machine may have made them elect another one meanwhile.
    return found.health().role === 'LEADER' ? found : leads();
  };
  const next = await leads();
  const { term } = next.health();
  // It hangs for the new leader as well: the former one is not asked to take it back.
  hung = next.nodeId;
  const third = cluster.running.find((node) => node !== leader && node !== next);
  const after = await write(next, 'later');
  const last = await cluster.leader(() => (third === undefined ? [] : [third]), handOverMsMax);
  await materialized(last, after.commit.index);
  expect(last.health().term).toBe(term + 1);
});

test('a database that is away stops neither cached reads nor writes to what is cached, and catches up later', async () => {
  const faults = new Faults();
  const { leader } = await start(faults);
  const known = await createUser(leader, 'known');
  faults.failure = 'unavailable';
  // The handle is one that nobody has asked for: whether it is taken only the database knows.
  await expect(createUser(leader, 'never-seen')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  const update = await leader.mutate({
    command: {
      operations: [
        {
          kind: 'update-entity',
          id: idOf(known),
          expectedType: 'User',
          properties: { name: 'Renamed' },
          ifVersion: null,
        },
      ],
    },
    idempotencyKey: v7(),
    requestId: 'test',
  });
  expect(update.commit.index).toBeGreaterThan(known.commit.index);
  expect(await handleOf(leader, idOf(known))).toBe('known');
  await expect(handleOf(leader, 77 as never)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  await waitFor('the cluster view', () => !leader.clusterState().database.available);
  faults.failure = null;
  await materialized(leader, update.commit.index);
  await expect(createUser(leader, 'never-seen')).resolves.toMatchObject({ commit: { replayed: false } });
});

test('new writes are refused when the database is behind by more than the bound, and taken again later', async () => {
  const faults = new Faults();
  const { leader } = await start(faults, { limits: { behindEntriesMax: 12 } });
  const user = await createUser(leader, 'somebody');
  await materialized(leader, user.commit.index);
  faults.failure = 'unavailable';
  const rename = (name: string) =>
    leader.mutate({
      command: {
        operations: [
          { kind: 'update-entity', id: idOf(user), expectedType: 'User', properties: { name }, ifVersion: null },
        ],
      },
      idempotencyKey: null,
      requestId: 'test',
    });
  let taken = 0;
  const refusal = await (async () => {
    for (; taken < 20; taken++) {
      const error: unknown = await rename(`name ${taken}`).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error !== null) return error;
    }
    return null;
  })();
  expect(refusal).toMatchObject({ code: 'DATABASE_BEHIND' });
  expect(taken).toBeGreaterThan(6);
  expect(taken).toBeLessThanOrEqual(12);
  faults.failure = null;
  await waitFor('the database to catch up', () => leader.clusterState().database.behind === 0);
  await expect(rename('again')).resolves.toBeDefined();
});

test('a fence that another epoch has put up is claimed again while this node still leads', async () => {
  const faults = new Faults();
  const { leader } = await start(faults);
  faults.failure = 'fenced';
  const { commit } = await createUser(leader, 'behind-the-fence').catch(async () => {
    faults.failure = null;
    return createUser(leader, 'behind-the-fence');
  });
  faults.failure = null;
  await materialized(leader, commit.index);
});

test('a database of another history is refused with an alarm, and what needs none goes on', async () => {
  const faults = new Faults();
  const { cluster, leader } = await start(faults);
  const user = await createUser(leader, 'somebody');
  await materialized(leader, user.commit.index);
  faults.claimed = (mark) => ({ ...mark, term: (mark.term + 7) as never });
  const [next] = await cluster.followers();
  if (next === undefined) throw new Error('there is no follower');
  await leader.transferLeadership(next.nodeId);
  await waitFor('the alarm', () => cluster.messages.some((message) => message.includes('ALARM')));
  expect(await handleOf(next, idOf(user))).toBe('somebody');
  await expect(createUser(next, 'needs-the-database')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  faults.claimed = null;
  await waitFor('the database', () => next.clusterState().database.available, 15_000);
  await expect(createUser(next, 'needs-the-database')).resolves.toBeDefined();
});

test('keys that are no UUIDv7 are found in the table when memory no longer holds them', async () => {
  const faults = new Faults();
  const { cluster, leader } = await start(faults, { limits: { retainedEntries: 1 } });
  const keys = [v4(), 'invoice 7', v7()];
  const first = await Promise.all(keys.map((key, place) => createUser(leader, `user-${place}`, key)));
  const { index } = (await createUser(leader, 'later')).commit;
  await waitFor('the log to be dropped', () => {
    const reports = leader.clusterState().members.map(({ report }) => report);
    return reports.every(({ firstIndex }) => firstIndex >= index);
  });
  await Promise.all(cluster.ids.map((id) => cluster.stopNode(id)));
  await Promise.all(cluster.ids.map((id) => cluster.startNode(id)));
  const [node] = await cluster.followers();
  if (node === undefined) throw new Error('there is no follower');
  const again = await Promise.all(keys.map((key, place) => createUser(node, `user-${place}`, key)));
  expect(again.map(idOf)).toEqual(first.map(idOf));
  expect(again.every(({ commit }) => commit.replayed)).toBe(true);
  expect(await node.mutationStatus('invoice 7')).toMatchObject({ status: 'COMMITTED' });
  await expect(createUser(node, 'user-8', 'invoice 8')).resolves.toMatchObject({ commit: { replayed: false } });
});

test('a query of the database waits until the database is as far as the reader, and no longer than its deadline', async () => {
  const faults = new Faults();
  const { leader } = await start(faults);
  await createUser(leader, 'query-me');
  const all = { kind: 'entities-of-type', type: 'User', before: null, length: 5 } as const;
  const look = () =>
    read(
      leader,
      (session, misses) => {
        const found = session.query(all);
        if (found === undefined) misses.queries.push(all);
        return found;
      },
      { deadlineMs: 2_000 },
    );
  const { value } = await look();
  expect(value).toMatchObject({ kind: 'ids' });
  faults.failure = 'unavailable';
  await waitFor('the failure to be seen', async () => {
    await leader.transferLeadership(leader.nodeId);
    return look().then(
      () => false,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
        return true;
      },
    );
  });
});
