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
    t.is(reader.info().index.method, before > 50 ? 'hnsw' : 'exact');
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

interface Killed {
  /** Steps that it had acknowledged. */
  readonly acknowledged: number;
  /** What it was about when it was killed. */
  readonly amid: string;
}

/** Lets a process change the catalogue from step `from` on, and kills it after some time. */
async function churnAndKill(t: ExecutionContext, path: string, from: number, ms: number): Promise<Killed> {
  const child = spawnChild(t, 'churn', [path, String(from)]);
  let output = '';
  child.stdout.on('data', (chunk: string) => (output += chunk));
  await once(child.stdout, 'data');
  await setTimeout(ms);
  child.kill('SIGKILL');
  await once(child, 'close');
  const lines = output.trim().split('\n');
  const acknowledged = Number(lines.findLast((line) => /^\d+$/.test(line))) + 1;
  const last = lines.at(-1)!;
  return { acknowledged, amid: last.endsWith('ing') ? last : 'changing' };
}

const kills = 26;

// Two catalogues, each killed half of the times, so that both processors have something to do.
for (const half of [1, 2]) {
  test(`killed at any moment of putting, deleting, saving and compacting, it keeps what was acknowledged and nothing half done (${half})`, async (t) => {
    const path = temporaryPath(t);
    const random = seededRandom(Date.now() + half);
    let steps = 0;
    const struck: Record<string, number> = {};
    for (let kill = 0; kill < kills / 2; kill++) {
      const { acknowledged, amid } = await churnAndKill(t, path, steps, random() * 300);
      struck[amid] = (struck[amid] ?? 0) + 1;
      t.true(acknowledged > steps);
      const catalog = openSmall(t, path);
      const rows = new Map([...catalog.items()].map(({ id, bytes }) => [id, bytes - 1000]));
      // The step under way was either committed whole or not at all.
      const states = [acknowledged, acknowledged + 1].filter((count) => sameState(rows, churnState(count)));
      t.true(states.length > 0, `after ${acknowledged} steps`);
      steps = states.at(-1)!;
      for (const [id, seed] of rows) {
        const { hits } = await catalog.search(unitVector(seed), { k: 1 });
        t.is(hits[0]!.item.id, id);
      }
      t.is(catalog.info().index.size, rows.size);
      const { checks } = await catalog.verify({ sample: 20 });
      t.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
        `killed amid ${amid} after ${acknowledged} steps`,
      );
      catalog.close();
    }
    t.log(`${steps} steps; killed while ${JSON.stringify(struck)}`);
  });
}

const limited = process.platform === 'win32' ? test.skip : test;

/**
 * Runs fill-disk where no file may grow beyond `kilobytes`. A process that ignores SIGXFSZ sees what it sees on a full disk: writes that
 * fail half way. No mount, and so no root, is needed.
 */
async function fillDisk(t: ExecutionContext, path: string, work: string, kilobytes: number) {
  const child = spawnChild(t, 'fill-disk', [path, work], { fileLimit: kilobytes });
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return JSON.parse(output) as { acknowledged: number; code?: string; nearest: string; count: number };
}

limited(
  'on a full disk putting fails, what was acknowledged is kept and served, and it goes on with room',
  async (t) => {
    const path = temporaryPath(t);
    openSmall(t, path).close();
    const { acknowledged, code, nearest, count } = await fillDisk(t, path, 'put', 600);
    t.is(code, 'CATALOG_READ_ONLY');
    t.true(acknowledged > 0 && acknowledged < 100_000);
    t.is(count, acknowledged);
    t.is(nearest, 'i7');
    const catalog = openSmall(t, path);
    t.is(catalog.count(), acknowledged);
    t.true((await catalog.verify()).ok);
    catalog.put(newItems(acknowledged, acknowledged + 100));
    t.is(
      (await catalog.search(unitVector(acknowledged + 50), { k: 1 })).hits[0]!.score.toFixed(6),
      '1.000000',
    );
  },
);

for (const work of ['save', 'compact']) {
  limited(`on a full disk ${work} fails and loses nothing, and works with room`, async (t) => {
    const path = temporaryPath(t);
    const filled = openSmall(t, path);
    filled.put(newItems(0, 1500));
    if (work === 'compact') await filled.saveIndex();
    filled.put(newItems(1500, 1600));
    filled.close();
    const { code, nearest, count } = await fillDisk(t, path, work, 200);
    t.deepEqual({ code, nearest, count }, { code: 'CATALOG_READ_ONLY', nearest: 'i7', count: 1600 });
    const catalog = openSmall(t, path);
    t.true((await catalog.verify()).ok);
    if (work === 'save') await catalog.saveIndex();
    else await catalog.compact();
    const report = await catalog.verify();
    t.true(report.ok);
    t.is(report.items, 1600);
  });
}

function sameState(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([id, seed]) => b.get(id) === seed);
}
