/**
 * npm run bench -- indexing [--rounds N]: pictures a second through the whole of indexing, as a share of what its slower half alone gets
 * with the same threads: decoding (read, hash, decode, scale, normalise) or the model. All three in turn, round after round.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../src/core/random.ts';
import { stack, type Tensor } from '../../src/core/tensor.ts';
import { quantile } from '../../src/core/vector.ts';
import { openPicture, prepare } from '../../src/index.ts';
import { parallelMap } from '../../src/indexer/parallel-map.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openFolder } from '../../src/indexer/sources/folder.ts';
import { type LoadedModel, loadModel } from '../../src/model/load-model.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { table } from './measure.ts';

const pictures = 256;
const wanted = 0.85;

interface Spent {
  /** Seconds by the clock, and of all processors. */
  readonly wall: number;
  readonly cpu: number;
}

export async function indexing(rounds: number): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-bench-'));
  const model = await loadModel();
  try {
    const files = await makePictures(path.join(folder, 'pictures'));
    const tensors = await decodeAll(files, model);
    const spent: Record<'decode' | 'embed' | 'index', Spent[]> = { decode: [], embed: [], index: [] };
    for (let round = -1; round < rounds; round++) {
      const times = {
        decode: await timed(() => decodeAll(files, model)),
        embed: await timed(() => embedAll(tensors, model)),
        index: await timed(() => indexAll(folder, round, model)),
      };
      if (round < 0) continue;
      for (const name of ['decode', 'embed', 'index'] as const) spent[name].push(times[name]);
    }
    return report(spent, model);
  } finally {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(spent: Record<'decode' | 'embed' | 'index', readonly Spent[]>, model: LoadedModel): string {
  const median = (values: readonly number[]) => quantile(values, 0.5);
  const cpu = (name: keyof typeof spent) => (median(spent[name].map(({ cpu }) => cpu)) / pictures) * 1000;
  const rows = (['decode', 'embed', 'index'] as const).map((name) => [
    name === 'index' ? 'all of indexing' : `${name} alone`,
    (pictures / median(spent[name].map(({ wall }) => wall))).toFixed(1),
    cpu(name).toFixed(2),
  ]);
  const shares = spent.index.map(
    ({ wall }, i) => Math.max(spent.decode[i]!.wall, spent.embed[i]!.wall) / wall,
  );
  const possible = spent.index.map(({ wall }, i) => (spent.decode[i]!.wall + spent.embed[i]!.wall) / wall);
  const rest = cpu('index') - cpu('decode') - cpu('embed');
  return [
    `${pictures} JPEGs of 600×800, ${availableParallelism()} processors, ${model.engine.description}, batches of ${model.batchSize}`,
    '',
    table(['', 'pictures/s', 'processor ms a picture'], rows),
    '',
    `share of the slower half: ${median(shares).toFixed(2)} (${shares.map((share) => share.toFixed(2)).join(', ')}); wanted: ${wanted}`,
    `share of both halves one after the other: ${median(possible).toFixed(2)}`,
    `what takes the rest: ${rest.toFixed(2)} ms of processor a picture (files, hashes, rows, copies)`,
  ].join('\n');
}

async function timed(work: () => Promise<unknown>): Promise<Spent> {
  const start = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** As the indexer does it, with as many at a time. */
async function decodeAll(files: readonly string[], model: LoadedModel): Promise<Tensor[]> {
  const concurrency = 2 * availableParallelism();
  async function* source() {
    yield* files;
  }
  const decode = async (file: string) => (await prepare(await openPicture(file), model.input)).tensor;
  const tensors: Tensor[] = [];
  for await (const tensor of parallelMap(source(), decode, { concurrency, ahead: 2 * concurrency }))
    tensors.push(tensor);
  return tensors;
}

async function embedAll(tensors: readonly Tensor[], model: LoadedModel): Promise<void> {
  for (let from = 0; from < tensors.length; from += model.batchSize) {
    await model.embed(stack(tensors.slice(from, from + model.batchSize)));
  }
}

async function indexAll(folder: string, round: number, model: LoadedModel): Promise<void> {
  const catalog = openCatalog(path.join(folder, `catalog-${round}`), { space: model, create: true });
  const source = await openFolder(path.join(folder, 'pictures'));
  const { indexed } = await indexItems(source, {
    store: catalog,
    embedder: model,
    batchSize: model.batchSize,
  });
  await catalog.saveIndex();
  catalog.close();
  if (indexed !== pictures)
    throw new Error(`expected ${pictures} pictures to be indexed, received ${indexed}`);
}

/** Pictures with as much in them as photos have: soft shapes in many sizes, and grain. */
async function makePictures(folder: string): Promise<string[]> {
  mkdirSync(folder);
  const random = seededRandom(11);
  const files: string[] = [];
  for (let i = 0; i < pictures; i++) {
    const layers = await Promise.all([4, 16, 64, 300].map((size) => noise(random, size)));
    const [base, ...others] = layers as [Buffer, ...Buffer[]];
    const file = path.join(folder, `${String(i).padStart(4, '0')}.jpg`);
    const composed = sharp(base).composite(
      others.map((input, n) => ({ input, blend: n === 2 ? 'soft-light' : 'overlay' })),
    );
    await composed.jpeg({ quality: 85 }).toFile(file);
    files.push(file);
  }
  return files;
}

function noise(random: () => number, size: number): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: size * size * 3 }, () => Math.floor(random() * 256)));
  return sharp(data, { raw: { width: size, height: size, channels: 3 } })
    .resize(600, 800, { fit: 'fill', kernel: 'cubic' })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
