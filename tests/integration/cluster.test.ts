// Goal: what the design promises of a cluster, seen at the service of each node. Method: three real nodes in one process (see InProcessCluster).
import { v4, v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { InstafaceNode } from '#server/cluster/instaface-node.ts';
import type { ChangeEvent } from '#server/cluster/node-service.ts';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import {
  befriend,
  createUser,
  deleteEntity,
  friendCount,
  handleOf,
  idOf,
  mutate,
  postStatus,
  read,
} from '../support/graph-operations.ts';
import { InProcessCluster } from '../support/in-process-cluster.ts';
import { waitFor } from '../support/wait.ts';

async function firstFollower(cluster: InProcessCluster): Promise<InstafaceNode> {
  const [follower] = await cluster.followers();
  if (follower === undefined) throw new Error('there is no follower');
  return follower;
}

/** A busy machine is no failure of what is tested here; the bounds of failures have tests of their own. */
const patient = { mutationDeadlineMs: 15_000, readDeadlineMs: 15_000 };

describe('a healthy cluster', () => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await InProcessCluster.start({ timings: patient });
  });
  afterAll(async () => {
    expect(cluster.ends).toEqual([]);
    await cluster.close();
  });

  test('shows a mutation at once on the node that took it, and with its index on every other', async () => {
    for (const node of cluster.running) {
      const answer = await createUser(node, `at-${node.nodeId}`);
      expect(node.standing().appliedIndex).toBeGreaterThanOrEqual(answer.commit.index);
      expect(await handleOf(node, idOf(answer))).toBe(`at-${node.nodeId}`);
      for (const other of cluster.running)
        expect(await handleOf(other, idOf(answer), { atLeast: answer.commit.index })).toBe(`at-${node.nodeId}`);
    }
  });

  test('shows a linearizable read everything that anyone was told before', async () => {
    const [writer, reader] = await cluster.followers();
    if (writer === undefined || reader === undefined) throw new Error('two followers are needed');
    for (let i = 0; i < 20; i++) {
      const answer = await createUser(writer, `linear-${i}`);
      expect(await handleOf(reader, idOf(answer), { consistency: 'LINEARIZABLE' })).toBe(`linear-${i}`);
    }
  });

  test('takes a command once, however many copies come, at whichever nodes', async () => {
    for (const key of [v7(), v4(), 'order 17']) {
      const copies = await Promise.all(
        [...cluster.running, ...cluster.running].map((node) => createUser(node, `once-${key.slice(0, 5)}`, key)),
      );
      expect(new Set(copies.map(idOf)).size).toBe(1);
      expect(new Set(copies.map(({ commit }) => commit.index)).size).toBe(1);
      expect(copies.filter(({ commit }) => !commit.replayed)).toHaveLength(1);
      await expect(createUser(await cluster.leader(), 'another', key)).rejects.toMatchObject({
        code: 'IDEMPOTENCY_MISMATCH',
      });
    }
  });

  test('gives a refusal to every copy, although the graph would take the command by now', async () => {
    const node = await firstFollower(cluster);
    const key = v7();
    const first = await createUser(node, 'taken');
    await expect(createUser(node, 'taken', key)).rejects.toMatchObject({ code: 'CONFLICT' });
    await deleteEntity(node, idOf(first));
    await expect(createUser(await cluster.leader(), 'taken', key)).rejects.toMatchObject({ code: 'CONFLICT' });
    await createUser(node, 'taken');
    expect(await node.mutationStatus(key)).toMatchObject({ status: 'REFUSED', recorded: { key } });
    expect(await node.mutationStatus(v7())).toEqual({ status: 'UNKNOWN', recorded: null });
  });

  test('refuses keys whose time nobody can answer for', async () => {
    const node = await firstFollower(cluster);
    const day = 24 * 3_600_000;
    const key = v7({ msecs: Date.now() - 2 * day });
    await expect(createUser(node, 'too-late', key)).rejects.toMatchObject({ code: 'KEY_EXPIRED' });
    expect(await node.mutationStatus(key)).toMatchObject({ status: 'EXPIRED' });
    const future = createUser(node, 'too-early', v7({ msecs: Date.now() + day }));
    await expect(future).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  test('changes both directions of an edge and both counts in one commit, as every read sees it', async () => {
    const node = await firstFollower(cluster);
    const [a, b] = [idOf(await createUser(node, 'edge-a')), idOf(await createUser(node, 'edge-b'))];
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const seen = new Set<string>();
    const readers = cluster.running.map(async (reader) => {
      while (!stop.signal.aborted) {
        const { value, session } = await read(reader, (look, misses) => {
          const edges = [look.association(a, 'friend', b), look.association(b, 'friend', a)];
          const counts = [look.count(a, 'friend'), look.count(b, 'friend')];
          if ([...edges, ...counts].includes(undefined))
            for (const [from, to] of [
              [a, b],
              [b, a],
            ] as const)
              misses.keys.push(
                { kind: 'association', from, type: 'friend', to },
                { kind: 'count', from, type: 'friend' },
              );
          return [...edges.map((edge) => (edge ? 1 : 0)), ...counts].join(' ');
        });
        expect(session.index()).toBeGreaterThan(0);
        seen.add(value);
        // A read that is answered from memory waits for nothing: the log needs its turn too.
        await new Promise(setImmediate);
      }
    });
    for (let i = 0; i < 30; i++) {
      await befriend(node, a, b);
      await mutate(node, [{ kind: 'remove-association', from: a, type: 'friend', to: b }]);
    }
    stop.abort();
    await Promise.all(readers);
    expect([...seen].sort()).toEqual(['0 0 0 0', '1 1 1 1']);
  });

  test('commits many commands in few entries, each answered with its own', async () => {
    const before = (await cluster.leader()).health().commitIndex;
    const answers = await Promise.all(
      Array.from({ length: 600 }, (_, i) => createUser(cluster.running[i % 3] as InstafaceNode, `crowd-${i}`)),
    );
    expect(new Set(answers.map(idOf)).size).toBe(600);
    const entries = Math.max(...answers.map(({ commit }) => commit.index)) - before;
    expect(entries).toBeLessThan(200);
    expect(await handleOf(cluster.node('n2'), idOf(answers[345] as never))).toBe('crowd-345');
  });

  test('deletes somebody with many friends in several commits, answered at the last', async () => {
    const node = await firstFollower(cluster);
    const hub = idOf(await createUser(node, 'hub'));
    const friends = await Promise.all(Array.from({ length: 900 }, (_, i) => createUser(node, `spoke-${i}`)));
    await Promise.all(friends.map((friend) => befriend(node, hub, idOf(friend))));
    expect(await friendCount(node, hub)).toBe(900);
    const key = v7();
    const [answer, copy] = await Promise.all([deleteEntity(node, hub, key), deleteEntity(node, hub, key)]);
    expect(copy.commit.index).toBe(answer.commit.index);
    expect((await deleteEntity(node, hub, key)).commit).toEqual({ ...answer.commit, replayed: true });
    expect(await handleOf(node, hub)).toBeNull();
    for (const friend of [friends[0], friends[450], friends[899]])
      expect(await friendCount(await cluster.leader(), idOf(friend as never))).toBe(0);
  });

  test('brings everything into the database', async () => {
    const leader = await cluster.leader();
    const { index } = (await createUser(leader, 'last')).commit;
    await waitFor('the database', () => leader.health().materializedIndex >= index);
    const { database } = leader.clusterState();
    expect(database).toMatchObject({ kind: 'sqlite', available: true });
    const follower = await firstFollower(cluster);
    await waitFor('the notice', () => follower.health().materializedIndex >= index);
  });

  test('answers what only the database knows, as fresh as the reader needs it', async () => {
    const node = await firstFollower(cluster);
    const id = idOf(await createUser(node, 'zz-searched'));
    const query = { kind: 'search', type: 'User', text: 'zz-searched', length: 3 } as const;
    const { value } = await read(node, (session, misses) => {
      const found = session.query(query);
      if (found === undefined) misses.queries.push(query);
      return found;
    });
    expect(value).toEqual({ kind: 'ids', ids: [id] });
  });

  test('shows every member what each says of itself', async () => {
    const leader = await cluster.leader();
    for (const node of cluster.running) {
      const state = await waitFor('a whole picture', () => {
        const seen = node.clusterState();
        return seen.leader === leader.nodeId && seen.members.every((member) => member.reachable) && seen;
      });
      expect(state.members.map(({ report }) => report.id)).toEqual(['n1', 'n2', 'n3']);
      expect(state.hasQuorum).toBe(true);
      const log = state.members.find(({ report }) => report.id === leader.nodeId)?.report.log ?? [];
      expect(log.some((entry) => entry.kind === 'MUTATIONS' && entry.summary !== '')).toBe(true);
    }
  });

  test('hands leadership to the node that an operator names', async () => {
    const follower = await firstFollower(cluster);
    const [, other] = await cluster.followers();
    await other?.transferLeadership(follower.nodeId);
    await waitFor('the new leader', () => follower.standing().role === 'LEADER');
    expect(idOf(await createUser(follower, 'after-transfer'))).toBeGreaterThan(0);
    await expect(follower.transferLeadership('n9' as never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what a cold follower fetches', () => {
  test('is one fill and one statement for each level of a nested query', async () => {
    // Next to nothing of the log is kept, so that a node that starts again remembers nothing of the graph.
    const cluster = await InProcessCluster.start({ timings: patient, limits: { retainedEntries: 1 } });
    onTestFinished(() => cluster.close());
    const node = await firstFollower(cluster);
    const center = idOf(await createUser(node, 'center'));
    const friends = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => idOf(await createUser(node, `friend-${i}`))),
    );
    await Promise.all(friends.map((friend) => befriend(node, center, friend)));
    await Promise.all(
      friends.flatMap((friend) => [1, 2, 3, 4, 5].map((i) => postStatus(node, friend, `${friend} ${i}`))),
    );
    const { index } = (await createUser(node, 'somebody-else')).commit;
    await waitFor('the log to be dropped', async () => {
      const reports = (await cluster.leader()).clusterState().members.map(({ report }) => report);
      return reports.every(({ firstIndex }) => firstIndex >= index);
    });
    await Promise.all(cluster.ids.map((id) => cluster.stopNode(id)));
    await Promise.all(cluster.ids.map((id) => cluster.startNode(id)));
    const cold = await firstFollower(cluster);
    const { value, session } = await read(cold, (look, misses) => {
      const list = look.list(center, 'friend', 21);
      if (list === undefined) misses.keys.push({ kind: 'list', from: center, type: 'friend', length: 21 });
      const texts: unknown[] = [];
      for (const { to } of list?.edges ?? []) {
        if (look.entity(to) === undefined) misses.keys.push({ kind: 'entity', id: to });
        const posted = look.list(to, 'posted', 6);
        if (posted === undefined) misses.keys.push({ kind: 'list', from: to, type: 'posted', length: 6 });
        for (const edge of posted?.edges ?? []) {
          const status = look.entity(edge.to);
          if (status === undefined) misses.keys.push({ kind: 'entity', id: edge.to });
          texts.push(status?.properties['text']);
        }
      }
      return texts;
    });
    expect(new Set(value).size).toBe(100);
    expect(session.cost()).toMatchObject({ leaderFetches: 3, databaseFetches: 3 });
  });
});

describe('a cluster that loses its leader', () => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await InProcessCluster.start();
  });
  afterAll(async () => {
    expect(cluster.ends).toEqual([]);
    await cluster.close();
  });

  async function collect(
    node: InstafaceNode,
    options: { readonly fromCommit: LogIndex; readonly until: LogIndex },
  ): Promise<readonly ChangeEvent[]> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 10_000);
    const events: ChangeEvent[] = [];
    for await (const event of node.changes({ fromCommit: options.fromCommit, signal: abort.signal })) {
      events.push(event);
      if (event.kind === 'gone' || event.commit.index >= options.until) break;
    }
    clearTimeout(timer);
    return events;
  }

  test('loses nothing, doubles nothing, and goes on telling of changes from where a client was', async () => {
    const acknowledged = new Map<string, EntityId>();
    const stop = new AbortController();
    let first = 0 as LogIndex;
    let last = 0 as LogIndex;
    const writers = ['n1', 'n2', 'n3'].flatMap((id) =>
      [1, 2, 3].map(async (writer) => {
        for (let i = 0; !stop.signal.aborted; i++) {
          const handle = `${id}-${writer}-${i}`;
          const key = v7();
          while (!stop.signal.aborted) {
            const node = cluster.running[(i + writer) % cluster.running.length] as InstafaceNode;
            const answer = await createUser(node, handle, key).catch((error: unknown) => {
              expect(error).toMatchObject({
                code: expect.stringMatching(/OUTCOME_UNKNOWN|NO_LEADER|NO_QUORUM|DEADLINE_EXCEEDED/),
              });
              return null;
            });
            if (answer === null) continue;
            acknowledged.set(handle, idOf(answer));
            if (first === 0) first = answer.commit.index;
            last = Math.max(last, answer.commit.index) as LogIndex;
            break;
          }
        }
      }),
    );
    onTestFinished(() => stop.abort());
    for (let round = 0; round < 2; round++) {
      const leader = await cluster.leader();
      const before = acknowledged.size;
      await waitFor('some mutations', () => acknowledged.size > before + 50);
      await cluster.stopNode(leader.nodeId);
      await cluster.leader();
      const after = acknowledged.size;
      await waitFor('some mutations more', () => acknowledged.size > after + 50);
      await cluster.startNode(leader.nodeId);
    }
    stop.abort();
    await Promise.all(writers);
    const node = await firstFollower(cluster);
    const created = new Map<string, number>();
    for (const event of await collect(node, { fromCommit: first, until: last })) {
      expect(event.kind).toBe('commit');
      for (const effect of event.kind === 'commit' ? event.effects : [])
        if (effect.kind === 'entity-put') {
          const handle = JSON.stringify(effect.entity.properties['handle']);
          created.set(handle, (created.get(handle) ?? 0) + 1);
        }
    }
    for (const [handle, id] of acknowledged) {
      expect(created.get(JSON.stringify(handle)), handle).toBe(1);
      for (const each of cluster.running) expect(await handleOf(each, id, { atLeast: last })).toBe(handle);
    }
  });

  test('leads on when the leader is unplugged, which then says that it is cut off', async () => {
    const leader = await cluster.leader();
    const id = idOf(await createUser(leader, 'before-the-cut'));
    const [other] = await cluster.followers();
    await other?.setPlugged(leader.nodeId, false);
    const next = await cluster.leader(() => cluster.running.filter((node) => node !== leader));
    expect(idOf(await createUser(next, 'after-the-cut'))).toBeGreaterThan(id);
    await waitFor('the old leader to step down', () => leader.standing().role !== 'LEADER');

    const started = performance.now();
    await expect(createUser(leader, 'nowhere')).rejects.toMatchObject({
      code: expect.stringMatching(/NO_QUORUM|NO_LEADER/),
    });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(await handleOf(leader, id, { consistency: 'LOCAL' })).toBe('before-the-cut');
    const missed = performance.now();
    await expect(handleOf(leader, 4_096_000_000 as EntityId, { consistency: 'LOCAL' })).rejects.toMatchObject({
      code: 'NO_LEADER',
    });
    expect(performance.now() - missed).toBeLessThan(200);
    expect(leader.health()).toMatchObject({ ready: false });
    await waitFor('the view of the others', () => {
      const member = next.clusterState().members.find(({ report }) => report.id === leader.nodeId);
      return member?.reachable === true && !member.report.plugged;
    });

    await next.setPlugged(leader.nodeId, true);
    const answer = await createUser(next, 'together-again');
    expect(await handleOf(leader, idOf(answer), { atLeast: answer.commit.index })).toBe('together-again');
  });

  test('says what may have happened, and what cannot have, when a majority is gone', async () => {
    const leader = await cluster.leader();
    const others = cluster.running.filter((node) => node !== leader);
    const id = idOf(await createUser(leader, 'with-a-majority'));
    await Promise.all(others.map((node) => leader.setPlugged(node.nodeId, false)));
    const key = v7();
    const started = performance.now();
    await expect(createUser(leader, 'perhaps', key)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      details: { idempotencyKey: key },
    });
    expect(performance.now() - started).toBeLessThan(2_000);
    await waitFor('the leader to step down', () => leader.standing().role !== 'LEADER');
    await expect(createUser(leader, 'certainly-not')).rejects.toMatchObject({ code: 'NO_QUORUM' });
    expect(await handleOf(leader, id)).toBe('with-a-majority');
    expect(leader.standing().leaderHeardMs).toBeGreaterThan(0);
    await expect(handleOf(leader, id, { consistency: 'LINEARIZABLE', deadlineMs: 300 })).rejects.toMatchObject({
      code: 'NO_LEADER',
    });
    await Promise.all(others.map((node) => leader.setPlugged(node.nodeId, true)));
    const answer = await createUser(await cluster.leader(), 'perhaps', key);
    expect(idOf(answer)).toBeGreaterThan(0);
    await expect(createUser(leader, 'certainly-not')).resolves.toMatchObject({ commit: { replayed: false } });
  });
});
