/** The page of a retrieval evaluation: how often search is right, what its scores mean, and what it takes for what. */
import { renderPicture } from '../image/overlay.ts';
import type { Picture } from '../image/open.ts';
import { likenessWords, targets } from '../search/calibration.ts';
import { type Curve, probabilityAt } from '../search/curve.ts';
import type { Confusion } from '../search/evaluate/retrieval.ts';
import type { Reliability } from '../search/evaluate/reliability.ts';
import type { Share } from '../search/evaluate/shares.ts';
import { fact } from './card.ts';
import { dataUri } from './data-uri.ts';
import { lineChart } from './evaluation-chart.ts';
import { evaluationPage } from './evaluation-page.ts';
import type { Html } from './markup.ts';
import { markup } from './markup.ts';
import { reliabilityChart } from './reliability-chart.ts';
import { type ConfusedPictures, type RetrievalReport, shownConfusions } from './retrieval-input.ts';
import { searchMeasures } from './search-measures.ts';

/** One HTML page, complete in itself, without script. Throws IMAGE_CORRUPT. */
export async function renderRetrieval(
  report: RetrievalReport,
  pictures: ConfusedPictures = new Map(),
): Promise<string> {
  const { model, catalog, label } = report;
  return evaluationPage({
    title: `How well does ${model.name} search ${catalog.name}?`,
    facts: facts(report),
    content: [
      summary(report),
      scores(report),
      names(report),
      await confusions(report, pictures),
      classes(report),
      problems(report),
    ],
    note: `A hit is right when it has the query’s ${label}.`,
  });
}

function facts(report: RetrievalReport) {
  const { model, catalog, label, ignoreSame, queriesFrom, queries, leftOut, date } = report;
  const alone = leftOut > 0 ? `; ${leftOut.toLocaleString('en')} have nothing to find` : '';
  return [
    fact('Model', model.name),
    fact('Catalogue', `${catalog.name}, ${catalog.items.toLocaleString('en')} pictures`),
    fact('Label', ignoreSame === null ? label : `${label}, never of the same ${ignoreSame}`),
    fact(
      'Queries',
      `${queries.toLocaleString('en')} ${queriesFrom === null ? 'of the catalogue, each left out in turn' : `of ${queriesFrom}`}${alone}`,
    ),
    ...searchMeasures(report).map(([term, text]) => fact(term, text)),
    fact('Date', `${date.slice(0, 16).replace('T', ' ')} UTC`),
  ];
}

function summary({ recall, mapAt10, mapAtR }: RetrievalReport): Html {
  const row = (title: string, about: string, value: string, low: string, high: string) =>
    markup`<tr><th scope="row">${title}</th><td><b>${value}</b></td><td>${low} to ${high}</td><td class="about">${about}</td></tr>`;
  const recalls = ([1, 5, 10] as const).map((k) => {
    const { value, low, high } = recall[k];
    const about =
      k === 1 ? 'Queries whose first hit is right.' : `Queries with a right hit among the first ${k}.`;
    return row(`Recall at ${k}`, about, percent(value), percent(low), percent(high));
  });
  const precision = (title: string, about: string, { mean, low, high }: typeof mapAt10) =>
    row(title, about, mean.toFixed(3), low.toFixed(3), high.toFixed(3));
  return markup`<section><h2>How often is it right?</h2><div class="wide"><table>
<thead><tr><th scope="col">Measure</th><th scope="col">Value</th><th scope="col">95 % interval</th><th scope="col"></th></tr></thead>
<tbody>${recalls}
${precision('mAP at 10', 'Right hits among the first ten, the earlier the better.', mapAt10)}
${precision('mAP at R', 'Among the first R, where R is how many there are to find.', mapAtR)}</tbody></table></div></section>`;
}

function scores({ scores: report, label }: RetrievalReport): Html | false {
  if (!report) return false;
  const { curve, same, similar, reliability } = report;
  const rows = (['same', 'similar', 'weak'] as const).map((word) => {
    const { hits, right } = report.words[word];
    const from = { same, similar, weak: null }[word];
    const range =
      word === 'weak' ? 'below' : from === null ? 'no score is so sure' : `from ${from.toFixed(3)}`;
    return markup`<tr><th scope="row">${likenessWords[word]}</th><td>${range}</td><td>${percent(hits)}</td><td>${hits > 0 ? interval(right) : '–'}</td></tr>`;
  });
  return markup`<section><h2>What does a score mean here?</h2>
<div class="charts"><figure>${curveChart(curve)}
<figcaption><strong>The same ${label}?</strong> Of hits among the first ten, how many are right, by their score: isotonic regression.</figcaption></figure>
<figure>${reliabilityChart('Reliability of scores', reliability)}
<figcaption><strong>Does it keep its word?</strong> On queries that the curve was not fitted to. Expected calibration error ${reliability.error.toFixed(3)}.</figcaption></figure></div>
<div class="wide"><table><thead><tr><th scope="col">In words</th><th scope="col">Score</th><th scope="col">Of all hits</th><th scope="col">Right, on queries left out of the fit</th></tr></thead><tbody>${rows}</tbody></table></div>
<p>“Likely the same” starts where ${percent(targets.same)} of hits of just that score are right, “similar” where ${percent(targets.similar)} are.</p></section>`;
}

function curveChart(curve: Curve): Html {
  const [low, high] = [curve.at[0]!, curve.at.at(-1)!];
  const values = Array.from({ length: 101 }, (_, i) => probabilityAt(curve, low + (i / 100) * (high - low)));
  return lineChart({
    title: 'Probability by score',
    axis: { title: 'Score', start: low.toFixed(2), end: high.toFixed(2) },
    series: [
      {
        title: 'right',
        values: [...values, values.at(-1)!],
        color: 'var(--accent)',
        dashed: false,
        prominent: true,
      },
    ],
  });
}

function names({ names: report, label }: RetrievalReport): Html | false {
  if (!report) return false;
  const { learned } = report;
  return markup`<section><h2>Can it name the ${label}?</h2>
<p>By a vote of the nearest neighbours the first name is right for ${interval(report.accuracy)} of the queries.${learned ? ` With what can be learned of names (whymatch catalog learn-names), by those who have not seen the query, it is right for ${interval(learned.accuracy)}.` : false}</p>
<div class="charts"><figure>${reliabilityChart('Reliability of the shares of the vote', report.shares)}
<figcaption><strong>The share of the vote as confidence.</strong> What is shown for a catalogue that was not measured. Expected calibration error ${report.shares.error.toFixed(3)}.</figcaption></figure>
<figure>${reliabilityChart('Reliability of the calibrated confidence', report.reliability)}
<figcaption><strong>With this catalogue’s curve.</strong> On queries that the curve was not fitted to. Expected calibration error ${report.reliability.error.toFixed(3)}.</figcaption></figure>
${learned ? learnedChart(learned.shares) : false}</div></section>`;
}

const learnedChart = (shares: Reliability): Html =>
  markup`<figure>${reliabilityChart('Reliability of what was learned', shares)}
<figcaption><strong>As learned.</strong> What is shown where names were learned. Expected calibration error ${shares.error.toFixed(3)}.</figcaption></figure>`;

async function confusions(
  { confusions: all }: RetrievalReport,
  pictures: ConfusedPictures,
): Promise<Html | false> {
  if (all.length === 0) return false;
  const shown: Html[] = [];
  for (const confusion of all.slice(0, shownConfusions.confusions))
    shown.push(await renderConfusion(confusion, pictures));
  return markup`<section><h2>What is taken for what?</h2>
<p>The most frequent mistakes among first hits, the surest examples first: on the left the query, on the right what was found. Some are labels that are wrong.</p>
${shown}</section>`;
}

async function renderConfusion(
  { label, takenFor, queries, examples }: Confusion,
  pictures: ConfusedPictures,
): Promise<Html> {
  const pairs: Html[] = [];
  for (const { query, hit, score } of examples.slice(0, shownConfusions.examples)) {
    const [left, right] = [pictures.get(`query ${query}`), pictures.get(`hit ${hit}`)];
    if (!left || !right) continue;
    pairs.push(
      markup`<figure><div class="two">${await thumbnail(left, query)}${await thumbnail(right, hit)}</div><figcaption>${score.toFixed(3)}</figcaption></figure>`,
    );
  }
  return markup`<h3>${label} → ${takenFor} <small>${queries === 1 ? 'once' : `${queries} times`}</small></h3><div class="examples">${pairs}</div>`;
}

async function thumbnail(picture: Picture, id: string): Promise<Html> {
  const bytes = await renderPicture(picture, { maxSide: 160, encoding: 'webp' });
  return markup`<img src="${dataUri(bytes, 'image/webp')}" alt="${id}" title="${id}">`;
}

function classes({ classes: all, label }: RetrievalReport): Html {
  const rows = all.map(
    ({ label: name, queries, recallAt1, recallAt10, mapAt10, mapAtR, mistakenFor }) =>
      markup`<tr><th scope="row">${name}</th><td>${queries}</td><td><b>${percent(recallAt1.value)}</b><small>${percent(recallAt1.low)} to ${percent(recallAt1.high)}</small></td><td>${percent(recallAt10.value)}</td><td>${mapAt10.toFixed(3)}</td><td>${mapAtR.toFixed(3)}</td><td>${mistakenFor ? `${mistakenFor.label} (${mistakenFor.queries})` : ''}</td></tr>\n`,
  );
  return markup`<section><h2>Each ${label}, the worst first</h2><div class="wide"><table>
<thead><tr><th scope="col">${label}</th><th scope="col">Queries</th><th scope="col">Recall at 1</th><th scope="col">Recall at 10</th><th scope="col">mAP at 10</th><th scope="col">mAP at R</th><th scope="col">Most often taken for</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function problems({ problems: all }: RetrievalReport): Html | false {
  if (all.length === 0) return false;
  return markup`<section><h2>Left out</h2><ul>${all.map(({ id, code, message }) => markup`<li>${id}: ${message} <span class="code">${code}</span></li>`)}</ul></section>`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;
const interval = ({ value, low, high }: Share): string =>
  `${percent(value)} (${percent(low)} to ${percent(high)})`;
