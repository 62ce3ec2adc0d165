/** One hit: what it is, how well it matched, and the evidence. */
import { basename } from 'node:path';
import type { Item, Json } from '../core/item.ts';
import { type Likeness, likenessWords } from '../search/calibration.ts';
import type { Explanation } from '../explain/explain.ts';
import { answersOf } from './answers.ts';
import { base64 } from './data-uri.ts';
import type { Evidence, ReportPicture, Side } from './input.ts';
import type { Layer, MapImages } from './layers.ts';
import type { Html, Part } from './markup.ts';
import { markup } from './markup.ts';
import type { StageMap } from './stage.ts';
import { pictureUri, shownPicture, stage, useQuery } from './stage.ts';
import { layerClass } from './toolbar.ts';
import { evidenceSentence } from './words.ts';

/** What a card has to show. */
export interface Card {
  readonly title: string;
  /** Counted from 1. */
  readonly rank?: number;
  readonly score: number;
  readonly likeness?: Likeness;
  readonly item?: Item;
  readonly evidence?: Evidence;
  /** In place of evidence. */
  readonly problem?: { readonly code: string; readonly message: string } | undefined;
}

/** The page's layers, and this card's picture of each. */
export interface CardMaps {
  readonly layers: readonly Layer[];
  readonly images: ReadonlyMap<Layer, MapImages>;
}

/** Throws IMAGE_CORRUPT where the hit's pixels are damaged. */
export async function renderCard(card: Card, maps: CardMaps): Promise<Html> {
  const { title, rank, score, likeness, item, evidence, problem } = card;
  const id = `hit-${rank ?? 1}`;
  return markup`<article class="card" aria-labelledby="${id}">
<header>${rank !== undefined && markup`<span class="rank">${rank}</span>`}<h2 id="${id}" dir="auto">${title}</h2>
<div class="score">${likeness && markup`<span class="likeness">${likenessWords[likeness]}</span>`}<span class="bar" aria-hidden="true"><span style="width:${(100 * Math.max(0, score)).toFixed(1)}%"></span></span>
<span class="number"><span class="hidden">Similarity </span>${score.toFixed(3)}</span></div></header>
${evidence ? await renderEvidence(evidence, maps) : renderProblem(problem)}
${item && renderItem(item)}</article>`;
}

async function renderEvidence(evidence: Evidence, { layers, images }: CardMaps): Promise<Html> {
  const { query, hit, explanation } = evidence;
  const answers = answersOf(query.subject, hit.subject);
  const mapsOf = (side: Side): StageMap[] =>
    [...images].map(([layer, both]) => ({ ...both[side], layer, className: layerClass(layers, layer) }));
  const pane = (side: Side, { placement }: ReportPicture, picture: Html) =>
    markup`<figure>${stage({ side, picture, placement, maps: mapsOf(side), places: answers[side] })}
<figcaption>${side === 'query' ? 'Query' : 'Hit'}${layers.map((layer) => checkSentence(explanation, layer, layers, side))}</figcaption></figure>`;
  const queryPicture = useQuery(query.picture, `Query: ${nameOf(query)}`);
  const hitPicture = shownPicture(await pictureUri(hit), hit.picture, `Hit: ${nameOf(hit)}`);
  return markup`<div class="evidence" data-answers="${base64(answers.data)}">
<div class="pair">${pane('query', query, queryPicture)}${pane('hit', hit, hitPicture)}</div>
<p>${evidenceSentence(evidence)}</p>
<p class="answer" aria-live="polite">Point at a place in either picture to see what answers it in the other.</p></div>`;
}

const nameOf = ({ picture }: ReportPicture): string => basename(picture.source);

function checkSentence({ checks }: Explanation, layer: Layer, layers: readonly Layer[], side: Side): Part {
  const check = checks?.[layer.name]?.[side];
  if (!check) return undefined;
  const weak = check.verdict === 'faithful' && check.warnings.length === 0 ? '' : ' weak';
  return markup`<p class="check layered ${layerClass(layers, layer)}${weak}">${check.sentence}</p>`;
}

function renderProblem(problem: Card['problem']): Html {
  if (!problem) return markup`<p class="problem">This hit was not explained.</p>`;
  return markup`<p class="problem">This hit cannot be shown or explained: ${problem.message} <span class="code">${problem.code}</span></p>`;
}

/** More fields than this are folded away. */
const openFields = 8;

function renderItem(item: Item): Html {
  const fields = Object.entries(item.metadata);
  return markup`<dl class="facts">
${item.productId !== null && fact('Product', item.productId)}${fields.slice(0, openFields).map(metadataFact)}${fact('Id', item.id)}
<div class="wide"><dt>Source</dt><dd class="path" dir="auto">${item.origin ?? item.source}</dd></div></dl>
${fields.length > openFields && markup`<details><summary>${fields.length - openFields} more fields</summary><dl class="facts">${fields.slice(openFields).map(metadataFact)}</dl></details>`}`;
}

const metadataFact = ([name, value]: [string, Json]): Html => fact(name, plain(value));

/** A name and a value of a definition list. */
export function fact(name: string, value: string): Html {
  return markup`<div><dt dir="auto">${name}</dt><dd dir="auto">${value}</dd></div>`;
}

function plain(value: Json): string {
  if (value === null) return '–';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value) && value.every((entry) => entry === null || typeof entry !== 'object')) {
    return value.join(', ');
  }
  return JSON.stringify(value);
}
