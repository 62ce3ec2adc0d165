/** The page of what a catalogue has learned of names: how well each is known, and which items may have a wrong one, with the pixels that say so. */
import type { AloneExplanation } from '../explain/explain-alone.ts';
import { renderPicture } from '../image/overlay.ts';
import type { Share } from '../search/evaluate/shares.ts';
import { fact } from './card.ts';
import { dataUri } from './data-uri.ts';
import { evaluationPage } from './evaluation-page.ts';
import type { ReportPicture } from './input.ts';
import { type Html, markup } from './markup.ts';
import { drawnAlone, drawOverlay } from './overlays.ts';

export interface NamesReport {
  readonly catalog: string;
  readonly model: string;
  readonly field: string;
  readonly examples: number;
  readonly accuracy: Share;
  /** The worst first. */
  readonly names: readonly {
    readonly name: string;
    readonly examples: number;
    readonly right: Share;
    readonly mistakenFor: string | null;
  }[];
  /** How many items may be misnamed; those that are shown, the surest first. */
  readonly suspects: number;
  readonly shown: readonly {
    readonly suspect: {
      readonly id: string;
      readonly name: string;
      readonly looksLike: string;
      readonly probability: number;
    };
    readonly picture: ReportPicture;
    readonly explanation: AloneExplanation;
  }[];
}

/** One HTML page, complete in itself, without script. Throws IMAGE_CORRUPT. */
export async function renderNames(report: NamesReport): Promise<string> {
  const { catalog, model, field, examples, accuracy, names } = report;
  return evaluationPage({
    title: `How well is ${field} known in ${catalog}?`,
    facts: [
      fact('Model', model),
      fact('Names', names.length.toLocaleString('en')),
      fact('Pictures', examples.toLocaleString('en')),
      fact('Named rightly', interval(accuracy)),
    ],
    note: 'Each picture is named by what was learned from others: it and all pictures of its product were left out.',
    content: [await suspects(report), table(report)],
  });
}

async function suspects({ suspects: count, shown, field }: NamesReport): Promise<Html> {
  if (count === 0) return markup`<section><h2>No picture looks as if it had a wrong name</h2></section>`;
  const figures: Html[] = [];
  for (const { suspect, picture, explanation } of shown) {
    const { id, name, looksLike, probability } = suspect;
    const plain = await renderPicture(picture.picture, { maxSide: side, encoding: 'webp' });
    const [method] = Object.keys(explanation.maps);
    const drawn = drawnAlone(picture, explanation.maps);
    const marked = await drawOverlay(drawn, method!, 'query', { maxSide: side, encoding: 'webp' });
    figures.push(
      markup`<figure><div class="two"><img src="${dataUri(plain, 'image/webp')}" alt="${id}"><img src="${dataUri(marked, 'image/webp')}" alt="What speaks for ${looksLike}"></div>
<figcaption dir="auto"><strong>${name} → ${looksLike}</strong> ${percent(probability)}<br>${id}</figcaption></figure>`,
    );
  }
  const rest = count - shown.length;
  return markup`<section><h2>${count === 1 ? 'One picture' : `${count} pictures`} may have a wrong ${field}</h2>
<p>To those who have not seen it another name is nine times as probable as all others together, or more. Marked is what speaks for it. Some are named wrongly, some only look so.${rest > 0 && ` The surest ${shown.length} are shown.`}</p>
<div class="examples">${figures}</div></section>`;
}

/** Longest side of the page's pictures in pixels. */
const side = 224;

function table({ names, field }: NamesReport): Html {
  const rows = names.map(
    ({ name, examples, right, mistakenFor }) =>
      markup`<tr><th scope="row">${name}</th><td>${examples}</td><td><b>${percent(right.value)}</b><small>${percent(right.low)} to ${percent(right.high)}</small></td><td>${mistakenFor ?? ''}</td></tr>\n`,
  );
  return markup`<section><h2>Each ${field}, the worst first</h2><div class="wide"><table>
<thead><tr><th scope="col">${field}</th><th scope="col">Pictures</th><th scope="col">Named rightly</th><th scope="col">Most often taken for</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;
const interval = ({ value, low, high }: Share): string =>
  `${percent(value)} (${percent(low)} to ${percent(high)})`;
