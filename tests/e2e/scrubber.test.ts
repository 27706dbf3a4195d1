// Goal: what happened in the cluster can be gone back to, step by step, shown to others by its address and a file, and left again.
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askForData, type TestCluster } from '../support/cluster-process.ts';
import { describeWithService } from '../support/services.ts';
import { waitFor } from '../support/wait.ts';
import { axeViolations, findChromium, openPage, sidewaysOverflow, type ChromiumService } from './chromium.ts';
import { nodesOnPage } from './cluster-page.ts';
import { serveClient, startBoundMs, type ServedClient } from './served-client.ts';

const testBoundMs = 120_000;
const stepBoundMs = 1_000;

describeWithService('the scrubber', findChromium(), (chromium: ChromiumService) => {
  let served: ServedClient | undefined;
  let cluster: TestCluster;
  let browser: Browser;

  beforeAll(async () => {
    served = await serveClient(chromium);
    ({ cluster, browser } = served);
  }, startBoundMs);

  afterAll(() => served?.close());

  it('goes back to before a node was unplugged, here and elsewhere', { timeout: testBoundMs }, async () => {
    const url = (await cluster.leader()).url;
    const { page, troubles, close } = await openPage(browser);
    await page.goto(`${url}/cluster`);
    const events = page.getByRole('list', { name: 'Events' });
    await events.getByRole('button').first().waitFor();
    const leader = (await nodesOnPage(page)).find(({ role }) => role === 'leader')?.id;
    const other = leader === 'n1' ? 'n2' : 'n1';
    const setPlugged = (plugged: boolean) =>
      askForData(url, `mutation { setPlugged(node: "${other}", plugged: ${plugged}) { id } }`);
    await setPlugged(false);
    const isOff = page.locator(`[data-node-row=${other}] [aria-checked=false]`);
    await isOff.waitFor();
    const scrubber = page.getByRole('region', { name: 'What happened' });
    const unplugged = scrubber.getByRole('button', { name: `${other} was unplugged` });
    const before = scrubber.getByRole('button', { name: 'To the marker before (<)' });
    // Markers are few: links that went down with the plug, and the plug itself.
    const current = scrubber.locator('[aria-current]');
    await waitFor('the plug in the recording', async () => {
      const [was] = await current.allInnerTexts();
      await before.click();
      const next = was === undefined ? current : current.filter({ hasNotText: was });
      const isFound = await next.waitFor({ timeout: stepBoundMs }).then(
        () => true,
        () => false,
      );
      // At the oldest one, since that of the plug has not been heard yet.
      if (!isFound) await scrubber.getByRole('button', { name: 'Live' }).click();
      return (await unplugged.and(current).count()) > 0;
    });
    await isOff.waitFor();
    await setPlugged(true);
    await page.keyboard.press(',');
    await page.locator(`[data-node-row=${other}] [aria-checked=true]`).waitFor();
    await page.keyboard.press('.');
    await isOff.waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);

    const [file] = await Promise.all([
      page.waitForEvent('download'),
      scrubber.getByRole('button', { name: 'Save the recording as a file' }).click(),
    ]);
    const buffer = readFileSync(await file.path());
    const elsewhere = await openPage(browser);
    await elsewhere.page.goto(page.url());
    await elsewhere.page.getByText('The moment that the address names is not in this recording.').waitFor();
    await elsewhere.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'events.json', mimeType: 'application/json', buffer });
    await elsewhere.page.locator(`[data-node-row=${other}] [aria-checked=false]`).waitFor();
    expect(await nodesOnPage(elsewhere.page)).toEqual(await nodesOnPage(page));
    expect(elsewhere.troubles).toEqual([]);
    await elsewhere.close();

    await scrubber.getByRole('button', { name: 'Live' }).click();
    await page.locator(`[data-node-row=${other}] [aria-checked=true]`).waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(troubles).toEqual([]);
    await close();
  });
});
