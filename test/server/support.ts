/** A server on loopback with a small catalogue of drawn pictures, and a check of every answer against /openapi.json. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ava, { type ExecutionContext } from 'ava';
import { pino } from 'pino';
import sharp from 'sharp';
import { z } from 'zod';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { type LoadedModel, loadModel } from '../../src/model/load-model.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { createApp } from '../../src/server/app.ts';
import { networkOf } from '../../src/server/compute/network.ts';
import { studio } from '../../src/server/compute/studio.ts';
import { listen } from '../../src/server/listen.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { quickModel } from '../support/quick-model.ts';

/** One after the other: each has the machine to itself, and what a server has learned serves the next test. */
export const test = ava.serial;

let model: Promise<LoadedModel> | undefined;

/** Once for each test process. */
export function theModel(): Promise<LoadedModel> {
  model ??= loadModel(quickModel(), { threads: 1 });
  return model;
}

const shapes = {
  circle: (colour: string) => `<circle cx="60" cy="60" r="40" fill="${colour}"/>`,
  square: (colour: string) => `<rect x="25" y="25" width="70" height="70" fill="${colour}"/>`,
  cross: (colour: string) => `<path d="M50 15h20v35h35v20H70v35H50V70H15V50h35z" fill="${colour}"/>`,
};
export const shapeNames = Object.keys(shapes) as (keyof typeof shapes)[];
export const colours = ['red', 'blue', 'green', 'gold'];

/** One of twelve things on white, 160×120. */
export function draw(shape: keyof typeof shapes, colour: string, turn = 0): Promise<Buffer> {
  const thing = `<g transform="translate(20 0) rotate(${turn} 60 60)">${shapes[shape](colour)}</g>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="120"><rect width="160" height="120" fill="white"/>${thing}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

export interface Server {
  readonly url: string;
  readonly directory: string;
  readonly catalog: Catalog;
  readonly app: ReturnType<typeof createApp>;
  /** fetch on a path of the server; the answer is checked against /openapi.json. */
  ask(route: string, init?: RequestInit): Promise<Answer>;
}

/** JSON whose form the document has checked: tests look into it as they please. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Loose = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The body, where it is JSON. */
  readonly json: Loose;
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-server-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let original: Promise<string> | undefined;

/** A catalogue of twelve items: shapes/circle-red.png, … with category, colour and price. Each test has its own copy. */
export async function makeCatalog(t: ExecutionContext): Promise<string> {
  original ??= makeOriginal();
  const directory = path.join(temporaryFolder(t), 'catalog');
  cpSync(await original, directory, { recursive: true });
  return directory;
}

async function makeOriginal(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-server-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const pictures = path.join(folder, 'pictures');
  mkdirSync(path.join(pictures, 'shapes'), { recursive: true });
  const rows = ['file,product_id,category,colour,price'];
  for (const [i, shape] of shapeNames.entries()) {
    for (const [j, colour] of colours.entries()) {
      const file = `shapes/${shape}-${colour}.png`;
      writeFileSync(path.join(pictures, file), await draw(shape, colour));
      rows.push(`${file},${shape},${shape},${colour},${10 * i + j}`);
    }
  }
  writeFileSync(path.join(pictures, 'items.csv'), rows.join('\n'));
  const directory = path.join(folder, 'catalog');
  const embedder = await theModel();
  const catalog = openCatalog(directory, { space: embedder, create: true });
  await indexItems(await openSource(path.join(pictures, 'items.csv')), { store: catalog, embedder });
  catalog.close();
  return directory;
}

/** A server of the test's own, with a catalogue that it may change. */
export async function startServer(t: ExecutionContext, options: ServerOptions = {}): Promise<Server> {
  const { close, ...running } = await openServer(await makeCatalog(t), options);
  t.teardown(close);
  return { ...running, ask: await askOf(t, running.url) };
}

type Running = Omit<Server, 'ask'> & { close(): Promise<void> };
let shared: Promise<Running> | undefined;

/** One for all tests that change nothing in the catalogue. */
export async function sharedServer(t: ExecutionContext): Promise<Server> {
  original ??= makeOriginal();
  shared ??= openServer(await original, {});
  const { close: _, ...running } = await shared;
  return { ...running, ask: await askOf(t, running.url) };
}

ava.after.always(async () => (await shared)?.close());

async function openServer(directory: string, options: ServerOptions): Promise<Running> {
  const model = await theModel();
  const catalog = openCatalog(directory, { space: model, readonly: true });
  const log = pino({ level: process.env['WHYMATCH_TEST_LOG'] ?? 'silent' });
  const app = createApp({ catalog, network: networkOf(model), studio, options, log });
  const server = await listen(app.handler, { host: '127.0.0.1', port: 0, graceMs: 1000 });
  const close = async () => {
    await server.close();
    await app.close();
    catalog.close();
  };
  return { url: server.url, directory, catalog, app, close };
}

/** Equal for all servers: options do not change it. */
let document: Promise<OpenApi> | undefined;

async function documentOf(url: string): Promise<OpenApi> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
}

async function askOf(t: ExecutionContext, url: string): Promise<Server['ask']> {
  document ??= documentOf(url);
  const known = await document;
  return async (route: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${route}`, init).catch((error: Error) => {
      throw new Error(`${init.method ?? 'GET'} ${route} failed`, { cause: error.cause });
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const type = (response.headers.get('content-type') ?? '').split(';')[0]!;
    const json: unknown =
      type.endsWith('json') && !type.includes('ndjson') ? JSON.parse(bytes.toString()) : undefined;
    const answer = { status: response.status, headers: response.headers, bytes, json };
    checkAnswer(t, known, {
      method: (init.method ?? 'GET').toLowerCase(),
      path: new URL(response.url).pathname,
      type,
      answer,
    });
    return answer;
  };
}

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface OpenApi {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

interface Checked {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly answer: Answer;
}

/** The status and the media type are among those that the document names, and the body is what it says. */
function checkAnswer(t: ExecutionContext, document: OpenApi, { method, path, type, answer }: Checked): void {
  const template = Object.keys(document.paths).find((known) => matches(known, path));
  const operation = template === undefined ? undefined : document.paths[template]![method];
  // Unknown paths are refused, which no document can list.
  if (!operation)
    return void t.true(
      answer.status >= 400 || !path.startsWith('/v1'),
      `${method} ${path} is not documented`,
    );
  if (answer.status === 304) return;
  const response = operation.responses[answer.status];
  t.truthy(
    response,
    `${method} ${path}: status ${answer.status} is not documented: ${answer.bytes.toString().slice(0, 300)}`,
  );
  const content = response?.content ?? {};
  if (answer.bytes.length === 0) return;
  const media = content[type] ?? content[`${type.split('/')[0]}/*`];
  t.truthy(media, `${method} ${path}: ${type} is not documented for ${answer.status}`);
  const values: unknown[] =
    type === 'application/x-ndjson'
      ? answer.bytes
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown)
      : answer.json === undefined
        ? []
        : [answer.json];
  if (!media || values.length === 0) return;
  const schema = checkOf(media.schema, document);
  for (const value of values) {
    const parsed = schema.safeParse(value);
    t.true(parsed.success, `${method} ${path}: ${parsed.error ? z.prettifyError(parsed.error) : ''}`);
  }
}

/** Making them takes longer than the requests. */
const checks = new WeakMap<object, z.ZodType>();

function checkOf(schema: object, { components }: OpenApi): z.ZodType {
  const known =
    checks.get(schema) ??
    z.fromJSONSchema(relinked({ ...schema, $defs: components.schemas }) as z.core.JSONSchema.BaseSchema);
  checks.set(schema, known);
  return known;
}

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

const relinked = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/'));

/** A body of JSON. */
export function jsonBody(value: unknown, method = 'POST'): RequestInit {
  return { method, body: JSON.stringify(value), headers: { 'content-type': 'application/json' } };
}

/** A raw picture. */
export function rawBody(bytes: Uint8Array, method = 'POST', type = 'image/png'): RequestInit {
  return { method, body: new Uint8Array(bytes), headers: { 'content-type': type } };
}

export const searchUrl = (parameters: Record<string, string> = {}) =>
  `/v1/search?${new URLSearchParams(parameters).toString()}`;
