/** Duplicates as one HTML page: each pair side by side, and where the two differ. */
import type { Item } from '../core/item.ts';
import { differenceScale, type Likeness, renderDifference } from '../image/likeness.ts';
import type { Picture } from '../image/open.ts';
import { renderPicture } from '../image/overlay.ts';
import { dataUri } from './data-uri.ts';
import { type Html, markup, trusted } from './markup.ts';
import { visualLanguage } from './visual-language.ts';

export interface DuplicatePair {
  readonly tier: string;
  readonly a: Item;
  readonly b: Item;
  readonly score: number;
  readonly pixels?: Likeness;
  /** Both opened; absent where one cannot be read any more. */
  readonly pictures?: readonly [Picture, Picture];
}

export interface DuplicatesReport {
  readonly catalog: { readonly name: string; readonly items: number };
  readonly pairs: readonly DuplicatePair[];
  /** Pairs that were found; more than are shown where the page would grow too large. */
  readonly found: number;
}

/** Throws IMAGE_CORRUPT. */
export async function renderDuplicates({ catalog, pairs, found }: DuplicatesReport): Promise<string> {
  const cards: Html[] = [];
  for (const pair of pairs) cards.push(await renderPair(pair));
  const left = found - pairs.length;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>whymatch: duplicates in ${catalog.name}</title>
<style>${trusted(style)}</style>
</head>
<body>
<h1>Duplicates in ${catalog.name}</h1>
<p class="lead">${found} pairs among ${catalog.items} pictures, the certain ones first.${left > 0 && ` The first ${pairs.length} are shown.`} The third
picture shows where the two differ: black where they do not, brightest where their colours differ by ${differenceScale} of 255 or more.</p>
<main>${cards}</main>
<footer>Made by whymatch. This page holds all of its data and loads nothing from elsewhere.</footer>
</body>
</html>
`.text;
}

async function renderPair({ tier, a, b, score, pixels, pictures }: DuplicatePair): Promise<Html> {
  const facts = [
    `score ${score.toFixed(4)}`,
    ...(pixels
      ? [`difference ${pixels.difference.toFixed(1)}`, `correlation ${pixels.correlation.toFixed(3)}`]
      : []),
  ];
  const images = pictures
    ? [
        figure(await uri(pictures[0]), a.id, `${a.width}×${a.height}`),
        figure(await uri(pictures[1]), b.id, `${b.width}×${b.height}`),
        figure(dataUri(await renderDifference(...pictures, shownSide), 'image/webp'), 'Difference', ''),
      ]
    : [markup`<p class="problem">${a.id} and ${b.id}: a picture cannot be read any more.</p>`];
  return markup`<article><header><h2>${tier}</h2><p>${facts.join(', ')}</p></header><div class="row">${images}</div></article>
`;
}

const shownSide = 320;

async function uri(picture: Picture): Promise<string> {
  return dataUri(await renderPicture(picture, { maxSide: shownSide, encoding: 'webp' }), 'image/webp');
}

function figure(source: string, name: string, size: string): Html {
  return markup`<figure><img src="${source}" alt="${name}"><figcaption>${name}${size && markup`<br>${size}`}</figcaption></figure>`;
}

const style = `${visualLanguage}
body { margin: 0 auto; max-width: 66rem; padding: 2.5rem 1.5rem 3rem; background: var(--page); color: var(--ink); font: 0.9375rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; }
.lead { margin-top: 0.75rem; max-width: 46rem; color: var(--soft); }
article { margin-top: 1.25rem; padding: 1.25rem 1.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); }
article header { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; align-items: baseline; margin-bottom: 0.75rem; }
h2 { font-size: 1.0625rem; }
header p { color: var(--soft); font-variant-numeric: tabular-nums; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; align-items: start; }
figure img { display: block; width: 100%; border-radius: 8px; }
figcaption { margin-top: 0.375rem; color: var(--soft); font-size: 0.8125rem; overflow-wrap: anywhere; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.8125rem; }
`;
