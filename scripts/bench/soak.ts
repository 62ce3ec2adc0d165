/**
 * npm run bench -- soak [--count N]: N additions, replacements and deletions in random order, on a real catalogue that is saved, searched and
 * reopened meanwhile. At the end the index must agree with a scan of the rows. Memory is what the process holds after a full
 * collection (global.gc), every twentieth of the way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NewItem } from '../../src/core/item.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { table } from './measure.ts';
import { clusteredSource } from './vectors/clustered.ts';

const dimension = 64;
const space = { model: 'bench-soak', fingerprint: 's'.repeat(64), dimension };
/** Ids that come and go: a catalogue of about two thirds as many items, with a graph. */
const ids = 3000;
const index = { exactUpTo: 300 };
const changesAtOnce = 10;

export async function soak(count: number): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-bench-'));
  const directory = path.join(folder, 'catalog');
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  const random = seededRandom(3);
  const next = clusteredSource(count, dimension);
  const state = new Map<string, Float32Array>();
  const tally = { added: 0, replaced: 0, deleted: 0, searches: 0, reopened: 0 };
  const memory: string[][] = [];
  let catalog = openCatalog(directory, { space, create: true, index });
  try {
    for (let done = 0; done < count; done += changesAtOnce) {
      const chosen = [
        ...new Set(Array.from({ length: changesAtOnce }, () => `i${Math.floor(random() * ids)}`)),
      ];
      if (random() < 0.33) {
        tally.deleted += catalog.delete(chosen);
        for (const id of chosen) state.delete(id);
      } else {
        for (const id of chosen) tally[state.has(id) ? 'replaced' : 'added']++;
        const items = chosen.map((id) => itemOf(id, next()));
        catalog.put(items);
        for (const { id, embedding } of items) state.set(id, embedding);
      }
      if (random() < 0.3) {
        await catalog.search(next());
        tally.searches++;
      }
      if (random() < 0.002) {
        catalog.close();
        catalog = openCatalog(directory, { space, index });
        tally.reopened++;
      }
      if ((done / changesAtOnce) % Math.ceil(count / changesAtOnce / 20) === 0) {
        collect();
        const { heapUsed, external, rss } = process.memoryUsage();
        memory.push(
          [done, ...[heapUsed, external, rss].map((bytes) => (bytes / 2 ** 20).toFixed(1))].map(String),
        );
      }
    }
    await catalog.saveIndex();
    const agreed = await agreement(catalog, state, next);
    return [
      `${JSON.stringify(tally)}; ${state.size} items at the end`,
      table(['changes', 'heap, MiB', 'external, MiB', 'rss, MiB'], memory),
      agreed,
    ].join('\n');
  } finally {
    catalog.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function itemOf(id: string, embedding: Float32Array): NewItem {
  const facts = { productId: null, source: `/${id}.jpg`, width: 9, height: 9, bytes: 9, modifiedAt: 1 };
  return { id, ...facts, contentHash: id.padStart(64, '0'), metadata: {}, embedding };
}

/** Every item finds itself, the rows are those of the plain map, and searches find what a scan finds. */
async function agreement(
  catalog: Catalog,
  state: ReadonlyMap<string, Float32Array>,
  next: () => Float32Array,
): Promise<string> {
  if (catalog.count() !== state.size) throw new Error(`${catalog.count()} items, expected ${state.size}`);
  for (const [id, embedding] of state) {
    const [hit] = (await catalog.search(embedding, { k: 1 })).hits;
    if (hit?.item.id !== id) throw new Error(`item ${id} is not found by its own embedding`);
  }
  let [found, wanted] = [0, 0];
  for (let i = 0; i < 200; i++) {
    const query = next();
    const truth = new Set((await catalog.search(query, { exact: true })).hits.map(({ item }) => item.id));
    found += (await catalog.search(query)).hits.filter(({ item }) => truth.has(item.id)).length;
    wanted += truth.size;
  }
  const { ok, checks } = await catalog.verify();
  if (!ok) throw new Error(`verify finds fault: ${JSON.stringify(checks.filter((check) => !check.ok))}`);
  const { method, size, tail } = catalog.info().index;
  return `every item finds itself; recall at 10 against a scan of the rows is ${(found / wanted).toFixed(4)} (${method}, ${size} items, ${tail} of them beside the graph); verify finds no fault`;
}
