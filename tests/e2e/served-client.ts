import type { Browser } from 'playwright-core';
import { buildWebIfStale } from '#server/command-line/build-web.ts';
import { startCluster, type StartClusterOptions, type TestCluster } from '../support/cluster-process.ts';
import { launch, type ChromiumService } from './chromium.ts';

/** What a suite may take to be served. */
export const startBoundMs = 120_000;

export interface ServedClient {
  readonly cluster: TestCluster;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** A cluster that serves the client as it is now, and a browser in front of it. */
export async function serveClient(chromium: ChromiumService, options: StartClusterOptions = {}): Promise<ServedClient> {
  await buildWebIfStale(() => undefined);
  const cluster = await startCluster(options);
  const browser = await launch(chromium).catch(async (error: unknown) => {
    await cluster.stop();
    throw error;
  });
  const close = async (): Promise<void> => {
    await browser.close();
    await cluster.stop();
  };
  return { cluster, browser, close };
}
