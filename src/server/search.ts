/** A search from its request to its answer. */
import { performance } from 'node:perf_hooks';
import type { ExaminedPicture } from '../app/pictures.ts';
import { isReordered, type Reranking, searchReranked } from '../app/rerank.ts';
import type { FoundHit } from '../app/search.ts';
import { AppError, throwIfAborted } from '../core/errors.ts';
import { type Rect, wholePictures } from '../core/geometry.ts';
import { normalize } from '../core/vector.ts';
import { defaultMethod, methodNamed } from '../explain/methods/index.ts';
import { readCalibration } from '../search/calibration-file.ts';
import { areNearest, namePicture, withLikeness } from '../search/meaning.ts';
import type { NameGuess } from '../search/naming/name-vote.ts';
import type { Part } from './body.ts';
import { describe, rounded } from './describe.ts';
import { duplicatesAmong } from './duplicate-hits.ts';
import { comparedPair, isWhole, type QuerySource } from './examined.ts';
import {
  explanationLink,
  imageLink,
  itemLink,
  nameLink,
  partParameters,
  queryPictureLink,
  thumbnailLink,
} from './links.ts';
import type { Region } from '../app/regions.ts';
import type { QueryPicture, SearchAnswer, SearchOptions } from './schemas/search.ts';
import { regionsOf } from './regions.ts';
import { likenessesTo } from './rerank.ts';
import type { Parts } from './services.ts';

export interface SearchCall {
  readonly pictures: readonly QueryPicture[];
  /** Files that the pictures name. */
  readonly files: readonly Part[];
  readonly options: SearchOptions;
  readonly signal: AbortSignal;
}

/** A picture of the query, ready to compare. */
interface Compared {
  readonly source: QuerySource;
  readonly weight: number;
  /** (C), of length 1. */
  readonly unit: Float32Array;
  readonly size: { readonly width: number; readonly height: number };
  /** Only what lies inside its frame was searched. */
  readonly unframed: boolean;
  readonly regions: readonly Region[];
}

/** Inline explanations are made for so many hits at most. */
const mostInline = 12;

export async function search(parts: Parts, call: SearchCall): Promise<SearchAnswer> {
  const { options, signal, pictures } = call;
  checkRequest(call);
  const start = performance.now();
  const sources = await Promise.all(
    pictures.map((picture) => parts.sources.ofQuery(picture, call.files, signal)),
  );
  const read = performance.now();
  const compared = await Promise.all(
    sources.map((source, i) => compare(parts, source, { entry: pictures[i]!, call })),
  );
  const embedded = performance.now();
  // Pictures come back from the network several at a time, and each search holds the event loop for milliseconds.
  await parts.turns.next();
  throwIfAborted(signal);
  const found = await nearest(parts, compared, call);
  const searched = performance.now();
  const queryId =
    options.explain === 'none' ? null : parts.queries.remember(compared.map(({ source }) => source));
  const items = found.hits.map(({ item }) => item);
  const duplicates = options.duplicates ? await duplicatesAmong(parts, compared, items) : [];
  const hits = found.hits.map((hit, i) => ({
    ...hitAnswer(hit, i, { queryId, compared, options }),
    ...(duplicates[i] && { duplicateOf: duplicates[i] }),
  }));
  const explained =
    options.explain === 'inline'
      ? await withExplanations(parts, hits, { queryId: queryId!, compared, call })
      : hits;
  const end = performance.now();
  return {
    queryId,
    query: compared.map((picture, i) => pictureAnswer(picture, i, queryId)),
    category: found.category && { ...found.category, links: nameLinks(found.category, queryId, compared) },
    hits: explained,
    more: found.more,
    matching: found.matching,
    method: found.method,
    indexSeq: parts.catalog.info().seq,
    timings: {
      read: ms(read - start),
      embed: ms(embedded - read),
      search: ms(searched - embedded),
      explain: ms(end - searched),
      total: ms(end - start),
    },
  };
}

/** Throws USAGE before any work is done. */
function checkRequest({ pictures, options }: SearchCall): void {
  if (!pictures.some(({ weight = 1 }) => weight > 0)) {
    throw new AppError('USAGE', 'query: expected at least one picture with a weight above 0');
  }
  if (options.rerank && pictures.length > 1) {
    throw new AppError('USAGE', `rerank: expected a query of one picture, received ${pictures.length}`);
  }
  for (const method of options.methods ?? []) methodNamed(method);
}

async function compare(
  parts: Parts,
  source: QuerySource,
  { entry, call }: { readonly entry: QueryPicture; readonly call: SearchCall },
): Promise<Compared> {
  const { signal, options } = call;
  const weight = entry.weight ?? 1;
  const item = source.item === undefined ? undefined : parts.catalog.get(source.item);
  if (item && entry.region !== 'auto' && isWhole(source)) {
    const unit = parts.catalog.embeddingOf(item.id);
    // The catalogue knows it: nothing has to be read.
    if (unit) return { source, weight, unit, size: item, unframed: false, regions: [] };
  }
  const looked =
    source.region || !options.unframe ? source : await parts.pictures.insideFrame(source, signal);
  const examined = await parts.pictures.ofQuery(looked, signal);
  throwIfAborted(signal);
  const regions = source.region ? [] : await regionsOf(parts.studio, examined);
  if (entry.region !== 'auto' || !regions[0])
    return { ...comparedOf(examined, looked, weight), unframed: looked.region !== source.region, regions };
  const { score: _, ...region } = regions[0];
  const narrowed = { ...looked, region };
  const subject = await parts.pictures.ofQuery(narrowed, signal);
  return { ...comparedOf(subject, narrowed, weight), unframed: false, regions };
}

const comparedOf = ({ picture, subject }: ExaminedPicture, source: QuerySource, weight: number) => ({
  source,
  weight,
  unit: subject.unit,
  size: picture,
});

/** One page of hits, and the guess from the nearest, whichever page it is. */
async function nearest(parts: Parts, compared: readonly Compared[], { options, signal }: SearchCall) {
  const { catalog, options: server } = parts;
  const { k, offset, filter, groupBy, minScore, diversity, exact, excludeSelf } = options;
  const own = compared.flatMap(({ source }) => (source.item === undefined ? [] : [source.item]));
  const exclude = excludeSelf ? own : [];
  const wanted = { filter, groupBy, minScore, exact, exclude, offset, k: k + 1, diversity };
  const embedding = combined(compared);
  const { count, agreeOn, lenient } = orderOf(parts, compared.length, options);
  const looking = { source: compared[0]!.source, signal };
  const likenessesOf = count === undefined ? undefined : likenessesTo(parts, looking);
  const reranking = { count, likenessesOf, agreeOn, lenient };
  const result = await searchReranked(catalog, embedding, wanted, reranking);
  const calibration = await readCalibration(catalog);
  const canVote = areNearest(wanted) && exclude.length === own.length && !isReordered(reranking);
  const category = await namePicture(catalog, embedding, {
    field: server.categoryField,
    exclude: own,
    nearest: canVote ? result.hits : undefined,
  });
  const page = result.hits.slice(0, k);
  return {
    ...result,
    // Scores of several pictures together are others than those that were measured.
    hits: compared.length === 1 ? withLikeness(page, calibration) : page,
    more: result.hits.length > k,
    category: category && { ...category, votes: [...category.votes] },
  };
}

/** As the request says, or as the server is set up, as far as that goes together with the request. */
function orderOf(
  { options: { order = {} } }: Parts,
  pictures: number,
  { rerank, agreeOn, diversity = 0 }: SearchOptions,
): Pick<Reranking, 'count' | 'agreeOn' | 'lenient'> {
  const usual = diversity > 0 ? {} : order;
  return {
    count: (rerank ?? (pictures > 1 ? undefined : usual.rerank)) || undefined,
    agreeOn: (agreeOn ?? usual.agreeOn) || undefined,
    lenient: agreeOn === undefined,
  };
}

/** The weighted sum of the directions, of length 1. */
function combined(compared: readonly Compared[]): Float32Array {
  const [only] = compared;
  if (compared.length === 1 && only) return only.unit;
  const sum = new Float32Array(only!.unit.length);
  for (const { unit, weight } of compared) {
    for (let c = 0; c < sum.length; c++) sum[c]! += weight * unit[c]!;
  }
  return normalize(sum);
}

/** The picture that explanations are about unless told otherwise: the first that is wanted. */
const mainPicture = (compared: readonly Compared[]): number => compared.findIndex(({ weight }) => weight > 0);

/** Why it gets this name: where that was learned. */
function nameLinks({ by }: NameGuess, queryId: string | null, compared: readonly Compared[]) {
  if (queryId === null || by === 'vote') return {};
  const picture = mainPicture(compared);
  return { explanation: nameLink(queryId, picture === 0 ? {} : { picture }) };
}

type HitAnswer = SearchAnswer['hits'][number];

function hitAnswer(
  { item, score, likeness, looks }: FoundHit,
  i: number,
  {
    queryId,
    compared,
    options,
  }: { queryId: string | null; compared: readonly Compared[]; options: SearchOptions },
): HitAnswer {
  const { id, productId, width, height, metadata } = item;
  const { fields, offset } = options;
  const shown = fields
    ? Object.fromEntries(Object.entries(metadata).filter(([name]) => fields.includes(name)))
    : metadata;
  const picture = mainPicture(compared);
  const asked = { ...(picture !== 0 && { picture }), ...(looks && partParameters(looks)) };
  const explanation = queryId === null ? {} : { explanation: explanationLink(queryId, id, asked) };
  return {
    rank: offset + i + 1,
    id,
    productId,
    score: rounded(score),
    ...(likeness && { likeness }),
    ...(looks && { looks: { query: partOf(looks.query), hit: partOf(looks.hit) } }),
    width,
    height,
    metadata: { ...shown },
    links: { item: itemLink(id), image: imageLink(item), thumbnail: thumbnailLink(item), ...explanation },
  };
}

/** What one hit cannot show is a problem of that hit only. */
async function withExplanations(
  parts: Parts,
  hits: readonly HitAnswer[],
  { queryId, compared, call }: { queryId: string; compared: readonly Compared[]; call: SearchCall },
): Promise<HitAnswer[]> {
  const { options, signal } = call;
  const { target, methods = [defaultMethod] } = options;
  const picture = mainPicture(compared);
  const { source } = compared[picture]!;
  const explain = async ({ id, looks = wholePictures }: HitAnswer, method: string) => {
    const item = parts.pictures.item(id);
    const asked = { ...comparedPair(source, item, looks), method, target, check: false };
    const pair = await parts.explainer.explain(asked, signal);
    return describe(pair, { queryId, picture, item, method, target, map: false, looks });
  };
  return Promise.all(
    hits.map(async (hit, i): Promise<HitAnswer> => {
      if (i >= mostInline) return hit;
      try {
        return { ...hit, explanations: await Promise.all(methods.map((method) => explain(hit, method))) };
      } catch (error) {
        if (!(error instanceof AppError) || error.code === 'ABORTED') throw error;
        return { ...hit, problem: { code: error.code, message: error.message } };
      }
    }),
  );
}

function pictureAnswer(
  { source, weight, size, unframed, regions }: Compared,
  i: number,
  queryId: string | null,
) {
  return {
    picture: i,
    weight,
    item: source.item ?? null,
    width: size.width,
    height: size.height,
    region: source.region ? wholeRect(source.region) : null,
    unframed,
    regions: regions.map((region) => ({ ...region })),
    links: queryId === null ? {} : { image: queryPictureLink(queryId, i) },
  };
}

const partOf = (part: Rect | null) => part && wholeRect(part);

const wholeRect = ({ x, y, width, height }: Rect) => ({ x, y, width, height });

const ms = (value: number): number => Math.round(value * 100) / 100;
