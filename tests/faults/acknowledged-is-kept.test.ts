// Goal: what was acknowledged is never lost and nothing happens twice, whatever is killed. Method: a client that writes down each key
// before it sends and each answer when it has it; afterwards every node is asked for every key.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster } from '#tests/support/cluster-process.ts';
import { killEverythingAndJudge } from '#tests/support/kill-everything.ts';
import { breakLeaderAgainAndAgain, type FaultRun } from '#tests/support/leader-faults.ts';
import type { Verdict } from '#tests/support/recording-client.ts';
import { type DatabaseService, privateDatabase } from '#tests/support/services.ts';

const databases = ['SQLite', 'MariaDB or MySQL'] as const;

describe.each(databases)('over %s', (kind) => {
  let service: DatabaseService | null = null;

  beforeAll(async () => {
    if (kind === 'SQLite') return;
    const found = await privateDatabase();
    if (found.kind === 'none') throw new Error(found.reason);
    service = found;
  });
  afterAll(async () => {
    await service?.stop();
  });
  const database = (): { readonly databaseUrl?: string } => (service ? { databaseUrl: service.freshUrl() } : {});

  test('the leader is killed again and again under load', { timeout: 180_000 }, async () => {
    const cluster = await startCluster(database());
    let result: FaultRun;
    try {
      result = await breakLeaderAgainAndAgain(cluster, { rounds: 4, inFlight: 8, fault: 'kill' });
    } finally {
      await cluster.stop();
    }
    expectNothingLost(result.verdicts);
    expect(Math.max(...result.gapsMs)).toBeLessThan(10_000);
  });

  test('all nodes are killed at once under load', { timeout: 180_000 }, async () => {
    expectNothingLost(await killEverythingAndJudge(database()));
  });
});

describe('on a disk that forgets at a kill whatever was not synced', () => {
  test('nothing is lost', { timeout: 180_000 }, async () => {
    expectNothingLost(await killEverythingAndJudge({ env: { INSTAFACE_TEST_DISK: 'drop-unsynced' } }));
  });

  test('without its fdatasync the same run loses mutations: the check can fail', { timeout: 180_000 }, async () => {
    const env = { INSTAFACE_TEST_DISK: 'drop-unsynced,skip-fdatasync' };
    const failed = await killEverythingAndJudge({ env }).then(
      (verdicts) => verdicts.some(({ lost }) => lost.length > 0),
      // The nodes may not even come up again with logs that lost their heads.
      () => true,
    );
    expect(failed).toBe(true);
  });
});

function expectNothingLost(verdicts: readonly Verdict[]): void {
  expect(verdicts).toHaveLength(3);
  for (const verdict of verdicts) {
    expect(verdict.acknowledged).toBeGreaterThanOrEqual(300);
    expect(verdict).toMatchObject({ lost: [], doubled: [] });
  }
}
