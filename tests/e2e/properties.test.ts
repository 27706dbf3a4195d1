// Goal: what a reader changes of a person is shown at once and is true everywhere afterwards, or comes back with the reason.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askForData, type TestCluster } from '../support/cluster-process.ts';
import { describeWithService } from '../support/services.ts';
import { waitFor } from '../support/wait.ts';
import { axeViolations, findChromium, openPage, type ChromiumService } from './chromium.ts';
import { serveClient, startBoundMs, type ServedClient } from './served-client.ts';
import { writeSmallGraph, type SmallGraph } from './small-graph.ts';

const testBoundMs = 120_000;

describeWithService('properties of a person', findChromium(), (chromium: ChromiumService) => {
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

  it('changes properties at once, and takes back what is refused', { timeout: testBoundMs }, async () => {
    const id = graph.people[5]?.id;
    const url = cluster.urls[1] ?? '';
    const { page, troubles, close } = await openPage(browser);
    await page.goto(`${url}/u/${id}`);
    const properties = page.locator('.page-aside .properties');
    await page.getByRole('button', { name: 'Change field' }).press('Enter');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('spanning trees');
    await page.keyboard.press('Enter');
    await properties.getByText('spanning trees').waitFor();
    await page.getByText(/Changed field committed #\d+/).waitFor();
    await page.locator('[data-edit=field]:focus').waitFor();

    await page.getByRole('button', { name: 'Add a property' }).click();
    await page.getByLabel('Name of the property').fill('patents');
    await page.getByLabel('Kind of value').selectOption('number');
    await page.getByLabel('Value', { exact: true }).fill('many');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A number is wanted').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('Value', { exact: true }).fill('100');
    await page.getByRole('button', { name: 'Save' }).click();
    const toast = page.getByText(/Changed patents committed #\d+/);
    await toast.waitFor();
    const propertiesOf = async (node: string): Promise<Record<string, unknown> | undefined> => {
      const data = await askForData<{ user: { properties: Record<string, unknown> } }>(
        node,
        `{ user(id: "${id}") { properties } }`,
      );
      return data.user.properties;
    };
    await waitFor('every node to answer both', async () => {
      const answers = await Promise.all(cluster.urls.map(propertiesOf));
      return answers.every((own) => own?.['patents'] === 100 && own['field'] === 'spanning trees');
    });

    // Somebody else changes the person while the page hears nothing: what was seen is no longer what would be overwritten.
    await page.getByRole('button', { name: 'Change patents' }).click();
    const [own] = await Promise.all([
      page.waitForRequest((request) => request.postData()?.includes('UpdatePerson') === true),
      (async () => {
        await page.route('**/graphql', async (route) => {
          if (route.request().postData()?.includes('UpdatePerson') !== true) return route.continue();
          const change = `mutation { updateUser(input: { id: "${id}", properties: { patents: 101 } }) { commit { index } } }`;
          await askForData(url, change);
          return route.continue();
        });
        await page.getByLabel('Value', { exact: true }).fill('1');
        await page.getByRole('button', { name: 'Save' }).click();
      })(),
    ]);
    expect(own.postDataJSON()).toMatchObject({ variables: { input: { properties: { patents: 1 } } } });
    await page.getByText(/patents is not changed/).waitFor();
    expect(await page.getByLabel('Value', { exact: true }).inputValue()).toBe('1');
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await properties.getByText('101', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Change patents' }).click();
    // That of the first change, which would be taken for this one's.
    await toast.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Remove' }).click();
    await toast.waitFor();
    await properties.getByText('patents').waitFor({ state: 'detached' });
    expect(troubles).toEqual([]);
    await close();
  });
});
