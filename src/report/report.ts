/** Reports: one HTML page, complete in itself, that shows what was found and why. */
import { basename } from 'node:path';
import type { Card } from './card.ts';
import { fact, renderCard } from './card.ts';
import type { Evidence, PairReport, ReportFacts, ReportHit, ReportPicture, SearchReport } from './input.ts';
import { dataUri } from './data-uri.ts';
import { drawLayers, layersOf } from './layers.ts';
import type { Html } from './markup.ts';
import { markup } from './markup.ts';
import { drawnAlone, drawOverlay } from './overlays.ts';
import { renderPage } from './page.ts';
import { defineQuery, pictureUri, stage, useQuery } from './stage.ts';
import { toolbar } from './toolbar.ts';
import { duration, percent, targetWords } from './words.ts';

/**
 * The page of a search: the query, and a card for each hit with the maps of both sides. Takes what searchByPicture and explainSearch
 * return. Throws IMAGE_CORRUPT.
 *
 *   const search = await searchByPicture(catalog, model, { source: 'photo.jpg' });
 *   const hits = await explainSearch(model, search.query, search.hits, { methods: ['match', 'guided', 'guided-match'] });
 *   const html = await renderReport({ search, hits, catalog: { name: 'shop', items: catalog.count() }, model: model.model });
 */
export async function renderReport(report: SearchReport): Promise<string> {
  const { search, hits } = report;
  const cards = hits.map((hit, i) => hitCard(search.query, hit, i + 1));
  const name = basename(search.query.picture.source);
  return renderCards(report, search.query, cards, {
    title: `whymatch: ${name}`,
    heading: `What looks like ${name}`,
    facts: searchFacts(report),
    figure: await nameFigure(report),
  });
}

/** The page of two pictures: why they are alike. Takes what explainPair returns. Throws IMAGE_CORRUPT. */
export async function renderPairReport(report: PairReport): Promise<string> {
  const query = basename(report.query.picture.source);
  const hit = basename(report.hit.picture.source);
  const card = { title: hit, score: report.explanation.score, evidence: report };
  return renderCards(report, report.query, [card], {
    title: `whymatch: ${query} and ${hit}`,
    heading: `Why ${query} and ${hit} are alike`,
    facts: [fact('Model', report.model)],
  });
}

interface Heading {
  readonly title: string;
  readonly heading: string;
  readonly facts: readonly Html[];
  /** Beside the query. */
  readonly figure?: Html | false;
}

async function renderCards(
  report: ReportFacts,
  query: ReportPicture,
  cards: readonly Card[],
  { title, heading, facts, figure = false }: Heading,
): Promise<string> {
  const evidence = cards.flatMap((card) => card.evidence ?? []);
  const layers = layersOf(evidence.map(({ explanation }) => explanation));
  const drawn = await drawLayers(evidence, layers);
  const imagesOf = new Map<Evidence | undefined, (typeof drawn)[number]>(
    evidence.map((pair, i) => [pair, drawn[i]!]),
  );
  const articles = await Promise.all(
    cards.map((card) => renderCard(card, { layers, images: imagesOf.get(card.evidence) ?? new Map() })),
  );
  return renderPage({
    title,
    layers,
    definitions: defineQuery(await pictureUri(query), query.picture),
    header: renderHeader(heading, query, { facts: [...facts, ...commonFacts(report)], figure }),
    content: markup`${layers.length > 0 && toolbar(layers, { several: evidence.length > 1 })}
${articles.length > 0 ? articles : markup`<p class="problem">Nothing was found.</p>`}`,
  });
}

function hitCard(query: ReportPicture, hit: ReportHit, rank: number): Card {
  const { item, score, likeness, explained, looks, problem } = hit;
  const card: Card = { title: item.productId ?? item.id, rank, score, item, ...(likeness && { likeness }) };
  if (!explained) return { ...card, problem };
  const { picture, explanation } = explained;
  const evidence = { query: explained.query ?? query, hit: picture, explanation, ...(looks && { looks }) };
  return { ...card, evidence };
}

/** What speaks for the name of the query. Throws IMAGE_CORRUPT. */
async function nameFigure({ search: { query }, whyName }: SearchReport): Promise<Html | false> {
  const [method] = Object.keys(whyName?.explanation.maps ?? {});
  if (!whyName || method === undefined) return false;
  const { value, explanation } = whyName;
  const drawn = drawnAlone(query, explanation.maps);
  const overlay = await drawOverlay(drawn, method, 'query', { maxSide: 480, encoding: 'webp' });
  const sentence = explanation.checks?.[method]?.sentence;
  return markup`<figure class="name"><img src="${dataUri(overlay, 'image/webp')}" alt="What speaks for ${value}" decoding="async">
<figcaption dir="auto">What speaks for “${value}” rather than for the other names.${sentence === undefined ? false : ` ${sentence}`}</figcaption></figure>`;
}

function renderHeader(
  heading: string,
  query: ReportPicture,
  { facts, figure }: Pick<Required<Heading>, 'facts' | 'figure'>,
): Html {
  const { picture, placement } = query;
  const name = basename(picture.source);
  const drawing = useQuery(picture, `Query: ${name}`);
  return markup`<header class="top">
<div class="query">${stage({ side: 'query', picture: drawing, placement })}</div>
<div class="title"><p class="brand">why<b>match</b></p><h1 dir="auto">${heading}</h1></div>
<dl class="facts">${facts}</dl>${figure}</header>`;
}

function searchFacts({ search, hits, catalog, k, model }: SearchReport): Html[] {
  const { query, timings, method, name } = search;
  const times = [
    `query ${duration(timings.query)}`,
    `search ${duration(timings.search)}`,
    timings.explain !== undefined && `maps ${duration(timings.explain)}`,
  ];
  return [
    ...(name ? [fact('Looks like', `${name.value} (${percent(name.confidence)})`)] : []),
    fact('Catalogue', `${catalog.name}, ${catalog.items.toLocaleString('en')} pictures`),
    fact(
      'Hits',
      `${hits.length}${(k ?? 0) > hits.length ? ` of ${k} asked for` : ''}, ${method === 'exact' ? 'exact search' : 'HNSW index'}`,
    ),
    fact('Model', model),
    fact('Time', times.filter((time) => time !== false).join(', ')),
    fact('Query', `${query.picture.width} × ${query.picture.height} pixels${cropWords(query)}`),
  ];
}

function commonFacts({ target = 'similarity', date = new Date() }: ReportFacts): Html[] {
  return [
    fact('Explained', targetWords(target)),
    fact('Date', `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`),
  ];
}

/** A crop, or the middle that a model with square input keeps. */
function cropWords({ placement: { source, picture } }: ReportPicture): string {
  if (source.width > picture.width - 1 && source.height > picture.height - 1) return '';
  const [x, y, width, height] = [source.x, source.y, source.width, source.height].map(Math.round);
  return `, of which the framed ${width} × ${height} at ${x}, ${y}`;
}
