/** MySQL and MariaDB alone: rights, passwords, sessions that outlive their clients, answers that get lost, servers that go away. */
import { createConnection, type Connection } from 'mysql2/promise';
import { afterAll, expect, it } from 'vitest';
import type { EntityId, LogIndex } from '#server/graph/identifiers.ts';
import type { GraphStore } from '#server/graph/store-port.ts';
import { storeProbe } from '#server/store/store-probe.ts';
import { FrozenCommitProxy } from '#tests/support/frozen-commit-proxy.ts';
import { describeWithService, isMissing, privateDatabase } from '#tests/support/services.ts';
import { entryWith, friendPut, userPut } from '#tests/support/store-entries.ts';
import { claimOf, withStore } from '#tests/support/store-places.ts';

const database = await privateDatabase();
afterAll(async () => {
  if (!isMissing(database)) await database.stop();
});
const first = claimOf(1);
const takeoverMsMax = 3_000;

describeWithService('a store in MySQL', database, (service) => {
  it('works with SELECT, INSERT, UPDATE and DELETE alone once the tables are there, takeover included', async () => {
    const url = service.freshUrl();
    await withStore(url, async (store) => void (await store.claim(first)));
    const limited = await limitedUser(url, 'select, insert, update, delete');
    await withStore(limited, async (old) => {
      await old.claim(claimOf(2, 'n2'));
      await withStore(limited, async (store) => {
        const third = claimOf(3, 'n3');
        await store.claim(third);
        const effects = [userPut(1, { handle: 'h', name: 'Ann' }), friendPut(1, 2, 3)];
        await store.materialize({ ...third, after: at(0), entries: [entryWith(1, effects)] });
        const removed = { kind: 'entity-removed', id: 1 as EntityId, type: 'User' } as const;
        await store.materialize({ ...third, after: at(1), entries: [entryWith(2, [removed])] });
        expect(await labelOf(store)).toBe(2);
      });
    });
  });

  it('says which rights are missing to make the tables', async () => {
    const url = service.freshUrl();
    await admin(url, async (connection) => void (await connection.query(`create database ${schemaOf(url)}`)));
    const limited = await limitedUser(url, 'select, insert, update, delete');
    await expect(withStore(limited, nothing)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/grant all on/),
    });
  });

  it('says that the password is refused, and never shows it', async () => {
    const url = new URL(service.freshUrl());
    url.password = 'wrong-secret';
    const opened = withStore(url.href, nothing);
    await expect(opened).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/user or the password/),
    });
    await expect(opened).rejects.not.toMatchObject({ message: expect.stringMatching(/wrong-secret/) });
  });

  it('answers a probe without becoming anything to its writer, and a probe of another place fails in its time', async () => {
    const url = service.freshUrl();
    const probe = storeProbe(url, 2_000) ?? expect.fail('MySQL can be probed');
    await expect(probe()).rejects.toThrow(/database/i);
    await withStore(url, async (store) => {
      await store.claim(first);
      await probe();
      await store.materialize({
        ...first,
        after: at(0),
        entries: [entryWith(1, [userPut(1, { handle: 'h', name: 'Ann' })])],
      });
    });
    const away = new URL(url);
    away.port = '1';
    await expect(storeProbe(away.href, 500)?.()).rejects.toThrow();
    expect(storeProbe('sqlite:/tmp/graph.db', 500)).toBeNull();
  });

  it('is unavailable where nothing listens', async () => {
    const url = new URL(service.freshUrl());
    url.port = '1';
    await expect(withStore(url.href, nothing)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('takes over from a session that holds its locks though its client is gone', async () => {
    const url = service.freshUrl();
    await withStore(url, async (store) => void (await store.claim(first)));
    const zombie = await connect(url);
    zombie.on('error', () => {});
    await zombie.query('start transaction');
    await zombie.query('update materialized set log_term = log_term + 1');
    await zombie.query(`insert into association values (1, 'friend', 2, 3, '{}', 1)`);
    const start = performance.now();
    await withStore(url, async (store) => {
      const second = claimOf(2, 'n2');
      expect((await store.claim(second)).index).toBe(0);
      await store.materialize({ ...second, after: at(0), entries: [entryWith(1, [friendPut(1, 2, 4)])] });
      expect(performance.now() - start).toBeLessThan(takeoverMsMax);
    });
    await expect(zombie.query('commit')).rejects.toThrow();
  });

  it('ends a session that locks rows while it owns the database', async () => {
    const url = service.freshUrl();
    await withStore(url, async (store) => {
      await store.claim(first);
      await store.materialize({ ...first, after: at(0), entries: [entryWith(1, [friendPut(1, 2, 4)])] });
      const zombie = await connect(url);
      zombie.on('error', () => {});
      await zombie.query('start transaction');
      await zombie.query('select * from association for update');
      const start = performance.now();
      await store.materialize({ ...first, after: at(1), entries: [entryWith(2, [friendPut(1, 2, 5)])] });
      expect(performance.now() - start).toBeLessThan(takeoverMsMax);
      await expect(zombie.query('select 1')).rejects.toThrow();
    });
  });

  for (const how of ['commit-arrives', 'commit-is-lost'] as const) {
    it(`writes once what it committed without an answer (${how})`, async () => {
      const url = new URL(service.freshUrl());
      const proxy = await FrozenCommitProxy.start(new URL(url));
      url.port = String(proxy.port);
      try {
        await withStore(
          url.href,
          async (store) => {
            await store.claim(first);
            proxy.freezeNext(how);
            const entries = [entryWith(1, [userPut(1, { handle: 'h', name: '' })])];
            await store.materialize({ ...first, after: at(0), entries });
            expect(proxy.frozen).toBe(1);
            const { label, results } = await store.read({
              keys: [],
              queries: [{ kind: 'count-of-type', type: 'User' }],
              mutations: [],
            });
            expect({ label, results }).toEqual({ label: 1, results: [{ kind: 'number', value: 1 }] });
          },
          1_500,
        );
      } finally {
        await proxy.close();
      }
    });
  }

  it('leaves alone the sessions of its own other connections', async () => {
    await withStore(service.freshUrl(), async (store) => {
      await store.claim(first);
      await Promise.all(Array.from({ length: 20 }, () => labelOf(store)));
      for (let index = 1; index <= 20; index++) {
        const write = store.materialize({ ...first, after: at(index - 1), entries: [entryWith(index, [])] });
        await Promise.all([write, labelOf(store), labelOf(store)]);
      }
    });
  });

  it.runIf(service.faults !== null)(
    'answers in time that a server is away that does not answer, and goes on after',
    async () => {
      await withStore(
        service.freshUrl(),
        async (store) => {
          await store.claim(first);
          await labelOf(store);
          await service.pause();
          const start = performance.now();
          try {
            const entries = [entryWith(1, [])];
            const calls = [
              labelOf(store),
              store.materialize({ ...first, after: at(0), entries }),
              store.claim(claimOf(2)),
            ];
            for (const call of await Promise.allSettled(calls)) {
              expect(call).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable' } });
            }
            expect(performance.now() - start).toBeLessThan(10_000);
          } finally {
            await service.resume();
          }
          await store.claim(claimOf(3));
          await store.materialize({ ...claimOf(3), after: at(0), entries: [entryWith(1, [])] });
        },
        1_000,
      );
    },
  );

  it.runIf(service.faults !== null)(
    'keeps what it committed when the server is killed, and finds it again',
    async () => {
      await withStore(service.freshUrl(), async (store) => {
        await store.claim(first);
        await store.materialize({ ...first, after: at(0), entries: [entryWith(1, [friendPut(1, 2, 3)])] });
        await service.kill();
        await expect(labelOf(store)).rejects.toMatchObject({ kind: 'unavailable' });
        await service.restart();
        expect(await labelOf(store)).toBe(1);
        await store.materialize({ ...first, after: at(1), entries: [entryWith(2, [])] });
      });
    },
  );
});

function at(index: number): LogIndex {
  return index as LogIndex;
}

async function nothing(): Promise<void> {}

async function labelOf(store: GraphStore): Promise<number> {
  return (await store.read({ keys: [], queries: [], mutations: [] })).label;
}

function schemaOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function connect(url: string): Promise<Connection> {
  const { hostname: host, port, username: user, password } = new URL(url);
  return createConnection({ host, port: Number(port), user, password, database: schemaOf(url) });
}

async function admin(url: string, act: (connection: Connection) => Promise<void>): Promise<void> {
  const { hostname: host, port, username: user, password } = new URL(url);
  const connection = await createConnection({ host, port: Number(port), user, password });
  await act(connection);
  await connection.end();
}

/** The URL of a user who has these rights on the schema, and no others anywhere. */
async function limitedUser(url: string, rights: string): Promise<string> {
  const limited = new URL(url);
  limited.username = `limited_${schemaOf(url).split('_').at(-1)}`;
  limited.password = 'limited';
  await admin(url, async (connection) => {
    await connection.query(`create user ?@'%' identified by 'limited'`, [limited.username]);
    await connection.query(`grant ${rights} on ${schemaOf(url)}.* to ?@'%'`, [limited.username]);
  });
  return limited.href;
}
