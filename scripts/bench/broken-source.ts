/** 10,000 small pictures of which 3 % are broken in twenty ways, through the whole of indexing with the default model, twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { indexItems, loadModel, openCatalog, openSource } from '../../src/index.ts';
import { makeBrokenFolder } from './broken-folder.ts';
import { table } from './measure.ts';

export async function brokenSource(count: number): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-broken-'));
  try {
    const broken = await makeBrokenFolder(path.join(folder, 'shop'), count);
    const model = await loadModel(undefined, { ownThreads: true });
    const catalog = openCatalog(path.join(folder, 'catalog'), { space: model, create: true });
    const rows: string[][] = [];
    for (const run of ['first', 'second']) {
      const source = await openSource(broken.table);
      const report = await indexItems(source, {
        store: catalog,
        embedder: model,
        batchSize: model.batchSize,
      });
      const { indexed, reused, unchanged, failed, elapsedMs } = report;
      const seconds = (elapsedMs / 1000).toFixed(1);
      rows.push([run, ...[indexed, reused, unchanged, failed, seconds].map(String)]);
    }
    const listed = new Set(
      catalog.failures
        .all()
        .map(
          ({ id, source, code }) =>
            `${source.startsWith(`${broken.table}:`) ? source.slice(broken.table.length + 1) : id} ${code}`,
        ),
    );
    const missing = broken.faults.filter(([idOrLine, code]) => !listed.has(`${idOrLine} ${code}`));
    const { ok } = await catalog.verify();
    catalog.close();
    await model.dispose();
    const heading = ['run', 'embedded', 'reused', 'unchanged', 'failed', 'seconds'];
    return (
      `${count} rows, ${broken.faults.length} of them broken; ${broken.faults.length - missing.length} of these are listed with the ` +
      `code that they must have; verify: ${ok ? 'clean' : 'NOT clean'}\n\n${table(heading, rows)}`
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
