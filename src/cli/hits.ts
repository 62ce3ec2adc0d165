/** The hits of a search, for people and for programs. */
import type { FoundHit, PictureSearch } from '../app/search.ts';
import type { Json } from '../core/item.ts';
import type { LoadedModel } from '../model/load-model.ts';
import { likenessWords } from '../search/calibration.ts';
import type { Hit } from '../search/ranking.ts';
import { pictureFacts } from './explanation-document.ts';
import { counted, duration } from './format.ts';
import type { GivenPicture } from './given-picture.ts';
import type { Output } from './output.ts';
import { table, type Column } from './table.ts';

/** With --json. */
export function hitsDocument({ name, item }: GivenPicture, found: PictureSearch, model: LoadedModel) {
  return {
    query: { name, ...(item ? { id: item.id } : {}), ...pictureFacts(found.query) },
    model: { name: model.model, fingerprint: model.fingerprint },
    method: found.method,
    timings: found.timings,
    name: found.name,
    hits: found.hits.map(({ item, score, likeness, looks }, i) => ({
      rank: i + 1,
      score,
      ...(likeness && { likeness }),
      ...(looks && { looks }),
      ...item,
    })),
  };
}

export function hitsTable(
  { io, style }: Output,
  { name }: GivenPicture,
  { hits, timings, method, name: guess }: PictureSearch,
  { items, model }: { readonly items: number; readonly model: string },
): string[] {
  const times = `${duration(timings.query + timings.search)}, ${method === 'exact' ? 'exact search' : 'HNSW index'}, ${model}`;
  const room = io.stdout.isTTY ? Math.max(12, Math.floor((io.stdout.columns || 80) / 3)) : Infinity;
  const [titles, ...rows] = table(
    columnsFor(hits, room),
    hits.map((hit, i) => ({ ...hit, rank: i + 1 })),
  );
  return [
    `${style.bold(name)}: ${hits.length} nearest of ${counted(items, 'picture')}  ${style.dim(`(${times})`)}`,
    ...(guess ? [`Looks like: ${guess.value} (${Math.round(100 * guess.confidence)} %)`] : []),
    '',
    style.dim(titles!),
    ...rows,
  ];
}

type Row = FoundHit & { readonly rank: number };

/** So many fields of metadata have room beside the rest. */
const shownFields = 4;

function columnsFor(hits: readonly FoundHit[], maxWidth: number): Column<Row>[] {
  const fields = commonFields(hits).slice(0, shownFields);
  const hasProducts = hits.some(({ item }) => item.productId !== null);
  return [
    { title: '#', align: 'right', cell: ({ rank }) => String(rank) },
    { title: 'score', align: 'right', cell: ({ score }) => score.toFixed(4) },
    ...(hits.some(({ likeness }) => likeness)
      ? [{ title: 'match', cell: ({ likeness }: Row) => (likeness ? likenessWords[likeness] : '') }]
      : []),
    ...(hits.some(({ looks }) => looks?.query || looks?.hit)
      ? [{ title: 'most alike', cell: ({ looks }: Row) => (looks ? looksWords(looks) : '') }]
      : []),
    { title: 'id', maxWidth, cell: ({ item }) => item.id },
    ...(hasProducts ? [{ title: 'product', maxWidth, cell: ({ item }: Row) => item.productId ?? '' }] : []),
    ...fields.map((field) => ({
      title: field,
      maxWidth,
      cell: ({ item }: Row) => textOf(item.metadata[field]),
    })),
  ];
}

/** What of query and hit --rerank found most alike. */
function looksWords({ query, hit }: NonNullable<FoundHit['looks']>): string {
  if (!query && !hit) return 'whole pictures';
  return `${query ? 'your object' : 'whole'}, ${hit ? 'its middle' : 'whole'}`;
}

/** The fields that most of the hits have, in the order in which they have them. */
function commonFields(hits: readonly Hit[]): string[] {
  const uses = new Map<string, number>();
  for (const { item } of hits)
    for (const field of Object.keys(item.metadata)) uses.set(field, (uses.get(field) ?? 0) + 1);
  return [...uses].sort(([, a], [, b]) => b - a).map(([field]) => field);
}

/** A metadata value on one line. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
