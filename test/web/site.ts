/** The page as a customer gets it: built by Vite, served by the real server, over a catalogue drawn for the demo, in a real browser. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import axe from 'axe-core';
import { pino } from 'pino';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { generateDemoCatalog } from '../../scripts/demo-catalog.ts';
import { openToRead, openToWrite } from '../../src/app/open.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { saveCalibration } from '../../src/search/calibration-file.ts';
import { createApp } from '../../src/server/app.ts';
import { networkOf } from '../../src/server/compute/network.ts';
import { studio } from '../../src/server/compute/studio.ts';
import { listen } from '../../src/server/listen.ts';
import type { ApiKey, ServerOptions } from '../../src/server/options.ts';
import { checkout } from '../support/checkout.ts';
import { learnFew } from '../support/names.ts';
import { quickModel } from '../support/quick-model.ts';

const executablePath = '/usr/bin/chromium';

const installed = existsSync(executablePath);

/** Where the pictures of pages go that a test takes; git does not see it. */
const screenshots = checkout('test/screenshots');

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
  /** A visit to a server that wants keys, with the same catalogue. */
  readonly openWithKeys: (keys: readonly ApiKey[]) => Promise<Visit>;
  readonly close: () => Promise<void>;
}

/** So many pictures of a quarter as many products. */
const items = 32;

let opened: Site | undefined;

/** One for all tests of the process: building the page, drawing, indexing and starting a browser take longer than the tests. */
export function site(): Site {
  return opened!;
}

if (installed) {
  test.before(async () => {
    opened = await openSite();
  });
  test.after.always(() => opened?.close());
} else {
  test('the page in a browser', (t) => {
    t.log('skipped: there is no /usr/bin/chromium');
    t.pass();
  });
}

/** One after the other: some change the catalogue. */
export const inBrowser = installed ? test.serial : test.skip;

async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'whymatch-web-'));
  const webRoot = join(folder, 'web');
  await build({
    configFile: checkout('web/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: webRoot },
  });
  const demo = await generateDemoCatalog(join(folder, 'demo'), { products: items / 4, views: 4 });
  await index(join(demo.dir, 'items.csv'), join(folder, 'catalog'));
  await calibrate(join(folder, 'catalog'));
  const opened = await openToRead(join(folder, 'catalog'), { model: quickModel() });
  const parts = { ...opened, network: networkOf(opened.model), studio, log: pino({ level: 'silent' }) };
  const servers: (() => Promise<void>)[] = [];
  const serve = async (options: ServerOptions) => {
    const app = createApp({ ...parts, options: { webRoot, ...options } });
    const server = await listen(app.handler, { host: '127.0.0.1', port: 0, graceMs: 500 });
    servers.push(async () => {
      app.retire();
      await server.close();
      await app.close();
    });
    return { url: server.url };
  };
  const server = await serve({ localOnly: true, allowPrivateUrls: true });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
  const visit = async (url: string, path: string, context: BrowserContextOptions = {}): Promise<Visit> => {
    const viewport = { width: 1280, height: 900 };
    const page = await browser.newPage({ viewport, locale: 'en-US', reducedMotion: 'reduce', ...context });
    // How long a step takes is the machine's affair; but what has not come after minutes will not, and its failure names it, where AVA's limit names the file.
    page.setDefaultTimeout(150_000);
    const complaints = watch(page, url);
    await page.goto(`${url}/${path}`);
    return { page, complaints };
  };
  return {
    url: server.url,
    photos: demo.queries.map(({ file }) => join(demo.dir, file)),
    open: (path, context) => visit(server.url, path, context),
    openWithKeys: async (keys) => {
      const { url } = await serve({ keys });
      return visit(url, '');
    },
    close: async () => {
      await browser.close();
      for (const close of servers) await close();
      await opened.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function index(source: string, directory: string): Promise<void> {
  const { catalog, model, close } = await openToWrite(directory, { model: quickModel() });
  await indexItems(await openSource(source), { store: catalog, embedder: model, batchSize: model.batchSize });
  await catalog.saveIndex();
  await close();
}

/** As if the catalogue had been measured, and had learned its names. */
async function calibrate(directory: string): Promise<void> {
  const { catalog, close } = await openToRead(directory, { model: quickModel() });
  const curve = { at: [0, 1], probability: [0.5, 0.9] };
  const limits = { same: 0.8, similar: 0.6 };
  const date = new Date().toISOString();
  await saveCalibration(catalog, {
    scores: { label: 'category', date, queries: items, curve, ...limits, error: 0.05 },
    names: { category: curve },
  });
  await learnFew(catalog, 'category');
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

/** Until an expression is true. The page's policy lets Playwright's own way of waiting for it not in. */
export async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate(expression))) await page.waitForTimeout(50);
}

/** Once the pictures and maps in view are there. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await until(
    page,
    `[...document.querySelectorAll('[data-loaded=false]')].every((element) => {
      const { top, bottom, width } = element.getBoundingClientRect();
      return width === 0 || bottom < 0 || top > innerHeight;
    })`,
  );
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}
