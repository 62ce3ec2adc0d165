/** The page in a real browser, opened from a file as a user would. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { renderReport } from '../../src/report/report.ts';
import type { Shop } from './shop.ts';
import { explainedShop, temporaryFolder } from './shop.ts';

const executablePath = '/usr/bin/chromium';
const installed = await access(executablePath).then(
  () => true,
  () => false,
);
const folder = await temporaryFolder(test);
let browser: Browser;
let shop: Shop;
let url: string;

if (installed) {
  test.before(async () => {
    const attack =
      '<script>globalThis.injected = true</script><img src=x onerror="globalThis.injected = true">';
    shop = await explainedShop(folder, { metadata: { attack } });
    const path = join(folder, 'report.html');
    const { search, hits, catalog, model } = shop;
    await writeFile(path, await renderReport({ search, hits, catalog, model: model.model }));
    url = pathToFileURL(path).href;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  test.after.always(async () => {
    await browser?.close();
    await shop?.model.engine.dispose();
  });
} else {
  test('the report in a browser', (t) => {
    t.log(`skipped: there is no ${executablePath}`);
    t.pass();
  });
}
const inBrowser = installed ? test : test.skip;

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
}

async function open(options: BrowserContextOptions = {}): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  await page.goto(url);
  return { page, complaints };
}

const shownLayers = (page: Page) =>
  page
    .locator('.heat')
    .evaluateAll((images) => [
      ...new Set(
        images
          .filter((image) => image.checkVisibility())
          .map((image) => /layer-\d/.exec(image.className)![0]),
      ),
    ]);
const firstPicture = (page: Page) => page.locator('.evidence .stage').first().screenshot();

inBrowser('opens without errors, requests or foreign script', async (t) => {
  const { page, complaints } = await open();
  t.deepEqual(complaints, []);
  t.is(await page.evaluate('globalThis.injected'), undefined);
  t.is(await page.locator('.card').count(), 4);
  const broken = await page
    .locator('img')
    .evaluateAll(
      (images) => images.filter((image) => (image as { naturalWidth?: number }).naturalWidth === 0).length,
    );
  t.is(broken, 0);
  await page.close();
});

inBrowser('the switch shows one layer at a time, by mouse and by keyboard', async (t) => {
  const { page } = await open();
  t.deepEqual(await shownLayers(page), ['layer-2']);
  const both = await firstPicture(page);
  await page.getByRole('radio', { name: 'Match', exact: true }).check();
  t.deepEqual(await shownLayers(page), ['layer-0']);
  t.false(both.equals(await firstPicture(page)));
  await page.keyboard.press('ArrowRight');
  t.deepEqual(await shownLayers(page), ['layer-1']);
  await page.getByRole('radio', { name: 'Picture' }).check();
  t.deepEqual(await shownLayers(page), []);
  await page.close();
});

inBrowser('the scale and the opacity change how maps look', async (t) => {
  const { page } = await open({ reducedMotion: 'reduce' });
  const look = (property: 'filter' | 'opacity') =>
    page.locator('.heat.layer-2').evaluateAll((images, name) => {
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle: (e: unknown) => Record<string, string>;
      };
      return images.map((image) => getComputedStyle(image)[name]);
    }, property);
  const shared = await look('filter');
  await page.getByRole('radio', { name: 'Per map' }).check();
  // The strongest map of all looks the same either way.
  t.notDeepEqual(await look('filter'), shared);
  await page.getByLabel('Opacity').fill('25');
  t.deepEqual([...new Set(await look('opacity'))], ['0.25']);
  await page.close();
});

inBrowser('pointing at a place lights what answers it, in both directions', async (t) => {
  const { page } = await open();
  const evidence = page.locator('.evidence').first();
  const [query, hit] = [evidence.locator('.seen').nth(0), evidence.locator('.seen').nth(1)];
  const answer = evidence.locator('.answer');
  const invitation = await answer.textContent();
  for (const [asked, other, name] of [
    [query, hit, 'hit'],
    [hit, query, 'query'],
  ] as const) {
    await asked.hover();
    t.true(await asked.locator('.asked').isVisible());
    t.is(await other.locator('.answers.lit').count(), 1);
    t.is(await asked.locator('.answers.lit').count(), 0);
    const words = `[\\d.]+\u00a0% of the score \\(0\\.5\u00a0% on average\\)\\. The lit places of the ${name} answer`;
    t.regex((await answer.textContent())!, new RegExp(words));
    const shades = await other.locator('.answers').evaluate((canvas) => {
      const drawing = (
        canvas as unknown as {
          width: number;
          height: number;
          getContext(kind: '2d'): {
            getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
          };
        }
      ).getContext('2d');
      const { data } = drawing.getImageData(0, 0, 96, 96);
      return new Set(data.filter((_, i) => i % 4 === 3)).size;
    });
    t.true(shades > 10, `${shades} shades`);
  }
  await page.mouse.move(5, 5);
  t.is(await answer.textContent(), invitation);
  t.is(await evidence.locator('.answers.lit').count(), 0);
  await page.close();
});

inBrowser('places can be chosen with the keyboard, and let go with Escape', async (t) => {
  const { page } = await open();
  const query = page.locator('.evidence .seen').first();
  await query.focus();
  await page.keyboard.press('ArrowRight');
  const box = () => query.locator('.asked').getAttribute('style');
  const before = await box();
  await page.keyboard.press('ArrowRight');
  t.not(await box(), before);
  for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowUp');
  t.regex((await box())!, /top: (-\d[\d.]*|0)%/);
  await page.keyboard.press('Escape');
  t.true(await query.locator('.asked').isHidden());
  await page.close();
});

inBrowser('a tap pins a place on a phone, whose page does not scroll sideways', async (t) => {
  const { page } = await open({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  const query = page.locator('.evidence .seen').first();
  await query.tap();
  t.true(await query.locator('.asked').isVisible());
  t.is(await page.evaluate('document.documentElement.scrollWidth'), 390);
  await page.close();
});

inBrowser('without script the maps show and the switch works', async (t) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(url);
  t.is(await page.locator('.heat.layer-2:visible').count(), 6);
  await page.getByRole('radio', { name: 'Pixels', exact: true }).check();
  t.is(await page.locator('.heat.layer-1:visible').count(), 6);
  t.is(await page.locator('.heat.layer-2:visible').count(), 0);
  await context.close();
});
