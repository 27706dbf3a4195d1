/** SQLite alone: a process that was stopped while it held the lock, files that are no database, and notes of processes long gone. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import type { LogIndex } from '#server/graph/identifiers.ts';
import { entryWith, expiryEntry, friendPut } from '#tests/support/store-entries.ts';
import { claimOf, withStore } from '#tests/support/store-places.ts';
import { waitFor } from '#tests/support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'instaface-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const takeoverMsMax = 4_000;

it('takes over from a process that was stopped in the midst of a transaction, and ends it', async () => {
  const file = join(folder, 'stopped.db');
  await withStore(`sqlite:${file}`, async (store) => {
    await store.claim(claimOf(1));
    await store.materialize({ ...claimOf(1), after: 0 as LogIndex, entries: [entryWith(1, [friendPut(1, 2, 3)])] });
  });
  const holder = await holdLock(file);
  holder.process.kill('SIGSTOP');
  const start = performance.now();
  await withStore(`sqlite:${file}`, async (store) => {
    expect(await store.claim(claimOf(2, 'n2'))).toMatchObject({ epoch: 2, index: 1 });
  });
  expect(performance.now() - start).toBeLessThan(takeoverMsMax);
  await waitFor('the holder to end', () => holder.process.signalCode !== null);
  expect(holder.process.signalCode).toBe('SIGKILL');
});

it('leaves a process alone whose pid is that of a note but not its start', async () => {
  const file = join(folder, 'recycled.db');
  await withStore(`sqlite:${file}`, async (store) => void (await store.claim(claimOf(1))));
  const holder = await holdLock(file);
  const note = join(folder, `recycled.db.holder-${holder.process.pid}`);
  writeFileSync(note, JSON.stringify({ pid: holder.process.pid, started: 'long ago' }));
  try {
    await withStore(`sqlite:${file}`, async (store) => {
      await expect(store.claim(claimOf(2))).rejects.toMatchObject({
        kind: 'unavailable',
        message: expect.stringMatching(/locked/),
      });
    });
    expect(holder.process.signalCode).toBeNull();
  } finally {
    holder.process.kill('SIGKILL');
  }
}, 20_000);

it('does not end an owner of a later term that is at work', async () => {
  const file = join(folder, 'later.db');
  await withStore(`sqlite:${file}`, async (store) => void (await store.claim(claimOf(7, 'n7'))));
  const holder = await holdLock(file);
  try {
    await withStore(`sqlite:${file}`, async (store) => {
      await expect(store.claim(claimOf(6, 'n6'))).rejects.toMatchObject({ kind: 'fenced' });
    });
    expect(holder.process.signalCode).toBeNull();
  } finally {
    holder.process.kill('SIGKILL');
  }
}, 20_000);

it('says what is wrong with a file that is no database, a folder and a place that cannot be written', async () => {
  const text = join(folder, 'text.db');
  writeFileSync(text, 'not a database at all, but long enough to have a header of one'.repeat(20));
  const open = (file: string) => withStore(`sqlite:${file}`, () => Promise.resolve());
  await expect(open(text)).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringMatching(/no SQLite database/),
  });
  mkdirSync(join(folder, 'a-folder.db'));
  await expect(open(join(folder, 'a-folder.db'))).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/check the path/),
  });
  await expect(open(join(text, 'graph.db'))).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/check the path/),
  });
  expect(readFileSync(text, 'utf8')).toMatch(/^not a database/);
});

it('removes its note when it closes', async () => {
  const file = join(folder, 'notes.db');
  await withStore(`sqlite:${file}`, async () => {
    expect(readdirSync(folder)).toContain(`notes.db.holder-${process.pid}`);
  });
  expect(readdirSync(folder)).not.toContain(`notes.db.holder-${process.pid}`);
});

it('deletes the rows of forgotten mutations piece by piece', async () => {
  const file = join(folder, 'expiry.db');
  await withStore(`sqlite:${file}`, async (store) => {
    const claim = claimOf(1);
    await store.claim(claim);
    const outcome = { kind: 'done', results: [] } as const;
    const record = (_: unknown, number: number) => ({ key: `old-${number}`, hash: 'h', outcome, effects: [] });
    const records = Array.from({ length: 4_500 }, record);
    const payload = { kind: 'mutations', time: 100, leader: claim.owner, records } as const;
    const left: number[] = [];
    const entries = [
      { ...entryWith(1, []), payload },
      expiryEntry(2, 101),
      ...[3, 4, 5].map((index) => expiryEntry(index, 101)),
    ];
    for (const [after, entry] of entries.entries()) {
      await store.materialize({ ...claim, after: after as LogIndex, entries: [entry] });
      left.push(rowsOf(file, 'applied_mutation'));
    }
    expect(left).toEqual([4_500, 2_500, 500, 0, 0]);
  });
});

function rowsOf(file: string, table: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare(`select count(*) as rows from ${table}`).get();
  database.close();
  return Number(row?.['rows']);
}

/** A process that claimed the file and then stays in a transaction. */
async function holdLock(file: string): Promise<{ readonly process: ChildProcess }> {
  const program = new URL('./processes/hold-sqlite-lock.ts', import.meta.url).pathname;
  const holder = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  holder.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await waitFor('the lock to be held', () => said.includes('locked'));
  return { process: holder };
}
