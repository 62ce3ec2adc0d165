/** The page as a customer gets it: built by Vite, served by the real server, over a catalogue drawn for the demo, in a real browser. */
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { pino } from 'pino';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { generateDemoCatalog } from '../../scripts/demo-catalog.ts';
import { openToRead, openToWrite } from '../../src/app/open.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { createApp } from '../../src/server/app.ts';
import { networkOf } from '../../src/server/compute/network.ts';
import { studio } from '../../src/server/compute/studio.ts';
import { listen } from '../../src/server/listen.ts';

const executablePath = '/usr/bin/chromium';

export const installed = await access(executablePath).then(
  () => true,
  () => false,
);

/** Where the pictures of pages go that a test takes; git does not see it. */
const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url));

export interface Visit {
  readonly page: Page;
  /** What the console said, and requests that failed or went elsewhere. */
  readonly complaints: string[];
}

export interface Site {
  readonly url: string;
  /** Held-out photos of products of the catalogue. */
  readonly photos: readonly string[];
  readonly open: (path: string, options?: BrowserContextOptions) => Promise<Visit>;
  readonly close: () => Promise<void>;
}

/** items: a multiple of 4, that many pictures of a quarter as many products. */
export async function openSite(items: number): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'whymatch-web-'));
  const webRoot = join(folder, 'web');
  await build({
    configFile: fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url)),
    logLevel: 'error',
    build: { outDir: webRoot },
  });
  const demo = await generateDemoCatalog(join(folder, 'demo'), { products: items / 4, views: 4 });
  await index(join(demo.dir, 'items.csv'), join(folder, 'catalog'));
  const opened = await openToRead(join(folder, 'catalog'));
  const options = { localOnly: true, webRoot };
  const app = createApp({
    ...opened,
    network: networkOf(opened.model),
    studio,
    options,
    log: pino({ level: 'silent' }),
  });
  const server = await listen(app.handler, { host: '127.0.0.1', port: 0, graceMs: 500 });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
  return {
    url: server.url,
    photos: demo.queries.map(({ file }) => join(demo.dir, file)),
    open: async (path, context = {}) => {
      const size = { width: 1280, height: 900 };
      const page = await browser.newPage({
        viewport: size,
        locale: 'en-US',
        reducedMotion: 'reduce',
        ...context,
      });
      const complaints = watch(page, server.url);
      await page.goto(`${server.url}/${path}`);
      return { page, complaints };
    },
    close: async () => {
      await browser.close();
      app.retire();
      await server.close();
      await app.close();
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function index(source: string, directory: string): Promise<void> {
  const { catalog, model, close } = await openToWrite(directory);
  await indexItems(await openSource(source), { store: catalog, embedder: model, batchSize: model.batchSize });
  await catalog.saveIndex();
  await close();
}

function watch(page: Page, origin: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(blob|data):/.test(request.url()))
      complaints.push(request.url());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}

/** What axe-core finds wrong for people who see, hear or move otherwise; the page's policy lets no script in but by evaluate. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = (await page.evaluate('axe.run(document)')) as {
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
  };
  return result.violations.map(
    ({ id, nodes: [first, ...others] }) =>
      `${id}: ${first!.html.slice(0, 160)} and ${others.length} more. ${first!.failureSummary}`,
  );
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
