/** `whymatch index` and `whymatch catalog compact`, killed at any moment: nothing is lost, and nothing half done is served. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { seededRandom } from '../../src/core/random.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { moduleBesides } from '../../src/threads/thread.ts';
import { temporaryFolder, tinyModel } from './cli.ts';
import { hashesOf, shopOf, writePool } from './night-plan.ts';

const kills = 26;

interface Struck {
  /** The last night that it said it had done. */
  readonly done: number;
  /** What it was about. */
  readonly amid: string;
  /** Items as another process saw them just before, by id: their content hashes. */
  readonly seen: ReadonlyMap<string, string>;
}

const stateOf = (catalog: Catalog) =>
  new Map([...catalog.items()].map(({ id, contentHash }) => [id, contentHash] as const));

/** Lets the nights go on from `night`, and kills them when `until` says so: it is asked with what they said so far. */
async function liveAndDie(
  t: ExecutionContext,
  argv: string[],
  night: number,
  until: (said: (what: string) => Promise<number>) => Promise<void>,
): Promise<Struck> {
  const script = fileURLToPath(moduleBesides(import.meta, 'children/nights'));
  const child = spawn(process.execPath, [script, ...argv, String(night)]);
  t.teardown(() => child.kill('SIGKILL'));
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const closed = once(child, 'close');
  await until(async (what) => {
    while (!output.includes(what) && child.exitCode === null)
      await Promise.race([once(child.stdout, 'data'), closed]);
    return performance.now();
  });
  const seen = look(argv[1]!);
  child.kill('SIGKILL');
  await closed;
  t.is(errors, '');
  const lines = output.trim().split('\n');
  const last = lines.findLast((line) => line.startsWith('done '));
  const amid = lines.findLast((line) => line !== 'under way')!.split(' ')[0]!;
  return { done: last ? Number(last.slice(5)) : night - 1, amid, seen };
}

function look(directory: string): Map<string, string> {
  if (!existsSync(path.join(directory, 'catalog.db'))) return new Map();
  try {
    const reader = openCatalog(directory, { readonly: true });
    try {
      return stateOf(reader);
    } finally {
      reader.close();
    }
  } catch {
    // It is only just being made.
    return new Map();
  }
}

for (const kind of ['table', 'archive'] as const) {
  test(`nightly syncs of ${kind === 'table' ? 'a table' : 'an archive'}, killed at any moment, keep what was done, and every item is of one night or the next`, async (t) => {
    const folder = path.join(temporaryFolder(t), 'pool');
    const directory = path.join(folder, 'shop');
    await writePool(folder);
    const hashes = hashesOf(folder);
    const argv = [folder, directory, tinyModel, kind];
    const random = seededRandom(Date.now());
    const struck: Record<string, number> = {};
    const nightOf = (night: number) =>
      new Map([...shopOf(night)].map(([id, picture]) => [id, hashes[picture]!] as const));
    let night = 0;
    // How long a night takes, here and now.
    let nightMs = 0;
    for (let kill = 0; kill < kills / 2; kill++) {
      const { done, amid, seen } = await liveAndDie(t, argv, night, async (said) => {
        if (kill === 0) nightMs = -(await said('done 0')) + (await said('done 1'));
        else {
          await said('under way');
          await sleep(random() * 1.8 * nightMs);
        }
      });
      struck[amid] = (struck[amid] ?? 0) + 1;
      night = done + 1;
      if (!existsSync(path.join(directory, 'catalog.db'))) continue;
      const catalog = openCatalog(directory);
      const after = stateOf(catalog);
      const [old, next] = [nightOf(done), nightOf(night)];
      for (const id of new Set([...old.keys(), ...next.keys(), ...after.keys(), ...seen.keys()])) {
        const now = after.get(id);
        const note = `${id} after night ${done}, killed amid ${amid}`;
        t.true(now === old.get(id) || now === next.get(id), note);
        // What others have seen does not go back.
        if (seen.get(id) === next.get(id)) t.is(now, next.get(id), note);
      }
      for (const { source, contentHash } of catalog.items())
        t.is(createHash('sha256').update(readFileSync(source)).digest('hex'), contentHash);
      const { checks } = await catalog.verify({ sample: 20 });
      t.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
        `after night ${done}, killed amid ${amid}`,
      );
      catalog.close();
    }
    t.log(`${night} nights of ${Math.round(nightMs)} ms; killed while ${JSON.stringify(struck)}`);
    t.true(night > 1);
  });
}
