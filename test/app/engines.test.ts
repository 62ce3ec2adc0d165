/** What one engine indexed, another finds and explains: the same hits, the same maps. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openToRead, openToWrite } from '../../src/app/open.ts';
import { type ExplainedHit, explainSearch, searchByPicture } from '../../src/app/search.ts';
import { pearson } from '../../src/explain/measures/correlation.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import type { EngineChoice } from '../../src/model/engine-choice.ts';
import { writePictures } from '../cli/pictures.ts';
import { checkout } from '../support/checkout.ts';

const shared = (name: string) => checkout(`../shared/${name}`);
const clothing = shared('data/clothing');
const squeezenet = shared('models/squeezenet1.1-fp16.onnx');

const ort: EngineChoice = { engine: 'ort' };
const wasm: EngineChoice = { engine: 'tfjs', backend: 'wasm' };
const methods = ['guided', 'guided-match', 'match'];

test('drawn pictures indexed on one engine are found and explained alike on the other, both ways', async (t) => {
  const folder = temporaryFolder(t);
  const pictures = path.join(folder, 'pictures');
  await writePictures(pictures, 4);
  for (const [name, maker] of Object.entries({ ort, wasm })) {
    const catalog = path.join(folder, name);
    await index(pictures, catalog, maker);
    await compare(t, catalog, [path.join(pictures, '03.png')], 2);
  }
});

for (const [name, model] of [
  ['the default model', undefined],
  ['SqueezeNet', squeezenet],
] as const) {
  test(`photographs indexed on onnxruntime are found and explained alike on TensorFlow.js, by ${name}`, async (t) => {
    if (!existsSync(clothing) || (model !== undefined && !existsSync(model))) {
      t.log(`skipped: ${clothing} or ${squeezenet} is not there`);
      t.pass();
      return;
    }
    const folder = temporaryFolder(t);
    const pictures = path.join(folder, 'pictures');
    const queries = sample(pictures, 8);
    const catalog = path.join(folder, 'catalog');
    await index(pictures, catalog, ort, model);
    await compare(t, catalog, [queries[5]!], 3, model);
  });
}

async function index(source: string, catalog: string, choice: EngineChoice, model?: string): Promise<void> {
  const opened = await openToWrite(catalog, { ...choice, model });
  await indexItems(await openSource(source), { store: opened.catalog, embedder: opened.model });
  await opened.close();
}

/** Same hits in the same order, scores within 0.0001, maps with a correlation of at least 0.999. */
async function compare(
  t: ExecutionContext,
  directory: string,
  queries: readonly string[],
  k: number,
  model?: string,
): Promise<void> {
  const expected = await answers(directory, queries, k, { ...ort, model });
  const actual = await answers(directory, queries, k, { ...wasm, model });
  t.is(expected.length, k * queries.length);
  t.deepEqual(
    actual.map(({ item }) => item.id),
    expected.map(({ item }) => item.id),
  );
  let [widest, least] = [0, 1];
  for (const [i, { score, explained }] of expected.entries()) {
    const other = actual[i]!;
    widest = Math.max(widest, Math.abs(score - other.score));
    for (const method of methods) {
      for (const side of ['query', 'hit'] as const) {
        const map = ({ explanation }: NonNullable<typeof explained>) => explanation.maps[method]![side].data;
        least = Math.min(least, pearson(map(explained!), map(other.explained!)));
      }
    }
  }
  t.log(
    `largest difference of scores ${widest.toExponential(1)}, least correlation of maps ${least.toFixed(6)}`,
  );
  t.true(widest <= 1e-4, `scores differ by ${widest}`);
  t.true(least >= 0.999, `maps correlate by ${least}`);
}

/** The explained hits of all queries, one after the other. */
async function answers(
  directory: string,
  queries: readonly string[],
  k: number,
  options: EngineChoice & { readonly model: string | undefined },
): Promise<ExplainedHit[]> {
  const { catalog, model, close } = await openToRead(directory, options);
  try {
    const hits: ExplainedHit[] = [];
    for (const query of queries) {
      const found = await searchByPicture(catalog, model, { source: query }, { k });
      hits.push(...(await explainSearch(model, found.query, found.hits, { methods })));
    }
    return hits;
  } finally {
    await close();
  }
}

/** Copies so many of the photographs, from all categories; gives their new paths. */
function sample(folder: string, count: number): string[] {
  mkdirSync(folder);
  const all = readdirSync(clothing, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.jpg'))
    .sort();
  return Array.from({ length: count }, (_, i) => {
    const file = all[Math.floor((i * all.length) / count)]!;
    const copy = path.join(folder, file.replaceAll(path.sep, '-'));
    copyFileSync(path.join(clothing, file), copy);
    return copy;
  });
}

function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-engines-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
