/**
 * docs/images/noise.png: the query's maps of one pair of the demo catalogue under the three backward rules, for two models. How noisy they
 * look is what docs/explanations.md discusses.
 *
 *     npx tsx scripts/noise-pictures.ts [MODEL ...]     names or .onnx files; the default model, and the reference model where it is here
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import {
  backwardRules,
  defaultModel,
  explainPair,
  loadModel,
  normalizeMap,
  openPicture,
  prepare,
  renderOverlay,
  renderPicture,
} from '../src/index.ts';
import { generateDemoCatalog } from './demo-catalog.ts';

const side = 224;
const given = process.argv.slice(2);
const reference = fileURLToPath(new URL('../../shared/models/squeezenet1.1-fp16.onnx', import.meta.url));
const models = given.length > 0 ? given : [defaultModel, ...(existsSync(reference) ? [reference] : [])];
const folder = await mkdtemp(path.join(tmpdir(), 'whymatch-noise-'));
try {
  const { items, queries } = await generateDemoCatalog(folder, { products: 8, views: 2 });
  const query = queries[0]!;
  const hit = items.find(({ product_id: product }) => product === query.product_id)!;
  const rows = await Promise.all(
    models.map((name) => mapsOf(name, path.join(folder, query.file), path.join(folder, hit.file))),
  );
  await sharp({
    create: {
      width: side * (1 + backwardRules.length),
      height: side * rows.length,
      channels: 3,
      background: '#000',
    },
  })
    .composite(rows.flatMap((row, y) => row.map((input, x) => ({ input, left: x * side, top: y * side }))))
    .png({ palette: true, colours: 128, effort: 10 })
    .toFile(path.resolve('docs/images/noise.png'));
} finally {
  await rm(folder, { recursive: true });
}

/** The query, and its map under each rule on black: PNGs of side × side. */
async function mapsOf(name: string, query: string, hit: string): Promise<Buffer[]> {
  const model = await loadModel(name);
  const picture = await openPicture(query);
  const { placement } = await prepare(picture, model.input);
  const { explanation } = await explainPair(
    model,
    { source: query },
    { source: hit },
    { methods: backwardRules },
  );
  await model.dispose();
  const maps = backwardRules.map((rule) => normalizeMap(explanation.maps[rule]!.query));
  const alone = { opacity: 1, dim: 1, saturation: 0 };
  const drawn = await Promise.all([
    renderPicture(picture),
    ...maps.map((map) => renderOverlay(picture, map, placement, alone)),
  ]);
  return Promise.all(
    drawn.map((bytes) => sharp(bytes).resize(side, side, { fit: 'contain' }).png().toBuffer()),
  );
}
