// Goal: the drawing of a person among friends is walked through by mouse and by keyboard, its address says all of it, the same
// address gives the same picture, and nobody is out of reach.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestCluster } from '../support/cluster-process.ts';
import { describeWithService } from '../support/services.ts';
import { waitFor } from '../support/wait.ts';
import { axeViolations, findChromium, openPage, sidewaysOverflow, type ChromiumService } from './chromium.ts';
import { serveClient, startBoundMs, type ServedClient } from './served-client.ts';
import { writeWideGraph, type WideGraph } from './wide-graph.ts';

const testBoundMs = 120_000;
const drawingElementsMax = 300;
const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

describeWithService('the drawing of a person among friends', findChromium(), (chromium: ChromiumService) => {
  let served: ServedClient | undefined;
  let cluster: TestCluster;
  let browser: Browser;
  let graph: WideGraph;

  beforeAll(async () => {
    served = await serveClient(chromium);
    ({ cluster, browser } = served);
    graph = await writeWideGraph((await cluster.leader()).url);
  }, startBoundMs);

  afterAll(() => served?.close());

  const address = (search: string): string => `${cluster.urls[1]}/u/${graph.hub}?view=graph${search}`;

  it(
    'is the same picture for the same address, small enough, and its labels do not touch',
    { timeout: testBoundMs },
    async () => {
      for (const viewport of sizes) {
        for (const search of [
          '',
          '&hops=2',
          `&hops=2&sel=${graph.friends.at(-1)}&zoom=2&pin=${graph.friends.at(-2)}:-60,40`,
        ]) {
          const pictures: (readonly Box[])[] = [];
          for (const colorScheme of ['dark', 'light'] as const) {
            const { page, troubles, close } = await openPage(browser, {
              viewport,
              colorScheme,
              reducedMotion: 'reduce',
            });
            await page.goto(address(search));
            await isDrawn(page, search.includes('hops=2') ? 84 : 48);
            expect(await page.locator('.ego-drawing *').count()).toBeLessThanOrEqual(drawingElementsMax);
            expect([search, viewport.width, await axeViolations(page)]).toEqual([search, viewport.width, []]);
            expect(await sidewaysOverflow(page)).toBeLessThanOrEqual(0);
            if (!search.includes('pin')) expect(await touchingLabels(page)).toEqual([]);
            pictures.push(await nodePlaces(page));
            expect(troubles).toEqual([]);
            await close();
          }
          const [first = [], second = []] = pictures;
          expect(first.map(({ id }) => id)).toEqual(second.map(({ id }) => id));
          for (const [place, box] of first.entries()) {
            expect(Math.hypot(box.x - (second[place]?.x ?? NaN), box.y - (second[place]?.y ?? NaN))).toBeLessThan(0.5);
          }
        }
      }
    },
  );

  it(
    'is walked by mouse: selects, carries, goes there, and comes back to the same picture',
    { timeout: testBoundMs },
    async () => {
      const { page, troubles, close } = await openPage(browser);
      await page.goto(address(''));
      await isDrawn(page, 48);
      const friend = page.locator(`[data-ego="${graph.friends.at(-1)}"]`);
      await friend.locator('text').click();
      await page.waitForURL(`**sel=${graph.friends.at(-1)}*`);
      await page.getByText(/friend \d+ of 48/).waitFor();
      expect(await friend.getAttribute('aria-current')).toBe('true');

      const circle = await friend.locator('circle').boundingBox();
      if (circle === null) throw new Error('nobody is drawn');
      await page.mouse.move(circle.x + circle.width / 2, circle.y + circle.height / 2);
      await page.mouse.down();
      await page.mouse.move(circle.x - 40, circle.y + 30, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL('**pin=*');
      await page.getByRole('button', { name: 'Undo 1 pinned' }).waitFor();
      const before = await nodePlaces(page);
      expect(before.find(({ id }) => id === graph.friends.at(-1))).not.toMatchObject({ x: circle.x, y: circle.y });

      await page.locator(`[data-ego="${graph.friends.at(-3)}"] text`).dblclick();
      await page.waitForURL(`**/u/${graph.friends.at(-3)}?view=graph`);
      await isDrawn(page, 6);
      await page.goBack();
      await isDrawn(page, 48);
      await page.getByRole('button', { name: 'Undo 1 pinned' }).waitFor();
      expect((await nodePlaces(page)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      await page.getByRole('button', { name: 'Hide' }).click();
      await isDrawn(page, 47);
      await page.getByRole('button', { name: 'Undo 1 pinned, 1 hidden' }).click();
      await isDrawn(page, 48);
      expect(troubles).toEqual([]);
      await close();
    },
  );

  it('is walked by keyboard alone, to a friend of a friend', { timeout: testBoundMs }, async () => {
    const { page, troubles, close } = await openPage(browser);
    await page.goto(address(''));
    await isDrawn(page, 48);
    await page.getByRole('button', { name: 'As a list' }).focus();
    await page.keyboard.press('Tab');
    const focused = page.locator('[data-ego]:focus');
    expect(await focused.getAttribute('aria-label')).toBe('Hedy Lamarr');
    await page.keyboard.press('e');
    await isDrawn(page, 84);
    await page.keyboard.press('ArrowRight');
    await page.getByText(/friend \d+ of 48/).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText(/, a friend of /).waitFor();
    const far = await focused.getAttribute('data-ego');
    await page.keyboard.press('p');
    await page.waitForURL('**pin=*');
    await page.keyboard.press('+');
    await page.waitForURL('**zoom=1.5*');
    await page.keyboard.press('0');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/u/${far}?*`);
    // Whoever walks on by keyboard has the focus in the next drawing.
    await page.locator('[data-ego=""]:focus').waitFor();
    await page.keyboard.press('[');
    await page.waitForURL(`**/u/${graph.hub}?*`);
    expect(new URL(page.url()).searchParams.get('sel')).toBe(far);
    expect(troubles).toEqual([]);
    await close();
  });

  it('says the same as a list, and leads to everybody who is not drawn', { timeout: testBoundMs }, async () => {
    const { page, troubles, close } = await openPage(browser);
    await page.goto(address(`&sel=${graph.friends[20]}`));
    await isDrawn(page, 48);
    const drawn = (await nodePlaces(page)).map(({ id }) => id);
    expect(drawn).toContain(graph.friends[20]);
    await page.getByRole('button', { name: 'As a list' }).click();
    const list = page.getByRole('list', { name: 'People in the drawing' });
    expect(await list.getByRole('listitem').count()).toBe(48);
    expect(await list.getByRole('button', { pressed: true }).count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('link', { name: '+12 more friends, as a list' }).click();
    const friends = page.getByRole('region', { name: 'Friends' });
    const shown = () => friends.locator('.person-line').count();
    for (let pages = 0; pages < 3 && (await shown()) < 60; pages++) {
      const before = await shown();
      await friends.getByRole('button', { name: 'Show older' }).click();
      await waitFor('the next page', async () => (await shown()) > before);
    }
    expect(await shown()).toBe(60);
    expect(troubles).toEqual([]);
    await close();
  });
});

/** That many people stand around the centre. */
function isDrawn(page: Page, count: number): Promise<unknown> {
  return waitFor(`${count} people drawn`, async () => (await page.locator('.ego-friend').count()) === count);
}

/** Where each circle stands on the screen. */
function nodePlaces(page: Page): Promise<readonly Box[]> {
  return page.evaluate(
    `[...document.querySelectorAll('.ego-friend')].map((friend) => {
      const { x, y } = friend.querySelector('circle').getBoundingClientRect();
      return { id: friend.dataset.ego, x, y };
    })`,
  );
}

/** Pairs of names whose boxes meet, and names that leave the drawing. */
function touchingLabels(page: Page): Promise<readonly string[]> {
  return page.evaluate(
    `(() => {
      const drawing = document.querySelector('.ego-drawing').getBoundingClientRect();
      const labels = [...document.querySelectorAll('.ego-friend text')].map((label) => ({ text: label.textContent, box: label.getBoundingClientRect() }));
      // The box of a line of text is taller than its letters, which are 12 px.
      const letters = ({ left, right, top, bottom }) => ({ left, right, top: (top + bottom) / 2 - 6, bottom: (top + bottom) / 2 + 6 });
      const boxes = labels.map(({ text, box }) => ({ text, ...letters(box) }));
      const clipped = boxes.filter(({ left, right }) => left < drawing.left - 0.5 || right > drawing.right + 0.5).map(({ text }) => text + ' is clipped');
      const pairs = boxes.flatMap((a, place) => boxes.slice(place + 1).filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map((b) => a.text + ' / ' + b.text));
      return [...clipped, ...pairs];
    })()`,
  );
}
