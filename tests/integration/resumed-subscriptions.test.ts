// Goal: who follows a list with the protocols' own clients hears every change of it, in order, whatever becomes of the connection or of the
// node that served it. Method: real processes, a client that writes all the time, lost connections, and two leaders killed one after the other.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startCluster, type TestCluster } from '#tests/support/cluster-process.ts';
import { followByServerSentEvents, followByWebSocket, type Follower } from '#tests/support/followers.ts';
import { createAuthor, judge, readJournal, RecordingClient } from '#tests/support/recording-client.ts';
import { waitFor } from '#tests/support/wait.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster?.stop());

const caughtUpMsMax = 30_000;

test('a list that is followed over lost connections and two dead leaders is told whole and in order', async () => {
  const author = await createAuthor((await cluster.leader()).url);
  const journal = join(cluster.folder, 'journal.jsonl');
  const { urls } = cluster;
  const writer = new RecordingClient({ urls, author, journal, inFlight: 4, requestTimeoutMs: 3_000, pauseMs: 5 });
  const followers = urls.flatMap((_, place) => {
    const options = { urls: [...urls.slice(place), ...urls.slice(0, place)], from: author, type: 'posted' };
    return [followByWebSocket(options), followByServerSentEvents(options)];
  });
  onTestFinished(async () => void (await Promise.all(followers.map((follower) => follower.stop()))));
  writer.start();
  const progress = async (): Promise<void> => {
    const acknowledged = writer.acknowledgedAtMs.length + 50;
    const heard = followers.map((follower) => follower.heard.length + 20);
    await waitFor(
      'writes to be acknowledged and heard of',
      () =>
        writer.acknowledgedAtMs.length >= acknowledged &&
        followers.every((follower, place) => follower.heard.length >= (heard[place] ?? 0)),
      caughtUpMsMax,
    );
  };
  await progress();
  for (const follower of followers) follower.drop();
  await progress();
  for (let kill = 0; kill < 2; kill += 1) {
    const leader = await cluster.leader();
    leader.signal('SIGKILL');
    await waitFor(`${leader.options.id} to be gone`, () => !leader.running);
    await progress();
    leader.start();
    await cluster.waitUntilReady();
    await progress();
  }
  await writer.stop();

  const written = readJournal(journal);
  expect(await judge(urls[0] ?? '', author, written)).toMatchObject({ lost: [], doubled: [] });
  const acknowledged = [...written.keys.values()].filter((id) => id !== null);
  // Each had its connection cut, and each kill broke those of two.
  const connections = followers.map((follower) => follower.connections());
  expect(Math.min(...connections)).toBeGreaterThanOrEqual(2);
  expect(connections.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2 * followers.length + 2 * 2);
  for (const follower of followers) {
    await waitFor(`${follower.name} to have heard of everything`, () => misses(follower, acknowledged).length === 0);
    expect([follower.name, follower.failures]).toEqual([follower.name, []]);
    expect(outOfOrder(follower)).toEqual([]);
  }
});

function misses({ heard }: Follower, ids: readonly string[]): readonly string[] {
  const told = new Set(heard.map(({ to }) => to));
  return ids.filter((id) => !told.has(id));
}

/** A commit is told before the next; what was told already may come again, on a new connection, from the last commit on. */
function outOfOrder({ heard }: Follower): readonly string[] {
  const times = new Map<string, number>();
  return heard.flatMap(({ to, commit }, place) => {
    const before = heard[place - 1]?.commit ?? 0;
    const known = times.get(to) ?? commit;
    times.set(to, commit);
    return commit < before || known !== commit ? [`${to} of ${commit} after ${before}, known as of ${known}`] : [];
  });
}
