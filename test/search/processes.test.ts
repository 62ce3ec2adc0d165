// What other processes do to a catalogue: write to it while it is read, hold it, and die at any moment.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { AppError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { churnState } from './churn-plan.ts';
import { newItems, openSmall, spawnChild, temporaryPath, unitVector } from './support.ts';

test('a reader sees the rows that another process adds, without reopening', async (t) => {
  for (const [before, after] of [
    [10, 20],
    [100, 120],
    [30, 400],
  ] as const) {
    const path = temporaryPath(t);
    const writer = openSmall(t, path);
    writer.put(newItems(0, before));
    await writer.saveIndex();
    writer.close();
    const reader = openSmall(t, path, { readonly: true });
    t.is((await reader.search(unitVector(3))).hits[0]!.item.id, 'i3');

    const child = spawnChild(t, 'add', [path, String(before), String(after)]);
    await once(child.stdout, 'data');
    for (const seed of [before, after - 1]) {
      t.is((await reader.search(unitVector(seed))).hits[0]!.item.id, `i${seed}`);
    }
    t.is(reader.count(), after);
    t.is(reader.info().index.method, after > 50 ? 'hnsw' : 'exact');
  }
});

test('a second writer is told the pid of the first, and takes over at once when that one is killed', async (t) => {
  const path = temporaryPath(t);
  const child = spawnChild(t, 'add', [path, '0', '60']);
  const [pid] = await once(child.stdout, 'data');
  const error = t.throws(() => openCatalog(path), { instanceOf: AppError });
  t.is(error.code, 'CATALOG_BUSY');
  t.is(error.details['pid'], Number(pid));
  t.regex(error.message, new RegExp(`process ${Number(pid)} on `));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = openSmall(t, path);
  t.is(next.count(), 60);
  next.put(newItems(60, 70));
  t.is((await next.search(unitVector(65))).hits[0]!.item.id, 'i65');
});

/** Lets a process change the catalogue from step `from` on, kills it after some time, and returns the steps it had acknowledged. */
async function churnAndKill(t: ExecutionContext, path: string, from: number, ms: number): Promise<number> {
  const child = spawnChild(t, 'churn', [path, String(from)]);
  let output = '';
  child.stdout.on('data', (chunk: string) => (output += chunk));
  await once(child.stdout, 'data');
  await setTimeout(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(output.trim().split('\n').at(-1)) + 1;
}

test('killed at any moment of putting, deleting and saving, it keeps what was acknowledged and nothing half done', async (t) => {
  const path = temporaryPath(t);
  const random = seededRandom(Date.now());
  let steps = 0;
  let loaded = 0;
  for (let kill = 0; kill < 8; kill++) {
    const acknowledged = await churnAndKill(t, path, steps, random() * 400);
    t.true(acknowledged > steps);
    const catalog = openSmall(t, path);
    const rows = new Map([...catalog.items()].map(({ id, bytes }) => [id, bytes - 1000]));
    // The step under way was either committed whole or not at all.
    const states = [acknowledged, acknowledged + 1].filter((count) => sameState(rows, churnState(count)));
    t.true(states.length > 0, `after ${acknowledged} steps`);
    steps = states.at(-1)!;
    for (const [id, seed] of rows) {
      const { hits, method } = await catalog.search(unitVector(seed), { k: 1 });
      t.is(method, 'hnsw');
      t.is(hits[0]!.item.id, id);
    }
    t.is(catalog.info().index.size, rows.size);
    if (catalog.info().index.rebuiltBecause === undefined) loaded++;
    catalog.close();
  }
  t.log(`${steps} steps, ${loaded} of 8 times from a snapshot`);
});

function sameState(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([id, seed]) => b.get(id) === seed);
}
