/**
 * The pictures of the README, from the demo catalogue, in Debian's chromium; to be made again when the model or the page has changed:
 *
 *     npm run build && npm run demo && npx tsx scripts/readme-pictures.ts [demo]
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { explainPictureName } from '../src/app/explain-name.ts';
import { openToRead } from '../src/app/open.ts';
import { defaultMethod } from '../src/explain/methods/index.ts';
import { drawnAlone, drawOverlay } from '../src/report/overlays.ts';
import { startServer } from './load/server-process.ts';

const product = 'mug-teal-stripes';
const fromNear = 'teapot-lilac-flowers';
const named = [
  'sneaker-charcoal-stripes',
  'cap-cobalt-zigzag',
  'teapot-lilac-flowers',
  'guitar-lilac-flowers',
  'watch-mint-zigzag',
];
const [tile, gap] = [216, 5];
const [demo = 'demo'] = process.argv.slice(2);
const images = path.resolve('docs/images');
await mkdir(images, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

const report = await browser.newPage({ viewport: { width: 1100, height: 1240 } });
await report.goto(pathToFileURL(path.resolve(demo, 'reports', `${product}.html`)).href);
await report.waitForTimeout(500);
await save(report, 'report.png');

const server = await startServer(path.join(demo, 'index'));
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(server.url);
await page
  .locator('input[type=file]')
  .first()
  .setInputFiles(path.join(demo, 'pictures', 'queries', `${product}.jpg`));
await page.locator('.hit-picture').first().click();
// Its check is the last that comes.
await page.getByText(/^Checked: /).waitFor();
await page.waitForTimeout(500);
await save(page, 'page.png');
await drawCloser(server.url);
await browser.close();
await server.stop();
await drawNames();

/** Why a photo from near found something: the first hit of a closer look that was placed by a part. */
async function drawCloser(url: string): Promise<void> {
  const whole = sharp(path.join(demo, 'pictures', 'queries', `${fromNear}.jpg`));
  const { width, height } = await whole.metadata();
  const middle = { left: width >> 2, top: height >> 2, width: width >> 1, height: height >> 1 };
  const buffer = await whole.extract(middle).jpeg().toBuffer();
  const view = await browser.newPage({ viewport: { width: 1100, height: 1000 } });
  await view.goto(url);
  await view
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'near.jpg', mimeType: 'image/jpeg', buffer });
  await view.getByLabel(/more closely/).check();
  const looked = view.locator('.hit', { has: view.locator('.looks') });
  await looked.locator('.hit-picture').first().click();
  await view.getByText(/^Checked: /).waitFor();
  await view.waitForTimeout(500);
  await shrunk(sharp(await view.locator('.evidence').screenshot()), 'closer.png');
}

/** What speaks for the names of some photos, in a row. */
async function drawNames(): Promise<void> {
  const { catalog, model, close } = await openToRead(path.join(demo, 'index'));
  const tiles: { input: Buffer; left: number; top: number }[] = [];
  for (const [i, query] of named.entries()) {
    const source = path.join(demo, 'pictures', 'queries', `${query}.jpg`);
    const { picture, explanation } = await explainPictureName(catalog, model, { source });
    const drawn = drawnAlone(picture, explanation.maps);
    const overlay = await drawOverlay(drawn, defaultMethod, 'query', { maxSide: tile });
    tiles.push({ input: overlay, left: i * (tile + gap), top: 0 });
  }
  await close();
  const width = named.length * (tile + gap) - gap;
  const row = sharp({ create: { width, height: tile, channels: 3, background: 'white' } }).composite(tiles);
  await shrunk(sharp(await row.png().toBuffer()), 'names.png');
}

/** As a PNG of few colours: a quarter of the size, and nobody sees the difference. */
async function shrunk(picture: Sharp, name: string): Promise<void> {
  await picture.png({ palette: true, colours: 192, effort: 10 }).toFile(path.join(images, name));
}

async function save(view: Page, name: string): Promise<void> {
  await shrunk(sharp(await view.screenshot()), name);
}
