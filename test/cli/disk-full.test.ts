/** `whymatch index` on a full disk: it says so, what it has said to be indexed is kept, and with room it goes on. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { exitCodes } from '../../src/core/errors.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { moduleBesides } from '../../src/threads/thread.ts';
import { ended, json, lastEvent, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { writePictures } from './pictures.ts';

const rows = 600;

/** A table whose rows take some 2 MB in a catalogue. */
async function shop(folder: string): Promise<string> {
  await writePictures(folder, 30);
  const notes = 'n'.repeat(3000);
  const table = path.join(folder, 'items.jsonl');
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({ id: `i${i}`, file: `${String(i % 30).padStart(2, '0')}.png`, notes }),
  );
  writeFileSync(table, lines.join('\n'));
  return table;
}

/**
 * The command where no file may grow beyond `kilobytes`. A process that ignores SIGXFSZ sees what it sees on a full disk: writes that fail
 * half way.
 */
function withLittleRoom(t: ExecutionContext, kilobytes: number, argv: readonly string[]) {
  const main = fileURLToPath(moduleBesides(import.meta, '../../src/cli/main'));
  const limit = ['-c', `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`, 'bash'];
  const child = spawn('bash', [...limit, process.execPath, main, ...argv]);
  t.teardown(() => child.kill('SIGKILL'));
  return ended(child);
}

const limited = process.platform === 'win32' ? test.skip : test;

limited('index on a full disk says so, keeps what was done, and goes on when there is room', async (t) => {
  const folder = temporaryFolder(t);
  const table = await shop(folder);
  const catalog = path.join(folder, 'shop');
  const argv = ['index', table, '--catalog', catalog, '--model', tinyModel, '--batch-size', '2'];
  const full = await withLittleRoom(t, 1000, argv);
  t.is(full.exitCode, exitCodes.catalog, full.stderr);
  t.regex(full.stderr, /CATALOG_READ_ONLY/);

  const after = openCatalog(catalog);
  const kept = after.count();
  t.true(kept > 0 && kept < rows, String(kept));
  t.true((await after.verify({ sample: 20 })).ok);
  after.close();

  const again = await whymatch([...argv, '--json']);
  t.is(again.exitCode, 0, again.stderr);
  t.like(lastEvent(again.stdout), { added: rows - kept, unchanged: kept, failed: 0, items: rows });
  t.true((await json(t, ['catalog', 'verify', '--catalog', catalog])).ok);
});
