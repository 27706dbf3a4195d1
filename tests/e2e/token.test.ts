// Goal: in front of a cluster that answers to tokens alone the client asks for one, works with it, and says what it does not allow.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestCluster } from '../support/cluster-process.ts';
import { describeWithService } from '../support/services.ts';
import { axeViolations, findChromium, openPage, type ChromiumService } from './chromium.ts';
import { serveClient, startBoundMs, type ServedClient } from './served-client.ts';

const testBoundMs = 120_000;
const tokens = { read: 'reader-'.repeat(4), operate: 'operator-'.repeat(4) };

describeWithService('a token', findChromium(), (chromium: ChromiumService) => {
  const folder = mkdtempSync(join(tmpdir(), 'instaface-token-'));
  let served: ServedClient | undefined;
  let cluster: TestCluster;
  let browser: Browser;

  beforeAll(async () => {
    const file = join(folder, 'tokens');
    writeFileSync(file, `read ${tokens.read}\noperate ${tokens.operate}\n`, { mode: 0o600 });
    served = await serveClient(chromium, { env: { INSTAFACE_TOKEN_FILE: file } });
    ({ cluster, browser } = served);
  }, startBoundMs);

  afterAll(async () => {
    await served?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is asked for, taken, named where it is too weak, exchanged and forgotten', { timeout: testBoundMs }, async () => {
    const { page, close } = await openPage(browser);
    await page.goto(`${cluster.urls[0]}/cluster`);
    const dialog = page.getByRole('dialog', { name: 'Token' });
    const enter = async (token: string): Promise<void> => {
      await dialog.getByLabel('Token', { exact: true }).fill(token);
      await dialog.getByRole('button', { name: 'Use it' }).click();
      await page.waitForLoadState();
    };
    const askAgain = async (): Promise<void> => {
      await page.getByRole('button', { name: /^Connection/ }).click();
      await page.getByRole('button', { name: 'Token', exact: true }).click();
    };
    await dialog.getByText('This cluster answers to tokens alone.').waitFor();
    await dialog.locator('input:focus').waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await enter('not-a-token-of-this-cluster');
    await dialog.getByText('The token of this tab was refused').waitFor();

    await enter(tokens.read);
    await page.getByText(/leads, 2 of 2 follow/).waitFor();
    const plug = page.getByRole('switch', { name: 'n2 plugged in' });
    await plug.click();
    await page.getByText('this needs a token with the role operate; the one that was sent has read').waitFor();
    expect(await plug.getAttribute('aria-checked')).toBe('true');

    await askAgain();
    await enter(tokens.operate);
    await plug.click();
    await page.locator('[data-node=n2][data-standing=unreachable]').waitFor();
    await plug.click();
    await page.getByText(/leads, 2 of 2 follow/).waitFor();
    expect(page.url()).not.toContain(tokens.operate);

    await askAgain();
    await dialog.getByRole('button', { name: 'Forget the token' }).click();
    await dialog.getByText('This cluster answers to tokens alone.').waitFor();
    expect(await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])')).not.toContain(
      tokens.operate,
    );
    await close();
  });
});
