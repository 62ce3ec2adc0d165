/**
 * How much of what search finds is still found when the query is a worse photo: pictures of a catalogue, transformed by grades
 * (src/image/transform), search the catalogue that they come from.
 */
import path from 'node:path';
import { AppError, throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import { seededRandom, shuffled } from '../core/random.ts';
import { openPicture, type Picture } from '../image/open.ts';
import type { Pixels } from '../image/pixels.ts';
import { transformations as allTransformations } from '../image/transform/index.ts';
import { pictureOf, pixelsOf } from '../image/transform/render.ts';
import { middleGrade, type Transformation } from '../image/transform/transformation.ts';
import type { Model } from '../model/model.ts';
import type { RobustnessReport } from '../report/robustness-input.ts';
import type { Catalog, SearchOptions } from '../search/catalog.ts';
import type { Hit } from '../search/ranking.ts';
import { areAlike, areComparable, labelledItems, Labels } from '../search/evaluate/labels.ts';
import { checkMaskFolder, maskFile } from './evaluate-masks.ts';
import { readItemPicture } from './pictures.ts';
import { type LookedAt, lookAtQueries, type QueryOptions } from './query.ts';
import { learnAgain } from './learn-names.ts';
import { looksOf } from './looks.ts';
import { comparing, type LooksSource, readLooks, searchReranked } from './rerank.ts';
import { type QueryRanks, type Ranks, robustnessResults } from './robustness-results.ts';
import { checkModel } from './search.ts';
import type { LearnedNames } from '../search/naming/learn.ts';
import type { Naming } from '../search/naming/namer.ts';

export interface EvaluateRobustnessOptions extends LongRunning {
  /** A metadata field, or product_id: hits of the query's label count as found. Without it only the picture itself does. */
  readonly label?: string | undefined;
  /** Hits that have the query's value here do not count. */
  readonly ignoreSame?: string | undefined;
  /** How many pictures are queries; 100 when absent, fewer where the catalogue has fewer. */
  readonly sample?: number;
  /** Chooses the queries, and all else that is random; 1 when absent. */
  readonly seed?: number;
  /** Names of transformations; all when absent. */
  readonly transformations?: readonly string[] | undefined;
  /** Only the middle grade of each: a fifth of the searches. False when absent. */
  readonly middleOnly?: boolean | undefined;
  /** A folder with the masks of objects (evaluate-masks.ts), for those that need them. */
  readonly masks?: string | undefined;
  /** How the queries are made into embeddings. */
  readonly query?: QueryOptions;
  /** So many of the first hits are looked at more closely and ordered anew (rerank.ts); none when absent. */
  readonly rerank?: number | undefined;
  /** The field that the first hits should agree on (rerank.ts); none when absent. The picture itself has no say in the label. */
  readonly agreeOn?: string | undefined;
}

export interface RobustnessEvaluation extends RobustnessReport {
  readonly format: 'whymatch-robustness';
  readonly version: 1;
  readonly model: { readonly name: string; readonly fingerprint: string; readonly engine: string };
  readonly query: QueryOptions;
  readonly rerank: number | null;
  readonly agreeOn: string | null;
}

/** Pictures are transformed at most so large: what models see is smaller, but the nearest grade enlarges 2.5 times. */
const workingSide = 640;

/**
 * Throws CATALOG_EMPTY where no picture can be read, CATALOG_MODEL_MISMATCH, USAGE for a label, folder or transformation that is not
 * there, ABORTED.
 */
export async function evaluateRobustness(
  catalog: Catalog,
  model: Model,
  options: EvaluateRobustnessOptions = {},
): Promise<RobustnessEvaluation> {
  const { seed = 1, label, masks, query = {}, middleOnly = false } = options;
  checkModel(catalog, model);
  if (masks !== undefined) checkMaskFolder(masks);
  const chosen = transformationsNamed(options.transformations)
    .filter(({ needsMask = false }) => !needsMask || masks !== undefined)
    .map((transformation) =>
      middleOnly ? { ...transformation, grades: [middleGrade(transformation)] } : transformation,
    );
  const { agreeOn, ignoreSame, onProgress, signal } = options;
  const learning = { ignoreSame, ...(onProgress && { onProgress }), ...(signal && { signal }) };
  const learned = agreeOn === undefined ? undefined : await learnAgain(catalog, agreeOn, learning);
  const run = new Run(catalog, model, { ...options, transformations: chosen, names: learned });
  await run.all();
  const { queries, problems } = run;
  if (queries.length === 0) {
    throw new AppError(
      'CATALOG_EMPTY',
      `expected pictures in the catalogue ${catalog.directory} that can be read${label === undefined ? '' : ` and share their "${label}" with another`}, received none`,
      { details: { problems } },
    );
  }
  return {
    format: 'whymatch-robustness',
    version: 1,
    date: new Date().toISOString(),
    model: { name: model.model, fingerprint: model.fingerprint, engine: model.engine.description },
    catalog: { name: path.basename(catalog.directory), items: catalog.count() },
    seed,
    label: label ?? null,
    query,
    rerank: options.rerank ?? null,
    agreeOn: options.agreeOn ?? null,
    ...robustnessResults(queries, chosen, seed),
    problems,
  };
}

/** In the order of the table. Throws USAGE. */
function transformationsNamed(names: readonly string[] | undefined): readonly Transformation[] {
  if (!names) return allTransformations;
  const known = allTransformations.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return allTransformations.filter(({ name }) => names.includes(name));
  throw new AppError('USAGE', `expected transformations of ${known.join(', ')}, received "${unknown}"`);
}

const depth = 10;

interface RunSettings extends Omit<EvaluateRobustnessOptions, 'transformations'> {
  readonly transformations: readonly Transformation[];
  /** What the catalogue has learned of the values to agree on. */
  readonly names: LearnedNames | undefined;
}

class Run {
  readonly queries: QueryRanks[] = [];
  readonly problems: { id: string; code: string; message: string }[] = [];
  readonly #catalog: Catalog;
  readonly #model: Model;
  readonly #options: RunSettings;
  readonly #labels: Labels | undefined;
  readonly #itemLooks: LooksSource;

  constructor(catalog: Catalog, model: Model, options: RunSettings) {
    this.#catalog = catalog;
    this.#model = model;
    this.#options = options;
    this.#itemLooks = readLooks(model);
    const { label, ignoreSame } = options;
    this.#labels = label === undefined ? undefined : new Labels(labelledItems(catalog, label, ignoreSame));
  }

  async all(): Promise<void> {
    const { seed = 1, sample = 100, onProgress, signal } = this.#options;
    const ids = shuffled(this.#candidates(), seededRandom(seed));
    const total = Math.min(sample, ids.length);
    for (const [i, id] of ids.entries()) {
      if (this.queries.length === total) break;
      throwIfAborted(signal);
      onProgress?.({ phase: 'evaluate', done: this.queries.length, total, failed: this.problems.length });
      await this.#query(id, ids[(i + 1) % ids.length]!, seed + i);
    }
    onProgress?.({ phase: 'evaluate', done: this.queries.length, total, failed: this.problems.length });
  }

  #candidates(): string[] {
    const labels = this.#labels;
    if (!labels) return Array.from(this.#catalog.items(), ({ id }) => id);
    return labels.ids.filter((id) => labels.relevantTo(labels.get(id)!) > 0);
  }

  /** Searches with one picture, untouched and under all grades. */
  async #query(id: string, otherId: string, seed: number): Promise<void> {
    const item = this.#catalog.get(id);
    const picture = item && (await this.#open(item));
    if (!item || !picture) return;
    const other = this.#catalog.get(otherId);
    const otherPicture = (other && (await this.#open(other))) ?? picture;
    const pixels = await pixelsOf(picture, workingSide);
    const variants = await this.#variants(item, pixels, await pixelsOf(otherPicture, workingSide), seed);
    const pictures = [await pictureOf(pixels), ...variants.map(({ picture }) => picture)];
    const { query, rerank } = this.#options;
    const queries = await lookAtQueries(this.#model, pictures, { ...query, object: rerank !== undefined });
    const all: Ranks[] = [];
    for (const query of queries) all.push(await this.#ranks(item.id, query));
    const [untouched, ...ranks] = all;
    const transformed = new Map<string, Ranks[]>();
    for (const [i, { name }] of variants.entries())
      transformed.set(name, [...(transformed.get(name) ?? []), ranks[i]!]);
    this.queries.push({ untouched: untouched!, transformed });
  }

  async #variants(item: Item, pixels: Pixels, other: Pixels, seed: number) {
    const mask = await this.#maskOf(item, pixels);
    const variants: { name: string; picture: Picture }[] = [];
    for (const transformation of this.#options.transformations) {
      const { name, grades, needsMask = false, apply } = transformation;
      if (needsMask && !mask) continue;
      // Of the table of all: what is random does not depend on which others were chosen.
      const t = allTransformations.findIndex((of) => of.name === name);
      for (const grade of grades) {
        const random = seededRandom(1000 * seed + t);
        const transformed = await apply(pixels, grade, { random, other, mask });
        variants.push({ name, picture: await pictureOf(transformed) });
      }
    }
    return variants;
  }

  async #ranks(id: string, query: LookedAt): Promise<Ranks> {
    const labels = this.#labels;
    const own = labels?.get(id);
    const k = depth + (labels && own ? labels.excludedFrom(own) : 0);
    const hits = await this.#search(id, query, { k });
    const ids = hits.map(({ item }) => item.id);
    const itself = rankOf(ids.indexOf(id));
    if (!labels || !own) return { itself, label: undefined };
    const asked =
      this.#options.agreeOn === undefined ? hits : await this.#search(id, query, { k, exclude: [id] });
    const others = asked
      .flatMap(({ item }) => labels.get(item.id) ?? [])
      .filter((other) => areComparable(own, other));
    return { itself, label: rankOf(others.findIndex((other) => areAlike(own, other))) };
  }

  async #search(id: string, { embedding, seen }: LookedAt, options: SearchOptions): Promise<readonly Hit[]> {
    const { rerank: count, agreeOn, names } = this.#options;
    const likenessesOf = count === undefined ? undefined : comparing(looksOf(seen), this.#itemLooks);
    const learned: Naming | undefined = names && ((vote) => names.probabilities(embedding, vote, id));
    const reranking = { count, likenessesOf, agreeOn, learned };
    const { hits } = await searchReranked(this.#catalog, embedding, options, reranking);
    return hits;
  }

  /** Undefined, and noted, where the picture cannot be read. */
  async #open(item: Item): Promise<Picture | undefined> {
    try {
      return await openPicture(await readItemPicture(item));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { code, message } = error;
      if (!this.problems.some(({ id }) => id === item.id)) this.problems.push({ id: item.id, code, message });
      return undefined;
    }
  }

  async #maskOf(item: Item, { width, height }: Pixels): Promise<Float32Array | undefined> {
    const { masks } = this.#options;
    const file = masks === undefined ? undefined : maskFile(masks, item.source);
    if (file === undefined) return undefined;
    const mask = await pixelsOf(await openPicture(file), workingSide);
    if (mask.width !== width || mask.height !== height) return undefined;
    return Float32Array.from({ length: width * height }, (_, i) => (mask.data[3 * i]! > 127 ? 1 : 0));
  }
}

const rankOf = (index: number): number => (index < 0 || index >= depth ? Infinity : index + 1);
