/**
 * The pictures of the README, from the demo catalogue, in Debian's chromium; to be made again when the model or the page has changed:
 *
 *     npm run build && npm run demo && npx tsx scripts/readme-pictures.ts [demo]
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { startServer } from './load/server-process.ts';

const product = 'mug-teal-stripes';
const [demo = 'demo'] = process.argv.slice(2);
const images = path.resolve('docs/images');
await mkdir(images, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

const report = await browser.newPage({ viewport: { width: 1100, height: 1010 } });
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
await page.getByRole('button', { name: /why/i }).first().click();
// Its check is the last that comes.
await page.getByText(/^Checked: /).waitFor();
await page.waitForTimeout(500);
await save(page, 'page.png');
await browser.close();
await server.stop();

/** As a PNG of few colours: a quarter of the size, and nobody sees the difference. */
async function save(view: Page, name: string): Promise<void> {
  const shot = await view.screenshot();
  await sharp(shot).png({ palette: true, colours: 192, effort: 10 }).toFile(path.join(images, name));
}
