import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { readConfig } from '#server/config/read-config.ts';
import { shareSettings, type SharedSettings } from '#server/config/shared-settings.ts';
import { describeWithService, privateRedis } from '#tests/support/services.ts';

const service = await privateRedis();
const log = { info: () => {}, warn: () => {} };

describeWithService('settings in Redis', service, ({ url }) => {
  const share = (clusterName: string, ...changes: string[]): Promise<SharedSettings> =>
    shareSettings({ redisUrl: url, clusterName, log, changes });

  test('are set, read by a node that starts, and taken away, for one cluster alone', async () => {
    const [cluster, other] = [randomUUID(), randomUUID()];
    await share(cluster, 'tickMs=30', 'cacheBytesMax=4 MiB');
    const { settings } = await share(cluster);
    expect(settings).toEqual({ tickMs: '30', cacheBytesMax: '4 MiB' });
    const shared = { members: null, addresses: new Map(), settings: new Map(Object.entries(settings)) };
    expect(readConfig({ flags: { id: 'n1' }, env: {}, shared }).timings.tickMs).toBe(30);
    expect((await share(other)).settings).toEqual({});
    expect((await share(cluster, 'tickMs=')).settings).toEqual({ cacheBytesMax: '4 MiB' });
  });

  test.each(['tickMs=0', 'tickMs=soon', 'tick=3', 'tickMs', 'electionTimeoutTicks=5'])(
    'refuse %s, and what was given with it',
    async (change) => {
      const cluster = randomUUID();
      await expect(share(cluster, 'readDeadlineMs=900', change)).rejects.toMatchObject({ code: 'BAD_CONFIG' });
      expect((await share(cluster)).settings).toEqual({});
    },
  );
});
