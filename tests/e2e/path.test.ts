// Goal: the way from one person to another is found from the search and from a person's page, and its address says all of it.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askForData, type TestCluster } from '../support/cluster-process.ts';
import { describeWithService } from '../support/services.ts';
import { axeViolations, findChromium, openPage, sidewaysOverflow, type ChromiumService } from './chromium.ts';
import { serveClient, startBoundMs, type ServedClient } from './served-client.ts';
import { writeSmallGraph, type SmallGraph } from './small-graph.ts';

const testBoundMs = 120_000;

describeWithService('paths between people', findChromium(), (chromium: ChromiumService) => {
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

  it('leads from one person to another by the search', { timeout: testBoundMs }, async () => {
    const [ada, grace, , , , radia] = graph.people.map(({ id }) => id);
    const { page, troubles, close } = await openPage(browser);
    await page.goto(`${cluster.urls[1]}/u/${grace}`);
    await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('radia');
    await page.getByRole('option', { name: /Radia Perlman/ }).waitFor();
    await page.keyboard.press('Shift+Enter');
    await page.getByRole('heading', { name: '2 friendships' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/path/${grace}/${radia}`);
    const steps = await page.locator('[data-step]').all();
    expect(await Promise.all(steps.map((step) => step.getAttribute('data-step')))).toEqual([grace, ada, radia]);
    const list = page.getByRole('list', { name: 'People on the path' });
    expect(await list.getByRole('link').count()).toBe(3);
    await page.getByRole('link', { name: 'The other way round' }).click();
    await page.waitForURL(`**/path/${radia}/${grace}`);
    expect(troubles).toEqual([]);
    await close();
  });

  it('says so where no path is shown', { timeout: testBoundMs }, async () => {
    const ada = graph.people[0]?.id ?? '';
    const alone = 'mutation { createUser(input: { name: "Emmy Noether", handle: "emmy" }) { user { id } } }';
    const { createUser } = await askForData<{ createUser: { user: { id: string } } }>(
      (await cluster.leader()).url,
      alone,
    );
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const { page, close } = await openPage(browser, { viewport });
      await page.goto(`${cluster.urls[0]}/path/${ada}`);
      await page.getByText('Choose whom the path shall lead to.').waitFor();
      await page.goto(`${cluster.urls[0]}/path/${ada}/${ada}`);
      await page.getByRole('heading', { name: 'Both ends are one and the same person' }).waitFor();
      await page.goto(`${cluster.urls[0]}/path/${ada}/VXNlcjo5OTk`);
      await page.getByText('One of the two does not exist.').waitFor();
      await page.goto(`${cluster.urls[0]}/path/${ada}/${createUser.user.id}`);
      await page.getByRole('heading', { name: 'No path of at most 6 friendships' }).waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);
      await page.getByRole('link', { name: 'Look as far as 20 friendships' }).click();
      await page.getByRole('heading', { name: 'No path of at most 20 friendships' }).waitFor();
      expect(new URL(page.url()).search).toBe('?far=true');
      await close();
    }
  });
});
