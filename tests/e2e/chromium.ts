import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const programs = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export interface ChromiumService {
  readonly kind: 'chromium';
  readonly name: string;
  readonly program: string;
}

/** The browser of this machine, in the form in which the suites take a service. */
export function findChromium(): ChromiumService | { readonly kind: 'none'; readonly reason: string } {
  const program = programs.find((path) => path !== undefined && existsSync(path));
  if (program === undefined) return { kind: 'none', reason: 'no Chromium (install it, or name it in CHROMIUM)' };
  return { kind: 'chromium', name: 'Chromium', program };
}

/** Without a sandbox, which root has none of, and without anything that calls home. */
export function launch({ program }: ChromiumService): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
}

/** A page and everything that went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Console errors and warnings, exceptions, requests that failed. */
  readonly troubles: string[];
  readonly close: () => Promise<void>;
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that is left takes back what it had asked for.
    if (reason !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${reason}`);
  });
  return { page, troubles, close: () => context.close() };
}

/** Each accessibility rule that the page breaks, with the first place. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}

/** By how many pixels the page can be scrolled sideways. */
export function sidewaysOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** What still moves a second after the page was drawn. */
export function runningAnimations(page: Page): Promise<number> {
  return page.evaluate(
    'new Promise((done) => setTimeout(() => done(document.getAnimations().filter((one) => one.playState === "running").length), 1000))',
  );
}
