/**
 * npm run bench -- indexing [--rounds N]: pictures a second through the whole of indexing, beside what decoding alone (read, hash, decode,
 * scale, normalise) and the model alone get with the same threads. All three in turn, round after round.
 *
 * In the first setting the model has one thread and leaves a processor to decoding: what the slower of both alone gets is then the limit.
 * In the others either alone takes the whole machine, so the limit is both one after the other.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Embedder } from '../../src/core/embedder.ts';
import { stack, type Tensor } from '../../src/core/tensor.ts';
import { quantile } from '../../src/core/vector.ts';
import { openPicture, prepare } from '../../src/index.ts';
import { parallelMap } from '../../src/indexer/parallel-map.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openFolder } from '../../src/indexer/sources/folder.ts';
import { type LoadedModel, loadModel } from '../../src/model/load-model.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { table } from './measure.ts';
import { makePictures } from './pictures.ts';

const pictures = 256;
const wanted = 0.85;

interface Setting {
  readonly name: string;
  readonly threads: number;
  /** Whether the model computes in threads of its own, as in `whymatch index`, or in the main thread. */
  readonly ownThreads: boolean;
  /** Pictures decoded at a time. */
  readonly concurrency: number;
}

const processors = availableParallelism();
const settings: readonly Setting[] = [
  { name: 'a thread for the model', threads: 1, ownThreads: true, concurrency: 2 },
  { name: 'all threads, the default', threads: processors, ownThreads: true, concurrency: 2 * processors },
  {
    name: 'all threads, the model in the main thread',
    threads: processors,
    ownThreads: false,
    concurrency: 2 * processors,
  },
];

interface Spent {
  /** Seconds by the clock, and of all processors. */
  readonly wall: number;
  readonly cpu: number;
  /** Seconds in which the model had nothing to do. */
  readonly idle: number;
}

const works = ['decode', 'embed', 'index'] as const;
type Times = Record<(typeof works)[number], Spent>;

export async function indexing(rounds: number): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-bench-'));
  try {
    const files = await makePictures(path.join(folder, 'pictures'), pictures);
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / files.length;
    const lines = [
      `${pictures} JPEGs of 600×800, ${(bytes / 1000).toFixed(0)} kB each; ${processors} processors; medians of ${rounds} rounds`,
    ];
    for (const setting of settings) {
      const model = await loadModel(undefined, { threads: setting.threads, ownThreads: setting.ownThreads });
      try {
        const times = await measured(rounds, { folder, files, model, setting });
        lines.push('', ...report(setting, model, times));
      } finally {
        await model.dispose();
      }
    }
    return lines.join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Bench {
  readonly folder: string;
  readonly files: readonly string[];
  readonly model: LoadedModel;
  readonly setting: Setting;
}

async function measured(rounds: number, bench: Bench): Promise<Times[]> {
  const { files, model, setting } = bench;
  const tensors = await decodeAll(files, model, setting);
  const all: Times[] = [];
  for (let round = -1; round < rounds; round++) {
    const times = {
      decode: await timed(async () => void (await decodeAll(files, model, setting))),
      embed: await timed(() => embedAll(tensors, model)),
      index: await timed(() => indexAll(bench, round)),
    };
    if (round >= 0) all.push(times);
  }
  return all;
}

function report(
  { name, threads, concurrency }: Setting,
  model: LoadedModel,
  all: readonly Times[],
): string[] {
  const median = (value: (times: Times) => number) => quantile(all.map(value), 0.5);
  const cpu = (work: keyof Times) => median((times) => times[work].cpu / pictures) * 1000;
  const rows = works.map((work) => [
    work === 'index' ? 'all of indexing' : `${work} alone`,
    (pictures / median((times) => times[work].wall)).toFixed(1),
    cpu(work).toFixed(2),
  ]);
  const slower = median(({ decode, embed, index }) => Math.max(decode.wall, embed.wall) / index.wall);
  const both = median(({ decode, embed, index }) => (decode.wall + embed.wall) / index.wall);
  const idle = median(({ index }) => index.idle / index.wall);
  const rest = cpu('index') - cpu('decode') - cpu('embed');
  return [
    `### ${name}: ${threads} of ${processors} threads, ${concurrency} pictures decoded at a time, ${model.parallelRuns} × ${model.batchSize} embedded`,
    '',
    table(['', 'pictures/s', 'processor ms a picture'], rows),
    '',
    `of the slower alone: ${slower.toFixed(2)} (wanted: ${wanted}); of both one after the other: ${both.toFixed(2)}`,
    `what takes the rest: ${rest.toFixed(2)} ms of processor a picture (rows, copies, waiting threads); no batch in hand for ${idle.toFixed(2)} of the time`,
  ];
}

/** work: resolves to the milliseconds in which the model had nothing to do, where it tells. */
async function timed(work: () => Promise<number | void>): Promise<Spent> {
  const start = performance.now();
  const before = process.cpuUsage();
  const idle = (await work()) ?? 0;
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6, idle: idle / 1000 };
}

/** As the indexer does it, with as many at a time. */
async function decodeAll(
  files: readonly string[],
  model: LoadedModel,
  { concurrency }: Setting,
): Promise<Tensor[]> {
  async function* source() {
    yield* files;
  }
  const decode = async (file: string) => (await prepare(await openPicture(file), model.input)).tensor;
  const tensors: Tensor[] = [];
  for await (const tensor of parallelMap(source(), decode, { concurrency, ahead: 2 * concurrency }))
    tensors.push(tensor);
  return tensors;
}

/** With a batch more in hand than the model computes at a time, so that it never waits. */
async function embedAll(tensors: readonly Tensor[], model: LoadedModel): Promise<void> {
  async function* batches() {
    for (let from = 0; from < tensors.length; from += model.batchSize)
      yield tensors.slice(from, from + model.batchSize);
  }
  const inHand = model.parallelRuns + 1;
  const embed = (batch: readonly Tensor[]) => model.embed(stack(batch));
  for await (const _ of parallelMap(batches(), embed, { concurrency: inHand, ahead: inHand }));
}

async function indexAll({ folder, model, setting }: Bench, round: number): Promise<number> {
  const { name, concurrency } = setting;
  const catalog = openCatalog(path.join(folder, `catalog ${name} ${round}`), { space: model, create: true });
  const source = await openFolder(path.join(folder, 'pictures'));
  const embedder = new WatchedEmbedder(model);
  const { indexed } = await indexItems(source, {
    store: catalog,
    embedder,
    batchSize: model.batchSize,
    concurrency,
  });
  await catalog.saveIndex();
  catalog.close();
  if (indexed !== pictures)
    throw new Error(`expected ${pictures} pictures to be indexed, received ${indexed}`);
  return embedder.idle;
}

/** A model, and how long it had nothing to do. */
class WatchedEmbedder implements Embedder {
  readonly #model: LoadedModel;
  readonly model: string;
  readonly fingerprint: string;
  readonly dimension: number;
  readonly input: Embedder['input'];
  readonly parallelRuns: number;
  #inHand = 0;
  #since = performance.now();
  /** Milliseconds. */
  idle = 0;

  constructor(model: LoadedModel) {
    this.#model = model;
    this.model = model.model;
    this.fingerprint = model.fingerprint;
    this.dimension = model.dimension;
    this.input = model.input;
    this.parallelRuns = model.parallelRuns;
  }

  async embed(images: Tensor): Promise<Tensor> {
    if (this.#inHand++ === 0) this.idle += performance.now() - this.#since;
    try {
      return await this.#model.embed(images);
    } finally {
      if (--this.#inHand === 0) this.#since = performance.now();
    }
  }
}
