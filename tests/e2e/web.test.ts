// Goal: the client is right and usable in a real browser, in front of a real cluster. Method: three node processes, Chromium, the
// mouse and the keyboard; what the page says is compared with what each node answers by itself.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askForData, type TestCluster } from '../support/cluster-process.ts';
import { describeWithService } from '../support/services.ts';
import { waitFor } from '../support/wait.ts';
import {
  axeViolations,
  findChromium,
  openPage,
  runningAnimations,
  sidewaysOverflow,
  type ChromiumService,
} from './chromium.ts';
import { firstLoadBytes } from './first-load.ts';
import { nodesByThemselves, nodesOnPage } from './cluster-page.ts';
import { serveClient, startBoundMs, type ServedClient } from './served-client.ts';
import { writeSmallGraph, type SmallGraph } from './small-graph.ts';

const testBoundMs = 120_000;
/** Some forty pages, each looked through by axe. */
const allPagesBoundMs = 300_000;
const newLeaderBoundMs = 5_000;
/** Script and style, compressed. */
const firstLoadBytesMax = 154_000;

interface LinkReport {
  readonly from: string;
  readonly to: string;
  readonly connected: boolean;
}

describeWithService('the web client', findChromium(), (chromium: ChromiumService) => {
  let served: ServedClient | undefined;
  let cluster: TestCluster;
  let browser: Browser;
  let graph: SmallGraph;

  beforeAll(async () => {
    served = await serveClient(chromium);
    ({ cluster, browser } = served);
    graph = await writeSmallGraph((await cluster.leader()).url);
  }, startBoundMs);

  afterAll(() => served?.close());

  const person = (place: number) => {
    const found = graph.people[place];
    if (found === undefined) throw new Error(`the small graph has no person ${place}`);
    return found;
  };

  const visit = async (options: { at: string; path: string; actingAs?: number }) => {
    const watched = await openPage(browser);
    if (options.actingAs !== undefined) {
      const { id, name } = person(options.actingAs);
      const value = JSON.stringify(JSON.stringify({ id, name }));
      await watched.page.addInitScript(`localStorage.setItem('instaface.acting-person', ${value})`);
    }
    await watched.page.goto(`${options.at}${options.path}`);
    return watched;
  };

  /** The same count from every node, each asked by itself, until all agree on it. */
  const everyNodeAnswers = (query: string, wanted: number) =>
    waitFor(`${wanted} from every node for ${query}`, async () => {
      const answers = await Promise.all(
        cluster.urls.map((url) => askForData<{ of: { list: { totalCount: number } } }>(url, query)),
      );
      return answers.every(({ of }) => of.list.totalCount === wanted);
    });

  it(
    'opens every page cold, in dark and light, wide and narrow, without trouble',
    { timeout: allPagesBoundMs },
    async () => {
      const paths = [
        '/',
        '/?monitor=ring',
        `/u/${person(0).id}`,
        `/u/${person(0).id}?view=graph`,
        `/s/${graph.statuses[0]}`,
        `/path/${person(1).id}/${person(2).id}`,
        '/cluster',
        '/cluster?sel=n2',
        '/cluster?view=columns',
        '/cluster?view=matrix',
      ];
      const sizes = [
        { width: 1440, height: 900 },
        { width: 390, height: 844 },
      ];
      for (const viewport of sizes) {
        for (const colorScheme of ['dark', 'light'] as const) {
          for (const path of paths) {
            const { page, troubles, close } = await openPage(browser, {
              viewport,
              colorScheme,
              reducedMotion: 'reduce',
            });
            await page.goto(`${cluster.urls[0]}${path}`);
            await page.locator('h1').waitFor();
            await page.locator('.dot-ok').first().waitFor();
            await waitFor('the page to have loaded', async () => (await page.locator('.skeleton').count()) === 0);
            const place = `${path} ${viewport.width} ${colorScheme}`;
            expect([place, await axeViolations(page)]).toEqual([place, []]);
            expect([place, Math.max(await sidewaysOverflow(page), 0)]).toEqual([place, 0]);
            expect([place, await runningAnimations(page)]).toEqual([place, 0]);
            expect([place, troubles]).toEqual([place, []]);
            await close();
          }
        }
      }
    },
  );

  it(
    'is walked by mouse from a person to a friend, a status and a liker, and back',
    { timeout: testBoundMs },
    async () => {
      const { page, troubles, close } = await visit({ at: cluster.urls[1] ?? '', path: `/u/${person(0).id}` });
      await page.getByRole('heading', { name: 'Ada Lovelace', level: 1 }).waitFor();
      await page.getByRole('link', { name: /^Friends/ }).click();
      await page.getByRole('link', { name: /Grace Hopper/ }).click();
      await page.getByRole('heading', { name: 'Grace Hopper', level: 1 }).waitFor();
      // Grace posted statuses 1, 7 and 13, and likes those of Ada.
      await page.getByRole('link', { name: 'Status 13 of Grace Hopper' }).click();
      await page.getByRole('heading', { name: 'Status 13 of Grace Hopper', level: 1 }).waitFor();
      await page.getByRole('link', { name: /Barbara Liskov/ }).click();
      await page.getByRole('heading', { name: 'Barbara Liskov', level: 1 }).waitFor();
      expect(await page.locator('.properties').first().innerText()).toContain('[ 1, 2, 3 ]');
      for (const name of ['Status 13 of Grace Hopper', 'Grace Hopper', 'Ada Lovelace']) {
        await page.goBack();
        await page.getByRole('heading', { name, level: 1 }).waitFor();
      }
      expect(troubles).toEqual([]);
      await close();
    },
  );

  it('is walked by keyboard alone', { timeout: testBoundMs }, async () => {
    const { page, troubles, close } = await visit({ at: cluster.urls[0] ?? '', path: '/', actingAs: 5 });
    await page.locator('[data-card]').first().waitFor();
    for (const key of ['j', 'j', 'o']) await page.keyboard.press(key);
    await page.waitForURL('**/s/**');
    for (const key of ['g', 'c']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'Cluster', level: 1 }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('grace');
    await page.getByRole('option', { name: /Grace Hopper/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Grace Hopper', level: 1 }).waitFor();
    for (const key of ['g', 'g']) await page.keyboard.press(key);
    await page.getByRole('heading', { name: 'Recent statuses', level: 1 }).waitFor();
    expect(troubles).toEqual([]);
    await close();
  });

  it('likes and befriends at once, and every node answers the same afterwards', { timeout: testBoundMs }, async () => {
    const { page, troubles, close } = await visit({
      at: cluster.urls[2] ?? '',
      path: `/u/${person(4).id}`,
      actingAs: 3,
    });
    await page.getByRole('button', { name: 'Befriend' }).click();
    await page.getByRole('button', { name: 'Unfriend' }).waitFor();
    await page.getByText(/committed #\d+/).waitFor();
    await everyNodeAnswers(`{ of: user(id: "${person(3).id}") { list: friends { totalCount } } }`, 2);
    await everyNodeAnswers(`{ of: user(id: "${person(4).id}") { list: friends { totalCount } } }`, 2);
    await page.getByRole('link', { name: 'Friends 2' }).waitFor();

    const status = graph.statuses[4] ?? '';
    await page.goto(`${cluster.urls[2]}/s/${status}`);
    await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).click();
    await page.getByRole('button', { name: 'Like, 2 likes', pressed: true }).waitFor();
    await page.getByText('Liked by 2 people').waitFor();
    await everyNodeAnswers(`{ of: status(id: "${status}") { list: likedBy { totalCount } } }`, 2);
    await page.getByRole('button', { name: 'Like, 2 likes', pressed: true }).click();
    await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).waitFor();
    await everyNodeAnswers(`{ of: status(id: "${status}") { list: likedBy { totalCount } } }`, 1);
    expect(troubles).toEqual([]);
    await close();
  });

  it('holds back what others post, and does not move the reader', { timeout: testBoundMs }, async () => {
    const { page, troubles, close } = await visit({ at: cluster.urls[0] ?? '', path: '/', actingAs: 0 });
    await page.getByLabel('Post as Ada Lovelace').fill('Written on the page');
    await page.getByRole('button', { name: 'Post', exact: true }).click();
    const first = page.locator('[data-card]').first();
    await first.filter({ hasText: 'Written on the page' }).waitFor();
    const before = await first.boundingBox();
    // The list listens from the index on that it was read at, so it does not matter when the socket is ready.
    await askForData(
      cluster.urls[1] ?? '',
      'mutation ($author: ID!) { postStatus(input: { author: $author, text: "From elsewhere" }) { commit { index } } }',
      { author: person(1).id },
    );
    await page.getByRole('button', { name: '1 new status' }).waitFor();
    expect(await first.innerText()).toContain('Written on the page');
    expect(Math.abs(((await first.boundingBox())?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(1);
    await page.keyboard.press('n');
    await first.filter({ hasText: 'From elsewhere' }).waitFor();
    expect(troubles).toEqual([]);
    await close();
  });

  it(
    'unplugs the leader by its switch, shows the next one, and plugs it in again',
    { timeout: testBoundMs },
    async () => {
      const old = await cluster.leader();
      const oldId = old.options.id;
      const { page, troubles, close } = await visit({ at: old.url, path: `/s/${graph.statuses[8]}`, actingAs: 0 });
      // What it has in memory is what it can serve once it is cut off.
      await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).waitFor();
      await page.getByRole('link', { name: 'Cluster', exact: true }).click();
      const agrees = () =>
        waitFor('the table to say what each node says of itself', async () => {
          const [shown, own] = [await nodesOnPage(page), await nodesByThemselves(cluster)];
          return JSON.stringify(shown) === JSON.stringify(own);
        });
      await page.locator(`[data-node=${oldId}][data-standing=leader]`).waitFor();
      await agrees();
      const oldTerm = Number(await page.locator(`[data-node-row=${oldId}] [data-cell=term]`).innerText());

      const plug = page.getByRole('switch', { name: `${oldId} plugged in` });
      await plug.click();
      // With the next frame that is drawn.
      await page.getByRole('switch', { name: `${oldId} plugged in`, checked: false }).waitFor();
      const next = page.locator(`[data-standing=leader]:not([data-node=${oldId}])`);
      await next.waitFor({ timeout: newLeaderBoundMs });
      await page.locator(`[data-node=${oldId}][data-standing=unreachable]`).waitFor();
      await page.getByText(`${oldId}, which answers this page, is unplugged: it is cut off`).waitFor();
      await agrees();
      const nextId = await next.getAttribute('data-node');
      expect(Number(await page.locator(`[data-node-row=${nextId}] [data-cell=term]`).innerText())).toBeGreaterThan(
        oldTerm,
      );

      // Cut off, it refuses what it cannot promise, and the page takes the change back and says why.
      await page.goto(`${old.url}/s/${graph.statuses[8]}`);
      await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).click();
      await page.getByText('Not liked').waitFor();
      await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).waitFor();
      // The others go on.
      const url = cluster.node(nextId ?? '').url;
      await askForData(
        url,
        'mutation ($user: ID!, $status: ID!) { likeStatus(input: { user: $user, status: $status }) { changed } }',
        {
          user: person(0).id,
          status: graph.statuses[8],
        },
      );

      await page.goto(`${old.url}/cluster`);
      await plug.click();
      await page.locator(`[data-node=${oldId}][data-standing=follower]`).waitFor();
      await waitFor('it to have caught up', async () => {
        return (await page.locator(`[data-node-row=${oldId}] [data-cell=lag]`).innerText()) === '0';
      });
      await page.getByText(new RegExp(`${nextId} leads, 2 of 2 follow`)).waitFor();
      await agrees();
      await everyNodeAnswers(`{ of: status(id: "${graph.statuses[8]}") { list: likedBy { totalCount } } }`, 2);
      expect(troubles).toEqual([]);
      await close();
    },
  );

  it(
    'cuts one direction of a link in the matrix, shows it in the ring, and joins it again',
    { timeout: testBoundMs },
    async () => {
      const [one, other] = await cluster.followers();
      if (one === undefined || other === undefined) throw new Error('no two followers');
      const [from, to] = [one.options.id, other.options.id];
      const { page, troubles, close } = await visit({ at: one.url, path: '/cluster?view=matrix' });
      const itSays = async (connected: boolean): Promise<boolean> => {
        const query = '{ cluster { links { from to connected } } }';
        const data = await askForData<{ cluster: { links: readonly LinkReport[] } }>(one.url, query);
        return data.cluster.links.find((link) => link.from === from && link.to === to)?.connected === connected;
      };
      const there = page.getByRole('switch', { name: `${from} reaches ${to}` });
      const back = page.getByRole('switch', { name: `${to} reaches ${from}` });
      await there.and(page.locator('[data-state=open]')).focus();
      await page.keyboard.press('Space');
      await page.getByRole('switch', { name: `${from} reaches ${to}`, checked: false }).waitFor();
      await waitFor('the node to have cut it', () => itSays(false));
      await there.and(page.locator('[aria-busy=false]')).waitFor();
      expect(await back.getAttribute('aria-checked')).toBe('true');

      await page.getByRole('link', { name: 'Ring', exact: true }).click();
      await page.locator(`[data-lane="${from} ${to}"][data-state=cut]`).waitFor({ state: 'attached' });
      await page.locator(`[data-lane="${to} ${from}"][data-state=open]`).waitFor({ state: 'attached' });
      await page
        .getByRole('link', { name: new RegExp(`^${to} follower T\\d+ · #[\\d,]+, hears 1 of 2`) })
        .press('Enter');
      await page.waitForURL(`**/cluster?sel=${to}`);
      const says = page.getByRole('region', { name: 'Selected node' });
      await says.getByRole('heading', { name: to }).waitFor();
      await there.click();
      await waitFor('the node to have joined it', () => itSays(true));
      await page.locator(`[data-lane="${from} ${to}"][data-state=open]`).waitFor({ state: 'attached' });
      expect(troubles).toEqual([]);
      await close();
    },
  );

  it('says what is missing without a quorum, keeps serving, and recovers', { timeout: testBoundMs }, async () => {
    const own = await cluster.leader();
    const others = cluster.nodes.filter((node) => node !== own);
    const { page, troubles, close } = await visit({ at: own.url, path: `/s/${graph.statuses[9]}`, actingAs: 0 });
    const plugs = others.map((node) => page.getByRole('switch', { name: `${node.options.id} plugged in` }));
    for (const plug of plugs) await plug.click();
    await page.getByText('No quorum: 1 of 3 voters can be heard, 2 are needed.').waitFor();
    await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).click();
    await page.getByText('Not liked').waitFor();
    await page.getByRole('button', { name: 'Like, 1 like', pressed: false }).waitFor();
    await page.getByRole('link', { name: 'Edsger Dijkstra' }).first().click();
    await page.getByRole('heading', { name: 'Edsger Dijkstra', level: 1 }).waitFor();
    await page.goBack();

    await plugs[0]?.click();
    await page.getByText(/leads, 1 of 2 follow/).waitFor();
    // The like may have been appended before, and then it commits by itself; with the key of the first attempt it counts once.
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText(/committed #\d+/).waitFor();
    await page.getByRole('button', { name: 'Like, 2 likes', pressed: true }).waitFor();
    await plugs[1]?.click();
    await everyNodeAnswers(`{ of: status(id: "${graph.statuses[9]}") { list: likedBy { totalCount } } }`, 2);
    expect(troubles).toEqual([]);
    await close();
  });

  it(
    'keeps what it has read while its node is cut off, and reads the rest by itself later',
    { timeout: testBoundMs },
    async () => {
      const [follower] = await cluster.followers();
      if (follower === undefined) throw new Error('no follower');
      const { id } = follower.options;
      const plug = (plugged: boolean) =>
        askForData(follower.url, `mutation { setPlugged(node: "${id}", plugged: ${plugged}) { id } }`);
      await plug(false);
      const { page, close } = await visit({ at: follower.url, path: '/' });
      // Nobody has asked this node for it, and only the leader could fetch it.
      await page.getByRole('alert').first().waitFor();
      await plug(true);
      await page.getByRole('link', { name: 'Ada Lovelace' }).first().waitFor();
      await waitFor('nothing to be wrong any more', async () => (await page.getByRole('alert').count()) === 0);

      await plug(false);
      await page.getByText(`${id} is unplugged`).first().waitFor();
      await page.getByRole('link', { name: 'Cluster', exact: true }).click();
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByRole('link', { name: 'Graph', exact: true }).click();
      await page.getByRole('link', { name: 'Ada Lovelace' }).first().waitFor();
      await plug(true);
      await cluster.waitUntilReady();
      await close();
    },
  );

  it('goes to another node by itself when its own dies', { timeout: testBoundMs }, async () => {
    const [follower] = await cluster.followers();
    if (follower === undefined) throw new Error('no follower');
    const { page, close } = await visit({ at: follower.url, path: '/' });
    await page.getByText(`live via ${follower.options.id}`).waitFor();
    await page.locator('[data-card]').first().waitFor();
    follower.signal('SIGKILL');
    await page
      .getByText(/live via n\d/)
      .filter({ hasNotText: follower.options.id })
      .waitFor();
    await page.getByRole('link', { name: 'Cluster', exact: true }).click();
    await page.locator(`[data-node=${follower.options.id}][data-standing=unreachable]`).waitFor();
    await page.getByRole('link', { name: 'Graph', exact: true }).click();
    await page.getByRole('link', { name: 'Ada Lovelace' }).first().click();
    await page.getByRole('heading', { name: 'Ada Lovelace', level: 1 }).waitFor();
    await waitFor('the process to be gone', () => !follower.running);
    follower.start();
    await cluster.waitUntilReady();
    await close();
  });

  it('is small enough to load at once', () => {
    expect(firstLoadBytes()).toBeLessThanOrEqual(firstLoadBytesMax);
  });
});
