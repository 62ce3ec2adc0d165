/** People and programs that use a server at the same time, each one visit at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { methods } from '../../src/explain/methods/index.ts';
import type { SearchAnswer } from '../../src/client/index.ts';
import type { Photos } from './catalogues.ts';
import { uniquePhoto } from './photo.ts';
import type { Tally } from './tally.ts';

export interface Visited {
  readonly url: string;
  readonly photos: Photos;
  readonly tally: Tally;
}

/** A visit for each: they are to be made again and again. */
export function visitors(visited: Visited): (() => Promise<void>)[] {
  const customer = () => searchAndLook(visited);
  const analyst = () => explainHits(visited);
  return [customer, customer, customer, analyst, analyst, keeper(visited), () => operate(visited)];
}

/** Deleted meanwhile: somebody else's doing. */
const gone = ['ITEM_NOT_FOUND', 'ITEM_CHANGED', 'IMAGE_NOT_FOUND'];

async function searchByPhoto({ url, photos, tally }: Visited): Promise<SearchAnswer | undefined> {
  const response = await tally.ask('search', `${url}/v1/search?k=12`, picture(uniquePhoto(photos)));
  return (await response?.json()) as SearchAnswer | undefined;
}

/** A search, its thumbnails, the maps of the first hits, the next page. */
async function searchAndLook(visited: Visited): Promise<void> {
  const { url, tally } = visited;
  const answer = await searchByPhoto(visited);
  if (!answer) return sleep(200);
  await Promise.all(
    answer.hits.map(({ links }) => read(tally.ask('thumbnail', `${url}${links.thumbnail}`, {}, gone))),
  );
  for (const { links } of answer.hits.slice(0, 3)) {
    const map = `${url}${links.explanation}?format=png&side=hit&layer=map&maxSide=256`;
    await read(tally.ask('map', map, {}, gone));
  }
  const next = { query: { queryId: answer.queryId }, offset: 12, k: 12, filter: { category: 'mug' } };
  await read(tally.ask('next page', `${url}/v1/search`, json(next), ['QUERY_GONE']));
}

/** A hit by several methods, with numbers, overlays, the check, and where it answers. */
async function explainHits(visited: Visited): Promise<void> {
  const { url, tally } = visited;
  const answer = await searchByPhoto(visited);
  const hit = answer?.hits[Math.floor(Math.random() * 6)];
  if (!hit) return sleep(200);
  const link = `${url}${hit.links.explanation}`;
  const quick = methods.map(({ name }) => name).filter((name) => !slow.has(name));
  for (const method of ['guided-match', quick[Math.floor(Math.random() * quick.length)]!]) {
    await read(tally.ask('explanation', `${link}?method=${method}&map=true`, {}, gone));
    for (const side of ['query', 'hit'])
      await read(tally.ask('overlay', `${link}?method=${method}&format=png&side=${side}`, {}, gone));
  }
  await read(tally.ask('check', `${link}?check=true`, {}, gone));
  await read(tally.ask('correspondence', `${link}/correspondence`, {}, gone));
  await read(
    tally.ask('correspondence', `${link}/correspondence?x=100&y=100`, {}, [...gone, 'POINT_OUTSIDE']),
  );
}

/** They take seconds each, and would leave no time for anything else. */
const slow = new Set(['occlusion', 'smooth-grad', 'integrated-gradients']);

/** Adds pictures, changes them, and takes the older ones out: there are never more than forty. */
function keeper({ url, photos, tally }: Visited): () => Promise<void> {
  const kept: string[] = [];
  let next = 0;
  return async () => {
    const id = `upload/${next++}`;
    const address = `${url}/v1/items/${encodeURIComponent(id)}`;
    if (
      await tally.ask('upload', `${address}?productId=new`, {
        ...picture(uniquePhoto(photos)),
        method: 'PUT',
      })
    )
      kept.push(id);
    const change = { metadata: { category: 'new', price: next } };
    await read(tally.ask('change', address, { ...json(change), method: 'PUT' }, gone));
    if (kept.length > 40) {
      const oldest = `${url}/v1/items/${encodeURIComponent(kept.shift()!)}`;
      await tally.ask('delete', oldest, { method: 'DELETE' }, gone);
    }
    const image = uniquePhoto(photos).toString('base64');
    const lines = [
      { op: 'put', id: 'batch/1', image },
      { op: 'delete', id: 'batch/1' },
    ];
    const body = lines.map((line) => JSON.stringify(line)).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    await read(tally.ask('batch', `${url}/v1/items:batch`, { method: 'POST', body, headers }));
    await sleep(300);
  };
}

/** Looks at the catalogue as its page does. */
async function operate({ url, tally }: Visited): Promise<void> {
  for (const path of ['/v1/stats', '/v1/facets', '/v1/items?order=recent&limit=12', '/v1/items?limit=50']) {
    await read(tally.ask(path.slice(3).split('?')[0]!, `${url}${path}`));
  }
  await sleep(500);
}

async function read(asked: Promise<Response | undefined>): Promise<void> {
  await (await asked)?.arrayBuffer();
}

const picture = (bytes: Buffer): RequestInit => ({
  method: 'POST',
  body: new Uint8Array(bytes),
  headers: { 'content-type': 'image/jpeg' },
});

const json = (value: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});
