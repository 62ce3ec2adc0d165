/** The page of an evaluation: how good explanations are, with curves and tables. */
import type { Estimate } from '../core/bootstrap.ts';
import { baselineMaps } from '../explain/measures/baseline-maps.ts';
import type { MeasureName, MethodSummary } from '../explain/measures/summary.ts';
import { measureFacts, normalisedMeasures } from '../explain/measures/summary.ts';
import { defaultMethod, methods as knownMethods } from '../explain/methods/index.ts';
import { fact } from './card.ts';
import type { Series } from './evaluation-chart.ts';
import { legend, lineChart } from './evaluation-chart.ts';
import type { EvaluationReport } from './evaluation-input.ts';
import { evaluationStyle } from './evaluation-style.ts';
import type { Html } from './markup.ts';
import { markup, trusted } from './markup.ts';

const normalised = new Set<MeasureName>(normalisedMeasures);
const between = measureFacts.filter(({ name }) => normalised.has(name));
const own = measureFacts.filter(({ name }) => !normalised.has(name));

/** One HTML page, complete in itself, without script. */
export function renderEvaluation(report: EvaluationReport): string {
  const { model, catalog, pairs, methods } = report;
  const title = `How good are the explanations of ${model.name} on ${catalog.name}?`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="whymatch">
<title>whymatch: ${title}</title>
<style>${trusted(evaluationStyle)}</style>
</head>
<body>
<header><p class="brand">why<b>match</b></p><h1>${title}</h1><dl class="facts">${facts(report)}</dl></header>
<main>
${curves(methods)}
<section><h2>All measures</h2>
<p>Means over ${pairs} pairs, each of a random picture and its nearest neighbour; below them the interval that holds the mean with 95 % confidence (bootstrap). The best of each column is bold.</p>
${measureTable(methods, own)}
<dl class="notes">${own.map(({ title: name, about }) => fact(name, about))}</dl></section>
${gains(methods)}
<section><h2>Next to another model</h2>
<p>A model that keeps more of a score when the whole picture is blurred loses less with every map, so that the areas above compare maps of one model alone. These lie between the ends of the curves: read them beside those of random maps, which differ from model to model, too.</p>
${measureTable(methods, between)}
<dl class="notes">${between.map(({ title: name, about }) => fact(name, about))}</dl></section>
${cascades(methods)}
${problems(report)}
</main>
<footer>Made by whymatch. This page holds all of its data and loads nothing from elsewhere.</footer>
</body>
</html>
`.text;
}

function facts({ model, catalog, pairs, score, seed, date }: EvaluationReport): Html[] {
  return [
    fact('Model', model.name),
    fact('Catalogue', `${catalog.name}, ${catalog.items.toLocaleString('en')} pictures`),
    fact('Pairs', `${pairs}, mean similarity ${score.toFixed(2)}`),
    fact('Seed', String(seed)),
    fact('Date', `${date.slice(0, 16).replace('T', ' ')} UTC`),
  ];
}

/** Okabe and Ito's colours (2008), which people with any colour vision can tell apart; then they repeat, dashed. */
const colors = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#b3a125'];

function seriesOf(
  methods: readonly MethodSummary[],
  values: (method: MethodSummary) => readonly number[],
): Series[] {
  let next = 0;
  return methods.map((method) => {
    const i = method.baseline ? 0 : next++;
    return {
      title: titleOf(method),
      values: values(method),
      color: method.baseline ? 'var(--soft)' : colors[i % colors.length]!,
      dashed: method.baseline || i >= colors.length,
      prominent: method.name === defaultMethod,
    };
  });
}

function curves(methods: readonly MethodSummary[]): Html {
  const axis = { title: 'Part of the picture', start: '0 %', end: '100 %' };
  const deletion = seriesOf(methods, (method) => method.curves.deletion);
  const insertion = seriesOf(methods, (method) => method.curves.insertion);
  return markup`<section><h2>Do the maps mark what matters?</h2>
<div class="charts"><figure>${lineChart({ title: 'Deletion curves', axis, series: deletion })}
<figcaption><strong>Deletion.</strong> The similarity while the picture is blurred, the most marked blocks first; 1 is that of the untouched pair. A good map falls early.</figcaption></figure>
<figure>${lineChart({ title: 'Insertion curves', axis, series: insertion })}
<figcaption><strong>Insertion.</strong> The similarity while a blurred picture is restored, the most marked blocks first. A good map rises early.</figcaption></figure></div>
${legend(deletion)}</section>`;
}

function measureTable(methods: readonly MethodSummary[], facts: typeof own): Html {
  const columns = facts.filter(({ name }) => methods.some(({ measures }) => measures[name]));
  const bestOf = (column: (typeof columns)[number]) => {
    const means = methods.flatMap(({ measures }) => measures[column.name]?.mean ?? []);
    return column.better === 'lower' ? Math.min(...means) : Math.max(...means);
  };
  const best = new Map(columns.filter(({ better }) => better !== 'neither').map((c) => [c.name, bestOf(c)]));
  return markup`<div class="wide"><table><thead><tr><th scope="col">Method</th>${columns.map(
    ({ title, better }) => markup`<th scope="col">${title}${arrow(better)}</th>`,
  )}</tr></thead>
<tbody>${methods.map(
    (method) =>
      markup`<tr${method.baseline && markup` class="baseline"`}><th scope="row">${titleOf(method)}</th>${columns.map(
        ({ name }) => cell(method.measures[name], best.get(name)),
      )}</tr>\n`,
  )}</tbody></table></div>`;
}

function arrow(better: string): Html | false {
  if (better === 'neither') return false;
  return better === 'lower'
    ? markup` <span title="lower is better">↓</span>`
    : markup` <span title="higher is better">↑</span>`;
}

function cell(estimate: Estimate | undefined, best?: number): Html {
  if (!estimate) return markup`<td>–</td>`;
  const mean = estimate.mean.toFixed(3);
  return markup`<td>${estimate.mean === best ? markup`<b>${mean}</b>` : mean}<small>${range(estimate)}</small></td>`;
}

const range = ({ low, high }: Estimate): string => `${low.toFixed(3)} to ${high.toFixed(3)}`;

/** Pair by pair, which says more than intervals of means: pairs differ more than methods do. */
function gains(methods: readonly MethodSummary[]): Html {
  const baselines = methods.filter(({ baseline }) => baseline);
  const head = ['Deletion', 'Insertion'].flatMap((measure) =>
    baselines.map(
      (baseline) => markup`<th scope="col">${measure}: gain on ${titleOf(baseline).toLowerCase()}</th>`,
    ),
  );
  const rows = methods
    .filter(({ baseline }) => !baseline)
    .map((method) => {
      const cells = (['deletion', 'insertion'] as const).flatMap((measure) =>
        baselines.map(({ name }) => {
          const { gain, apart } = method.against[name]![measure];
          const verdict = gain.low > 0 ? 'better' : gain.high < 0 ? 'worse' : 'unclear';
          return markup`<td class="${verdict}">${signed(gain.mean)}${apart && ' ●'}<small>${signed(gain.low)} to ${signed(gain.high)}</small></td>`;
        }),
      );
      return markup`<tr><th scope="row">${titleOf(method)}</th>${cells}</tr>\n`;
    });
  return markup`<section><h2>Against maps that know nothing</h2>
<p>By how much a method is better than a baseline on the same pair, and the 95 % interval: green where it is surely better, red where it is surely worse. ● where even the intervals of the two means do not overlap.</p>
<div class="wide"><table><thead><tr><th scope="col">Method</th>${head}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

function cascades(methods: readonly MethodSummary[]): Html | false {
  const tested = methods.filter(({ cascade }) => (cascade?.length ?? 0) > 1);
  if (tested.length === 0) return false;
  const series = seriesOf(tested, ({ cascade = [] }) => [1, ...cascade]);
  const axis = { title: 'Weights re-drawn, from the last layer down', start: 'none', end: 'all' };
  return markup`<section><h2>Do the maps depend on what the model learned?</h2>
<div class="charts"><figure>${lineChart({ title: 'Randomisation', axis, series })}
<figcaption>Rank correlation of the map with that of the same model after its weights are re-drawn: the last layer, a quarter of the layers, half, three quarters, all. A line that stays high is a map of the picture’s edges (Adebayo et al. 2018). A warning, not a ranking.</figcaption></figure>
${legend(series)}</div></section>`;
}

function problems({ problems: all }: EvaluationReport): Html | false {
  if (all.length === 0) return false;
  return markup`<section><h2>Left out</h2><ul>${all.map(({ id, code, message }) => markup`<li>${id}: ${message} <span class="code">${code}</span></li>`)}</ul></section>`;
}

function titleOf({ name }: MethodSummary): string {
  return [...knownMethods, ...baselineMaps].find((known) => known.name === name)?.title ?? name;
}
