/** How often search finds what belongs together on a catalogue, and what its scores mean. */
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import { openPicture, type Picture } from '../image/open.ts';
import { openSource } from '../indexer/sources/open.ts';
import type { Model } from '../model/model.ts';
import { saveCalibration } from '../search/calibration-file.ts';
import type { Catalog } from '../search/catalog.ts';
import {
  calibrateNames,
  calibrateScores,
  fewestQueries,
  type NameReport,
  type NamingOf,
  scoreCalibration,
  type ScoreReport,
} from '../search/evaluate/calibrate.ts';
import { type LabelledItem, labelledItems } from '../search/evaluate/labels.ts';
import { rankLabelled, type RankingOptions } from '../search/evaluate/rankings.ts';
import { type RetrievalResult, summarizeRetrieval } from '../search/evaluate/retrieval.ts';
import { fieldOf } from '../search/item-field.ts';
import type { LearnedNames } from '../search/naming/learn.ts';
import { readNames } from '../search/naming/names-file.ts';
import { learnAgain, learnFromCatalog, type LearnOptions, unlessUnlearnable } from './learn-names.ts';
import { type Look, looksOf } from './looks.ts';
import { examinePicture, isPictureProblem, readItemPicture } from './pictures.ts';
import { lookAtObject, lookAtQueries, type QueryOptions } from './query.ts';
import { checkField, checkRerankCount, comparing, readLooks, reordered, usualCounts } from './rerank.ts';
import { checkModel } from './search.ts';

export interface EvaluateRetrievalOptions extends LongRunning {
  /** The metadata field, or product_id, that says what belongs together. */
  readonly label: string;
  /** Hits that have the query's value here do not count. */
  readonly ignoreSame?: string | undefined;
  /** Pictures that are not in the catalogue, and what embeds them; when absent every item is a query once: leave one out. */
  readonly queries?:
    { readonly table: string; readonly model: Model; readonly options?: QueryOptions } | undefined;
  /**
   * So many of the first hits are looked at more closely and ordered anew (rerank.ts), by the catalogue's model; none when absent. What scores
   * and names mean is measured without it.
   */
  readonly rerank?: { readonly count: number; readonly model: Model } | undefined;
  /** The field that the first hits (50, or those of rerank) should agree on (rerank.ts); none when absent. */
  readonly agreeOn?: string | undefined;
}

export interface RetrievalEvaluation extends RetrievalResult {
  readonly format: 'whymatch-retrieval';
  readonly version: 1;
  /** ISO 8601. */
  readonly date: string;
  readonly model: { readonly name: string; readonly fingerprint: string };
  readonly catalog: { readonly name: string; readonly items: number };
  readonly label: string;
  readonly ignoreSame: string | null;
  /** The table of the queries; null where every item was one. */
  readonly queriesFrom: string | null;
  readonly rerank: number | null;
  readonly agreeOn: string | null;
  /** Null where there are too few queries to say. */
  readonly scores: ScoreReport | null;
  readonly names: NameReport | null;
  /** Queries that could not be read. */
  readonly problems: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

/** Throws USAGE for a label that no item or no query has, a rerank that is none, a field to agree on that no item has, CATALOG_MODEL_MISMATCH, the SOURCE_ codes for the table, ABORTED. */
export async function evaluateCatalogRetrieval(
  catalog: Catalog,
  { label, ignoreSame, queries: table, rerank, agreeOn, onProgress, signal }: EvaluateRetrievalOptions,
): Promise<RetrievalEvaluation> {
  const items = labelledItems(catalog, label, ignoreSame);
  const progress = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  if (agreeOn !== undefined) checkField(catalog, agreeOn);
  if (rerank) {
    checkRerankCount(rerank.count);
    checkModel(catalog, rerank.model);
  }
  const asked = table && (await labelledQueries(catalog, table, { label, ignoreSame, rerank, ...progress }));
  const queries = asked?.queries;
  const problems = asked?.problems ?? [];
  const rankings = await rankLabelled(items, { ...progress, queries });
  const naming = await namingOf(catalog, {
    label,
    agreeOn,
    ignoreSame,
    given: asked !== undefined,
    ...progress,
  });
  const looksAt: Looking = asked
    ? ({ id }) => asked.looks.get(id)
    : ({ id }) => rerank && looksAtItem(catalog, rerank.model, { id, problems });
  const ordered =
    rerank || agreeOn !== undefined
      ? await rankLabelled(items, {
          ...progress,
          queries,
          reorder: ordering(catalog, { rerank, agreeOn, naming: naming.ofAgreement }, looksAt),
        })
      : rankings;
  const { model: name, fingerprint } = catalog.space;
  return {
    format: 'whymatch-retrieval',
    version: 1,
    date: new Date().toISOString(),
    model: { name, fingerprint },
    catalog: { name: path.basename(catalog.directory), items: catalog.count() },
    label,
    ignoreSame: ignoreSame ?? null,
    queriesFrom: table?.table ?? null,
    rerank: rerank?.count ?? null,
    agreeOn: agreeOn ?? null,
    ...summarizeRetrieval(ordered, (queries ?? items).length),
    scores: calibrateScores(rankings) ?? null,
    names: calibrateNames(rankings, naming.ofLabel) ?? null,
    problems,
  };
}

interface Names {
  /** Undefined where the label's values cannot be learned. */
  readonly ofLabel: NamingOf | undefined;
  /** Undefined where the catalogue has not learned the values to agree on. */
  readonly ofAgreement: NamingOf | undefined;
}

/** What is learned of names, as search would know it that has not seen the query. `given`: the queries are not items. */
async function namingOf(
  catalog: Catalog,
  {
    label,
    agreeOn,
    given,
    ...options
  }: LearnOptions & { readonly label: string; readonly agreeOn: string | undefined; readonly given: boolean },
): Promise<Names> {
  const naming =
    (names: LearnedNames): NamingOf =>
    ({ id, embedding }) =>
    (vote) =>
      names.probabilities(embedding, vote, given ? undefined : id);
  const ofLabel = await unlessUnlearnable(() => learnFromCatalog(catalog, label, options));
  const isKnown = agreeOn !== undefined && (await readNames(catalog)).has(agreeOn);
  const ofAgreement = !isKnown
    ? undefined
    : agreeOn === label
      ? ofLabel
      : await learnAgain(catalog, agreeOn, options);
  return { ofLabel: ofLabel && naming(ofLabel), ofAgreement: ofAgreement && naming(ofAgreement) };
}

type Looking = (query: LabelledItem) => readonly Look[] | undefined | Promise<readonly Look[] | undefined>;

/** As searchReranked orders hits; by their scores for a query that cannot be looked at. */
function ordering(
  catalog: Catalog,
  {
    rerank,
    agreeOn,
    naming,
  }: Pick<EvaluateRetrievalOptions, 'rerank' | 'agreeOn'> & { readonly naming: NamingOf | undefined },
  looksAt: Looking,
): RankingOptions['reorder'] {
  const itemLooks = rerank && readLooks(rerank.model);
  const count = rerank?.count ?? usualCounts.agreement;
  return async (query, hits) => {
    const first = hits.slice(0, count).flatMap((hit) => {
      const item = catalog.get(hit.item.id);
      return item ? [{ hit, item, score: hit.score }] : [];
    });
    // Something has been removed meanwhile.
    if (first.length < Math.min(count, hits.length)) return [...hits];
    const looks = itemLooks && (await looksAt(query));
    const likenessesOf = looks && comparing(looks, itemLooks);
    const inOrder = await reordered(first, { likenessesOf, agreeOn, learned: naming?.(query) });
    return [...inOrder.map(({ hit }) => hit), ...hits.slice(count)];
  };
}

/** Looks at an item as a query; one whose picture cannot be read is added to the problems. */
async function looksAtItem(
  catalog: Catalog,
  model: Model,
  { id, problems }: { readonly id: string; readonly problems: Problem[] },
): Promise<readonly Look[] | undefined> {
  const item = catalog.get(id);
  if (!item) return undefined;
  try {
    const whole = await examinePicture(model, { source: await readItemPicture(item) });
    return looksOf((await lookAtObject(model, whole, { object: true })).seen);
  } catch (error) {
    if (!(error instanceof AppError && isPictureProblem(error))) throw error;
    problems.push({ id, code: error.code, message: error.message });
    return undefined;
  }
}

/** Keeps what the scores mean with the catalogue, for searches. Returns the file. Throws USAGE for too few queries, OUTPUT_UNWRITABLE. */
export async function keepCalibration(catalog: Catalog, evaluation: RetrievalEvaluation): Promise<string> {
  const { label, date, queries, scores, names } = evaluation;
  if (!scores) {
    throw new AppError(
      'USAGE',
      `expected at least ${fewestQueries} queries to say what scores mean, received ${queries}; nothing was saved`,
    );
  }
  const { at, probability } = names?.curve ?? { at: [], probability: [] };
  return saveCalibration(catalog, {
    scores: scoreCalibration(scores, { label, date, queries }),
    names: names ? { [label]: { at: [...at], probability: [...probability] } } : {},
  });
}

/** The pictures of the most frequent confusions, by id; those that cannot be read any more are left out. */
export async function confusedPictures(
  catalog: Catalog,
  { confusions, queriesFrom }: RetrievalEvaluation,
  most: { readonly confusions: number; readonly examples: number },
): Promise<Map<string, Picture>> {
  const pictures = new Map<string, Picture>();
  const files = queriesFrom === null ? new Map<string, string>() : await filesOf(queriesFrom);
  for (const { examples } of confusions.slice(0, most.confusions)) {
    for (const { query, hit } of examples.slice(0, most.examples)) {
      for (const [key, id] of [
        [`query ${query}`, query],
        [`hit ${hit}`, hit],
      ] as const) {
        if (pictures.has(key)) continue;
        const file = key.startsWith('query') ? files.get(id) : undefined;
        const picture = await readable(async () =>
          openPicture(file ?? (await readItemPicture(catalog.get(id)!))),
        );
        if (picture) pictures.set(key, picture);
      }
    }
  }
  return pictures;
}

async function filesOf(table: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of (await openSource(table)).entries()) {
    if (entry.type === 'item' && entry.file !== undefined) files.set(entry.id, entry.file);
  }
  return files;
}

async function readable(open: () => Promise<Picture>): Promise<Picture | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

type Problem = RetrievalEvaluation['problems'][number];

/** Pictures embedded at a time. */
const batchSize = 16;

async function labelledQueries(
  catalog: Catalog,
  { table, model, options }: NonNullable<EvaluateRetrievalOptions['queries']>,
  { label, ignoreSame, rerank, onProgress }: EvaluateRetrievalOptions,
): Promise<{ queries: LabelledItem[]; looks: Map<string, readonly Look[]>; problems: Problem[] }> {
  checkModel(catalog, model);
  const queries: LabelledItem[] = [];
  const looks = new Map<string, readonly Look[]>();
  const problems: Problem[] = [];
  let waiting: (Omit<LabelledItem, 'embedding'> & { readonly picture: Picture })[] = [];
  const embed = async () => {
    const pictures = waiting.map(({ picture }) => picture);
    const looked = await lookAtQueries(model, pictures, { ...options, object: rerank !== undefined });
    for (const [i, { picture: _, ...query }] of waiting.entries()) {
      const { embedding, seen } = looked[i]!;
      queries.push({ ...query, embedding });
      if (rerank) looks.set(query.id, looksOf(seen));
    }
    waiting = [];
    onProgress?.({ phase: 'queries', done: queries.length, failed: problems.length });
  };
  for await (const entry of (await openSource(table)).entries()) {
    if (entry.type === 'failure' || entry.file === undefined) {
      const why = entry.type === 'failure' ? entry : { code: 'SOURCE_INVALID', message: 'expected a file' };
      problems.push({ id: entry.id ?? '', code: why.code, message: why.message });
      continue;
    }
    const { id, file, productId, metadata } = entry;
    const own = fieldOf({ productId, metadata }, label);
    if (own === undefined || own === null) continue;
    const group = ignoreSame === undefined ? undefined : fieldOf({ productId, metadata }, ignoreSame);
    try {
      waiting.push({ id, label: own, group, picture: await openPicture(file) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      problems.push({ id, code: error.code, message: error.message });
    }
    if (waiting.length === batchSize) await embed();
  }
  if (waiting.length > 0) await embed();
  if (queries.length > 0) return { queries, looks, problems };
  throw new AppError(
    'USAGE',
    `expected rows in ${table} with a picture and a value of "${label}", found none`,
  );
}
