/** What re-ranking adds to a search by a picture: the first twenty hits looked at for the first time, and once more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { looksOf } from '../../src/app/looks.ts';
import { lookAtObject } from '../../src/app/query.ts';
import { comparing, type LooksSource, readLooks, searchReranked } from '../../src/app/rerank.ts';
import { examinePicture, indexItems, loadModel, openCatalog, openSource } from '../../src/index.ts';
import { multiples, table } from './measure.ts';
import { makePictures } from './pictures.ts';

const count = 20;

export async function closerLook(rounds: number): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-bench-'));
  const model = await loadModel();
  try {
    const files = await makePictures(path.join(folder, 'pictures'), 2 * count);
    const catalog = openCatalog(path.join(folder, 'catalog'), { space: model, create: true });
    await indexItems(await openSource(path.join(folder, 'pictures')), { store: catalog, embedder: model });
    let next = 0;
    const plain = async () => {
      const query = await examinePicture(model, { source: files[next++ % files.length]! });
      return { query, result: await catalog.search(query.subject.unit) };
    };
    const closely = async (itemLooks: LooksSource) => {
      const query = await examinePicture(model, { source: files[next++ % files.length]! });
      const { embedding, seen } = await lookAtObject(model, query, { object: true });
      const likenessesOf = comparing(looksOf(seen), itemLooks);
      return searchReranked(catalog, embedding, {}, { count, likenessesOf });
    };
    const seen = readLooks(model);
    await seen([...catalog.items()]);
    const ways = {
      'the whole pictures': plain,
      're-ranked, first time': () => closely(readLooks(model)),
      're-ranked, seen before': () => closely(seen),
    };
    const time = await multiples(ways, 'the whole pictures', rounds);
    catalog.close();
    const rows = (Object.keys(ways) as (keyof typeof ways)[]).map((name) => [
      name,
      time.milliseconds[name].toFixed(0),
      time.multiples[name].toFixed(1),
    ]);
    return (
      `${model.engine.description}; ${files.length} JPEGs of 600×800, the first ${count} hits; medians of ${rounds}\n\n` +
      table(['a search by', 'ms', 'of the first'], rows)
    );
  } finally {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
