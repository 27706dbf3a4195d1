// Goal: a database changes hands only while nobody writes to it, and then its old owner can neither write nor claim it, in every database.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openFileLog } from '#consensus/storage/file-log.ts';
import { NodeDisk } from '#consensus/storage/node-disk.ts';
import { gapEntries } from '#server/graph/cluster-identity.ts';
import type { LogIndex, Term } from '#server/graph/identifiers.ts';
import { recoverCommand } from '#server/command-line/recover-command.ts';
import { recover, type RecoverOptions } from '#server/recover.ts';
import { openRecoveredStore } from '#server/store/recovered-store.ts';
import { entryWith, userPut } from '#tests/support/store-entries.ts';
import { claimOf, describeEveryStore, withStore } from '#tests/support/store-places.ts';

const options = { timeoutMs: 10_000, log: { info: () => {}, warn: () => {} } };
const root = mkdtempSync(join(tmpdir(), 'instaface-recover-'));
afterAll(() => rmSync(root, { recursive: true }));

const at = (index: number): LogIndex => index as LogIndex;
const owner = claimOf(4);

/** A graph of one user, whose cluster is in term 4 and at index 1. */
async function writeGraph(url: string): Promise<void> {
  await withStore(url, async (store) => {
    await store.claim(owner);
    await store.materialize({
      ...owner,
      after: at(0),
      entries: [entryWith(1, [userPut(1, { handle: 'h', name: 'Ann' })])],
    });
  });
}

function recovery(databaseUrl: string, over: Partial<RecoverOptions> = {}): RecoverOptions {
  const dataFolder = mkdtempSync(join(root, 'data-'));
  return { databaseUrl, dataFolder, members: ['n1', 'n2'], confirm: () => Promise.resolve(true), ...over };
}

await describeEveryStore('a recovered database', (place) => {
  it('belongs to the new cluster from then on: the old owner neither writes nor claims', async () => {
    const url = place.freshUrl();
    await writeGraph(url);
    const plan = (await recover(recovery(url))) ?? expect.fail('it was confirmed');
    expect(plan).toMatchObject({
      oldCluster: 'test-cluster',
      materializedIndex: 1,
      startIndex: 1 + gapEntries,
      term: 5,
    });
    await withStore(url, async (store) => {
      await expect(store.claim(claimOf(9))).rejects.toMatchObject({ kind: 'foreign-cluster' });
      const claim = { ...claimOf(6), cluster: plan.newCluster };
      expect(await store.claim(claim)).toMatchObject({ index: plan.startIndex, term: 5, epoch: 6 });
    });
  });

  it('is not taken from an owner that writes', async () => {
    const url = place.freshUrl();
    await writeGraph(url);
    const found = await openRecoveredStore(url, options);
    await withStore(url, async (store) => {
      await store.claim(owner);
      await store.materialize({ ...owner, after: at(1), entries: [entryWith(2, [])] });
    });
    const next = { cluster: 'new', epoch: 5 as Term, index: at(9), term: 5 as Term };
    await expect(found.giveTo(next)).rejects.toMatchObject({ kind: 'fenced' });
    expect(found.mark).toMatchObject({ cluster: 'test-cluster', index: 1 });
    await found.close();
    const again = await openRecoveredStore(url, options);
    expect(again.mark).toMatchObject({ cluster: 'test-cluster', epoch: 4, index: 2 });
    await again.close();
  });

  it('gives each member an identity and an empty log after the gap', async () => {
    const url = place.freshUrl();
    await writeGraph(url);
    const wanted = recovery(url);
    const plan = (await recover(wanted)) ?? expect.fail('it was confirmed');
    for (const id of ['n1', 'n2']) {
      const folder = join(wanted.dataFolder, id);
      const identity: unknown = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8'));
      expect(identity).toMatchObject({ nodeId: id, state: { kind: 'founded', clusterId: plan.newCluster } });
      const disk = new NodeDisk(join(folder, 'log'));
      const { recovered, storage } = openFileLog({ disk, onFailure: () => {}, segmentBytesMax: 1_000_000 });
      expect(recovered).toMatchObject({
        mark: { index: plan.startIndex, term: 5, configuration: { voters: ['n1', 'n2'], learners: [] } },
        hardState: { term: 5, votedFor: null },
        entries: [],
      });
      await new Promise<void>((closed) => storage.close(closed));
    }
  });

  it('stays as it is where a log is found, or nobody agrees', async () => {
    const url = place.freshUrl();
    await writeGraph(url);
    const own = recovery(url);
    mkdirSync(join(own.dataFolder, 'log'), { recursive: true });
    writeFileSync(join(own.dataFolder, 'log', '000000000001.segment'), 'anything');
    await expect(recover(own)).rejects.toMatchObject({ code: 'LOG_FOUND' });
    const ofAnother = recovery(url);
    mkdirSync(join(ofAnother.dataFolder, 'n7', 'log'), { recursive: true });
    writeFileSync(join(ofAnother.dataFolder, 'n7', 'log', '000000000001.segment'), 'anything');
    await expect(recover(ofAnother)).rejects.toMatchObject({ code: 'LOG_FOUND' });
    const declined = recovery(url, { confirm: () => Promise.resolve(false) });
    expect(await recover(declined)).toBeNull();
    expect(existsSync(join(declined.dataFolder, 'n1'))).toBe(false);
    await withStore(url, async (store) => expect(await store.claim(owner)).toMatchObject({ index: 1, epoch: 4 }));
  });

  it('can be recovered again, even if nobody started it in between', async () => {
    const url = place.freshUrl();
    await writeGraph(url);
    await recover(recovery(url));
    const plan = (await recover(recovery(url))) ?? expect.fail('it was confirmed');
    expect(plan).toMatchObject({ materializedIndex: 1 + gapEntries, startIndex: 1 + 2 * gapEntries, term: 6 });
    expect(plan.newCluster.split('.').slice(1)).toEqual(['1', String(1 + gapEntries)]);
  });

  it('stays as it is while a node of its cluster answers, or where nobody can be asked', async () => {
    const url = place.freshUrl();
    await writeGraph(url);
    const node = createServer((_, response) =>
      response.writeHead(503).end(JSON.stringify({ cluster: 'test-cluster' })),
    );
    const port = await new Promise<number>((listening) => {
      node.listen(0, '127.0.0.1', () => {
        const address = node.address();
        listening(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const { dataFolder } = recovery(url);
    const command = { data: dataFolder, database: url, members: null, urls: [`http://127.0.0.1:${port}`], json: true };
    await expect(recoverCommand({ ...command, yes: true })).rejects.toMatchObject({ code: 'CLUSTER_RUNS' });
    await expect(recoverCommand({ ...command, yes: false })).rejects.toThrow(/add --yes/);
    await new Promise((closed) => node.close(closed));
    expect(JSON.parse(await recoverCommand({ ...command, yes: true }))).toMatchObject({ oldCluster: 'test-cluster' });
  });

  it('must hold a graph', async () => {
    const url = place.freshUrl();
    await expect(recover(recovery(url))).rejects.toMatchObject({ code: 'DATABASE_REFUSED' });
    await withStore(url, () => Promise.resolve());
    await expect(recover(recovery(url))).rejects.toMatchObject({ code: 'NOTHING_TO_RECOVER' });
  });
});
