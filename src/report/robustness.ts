/** The page of a robustness evaluation: what is still found when the query is a worse photo. */
import { type Challenge, challenges } from '../image/transform/transformation.ts';
import type { Share } from '../search/evaluate/shares.ts';
import { fact } from './card.ts';
import { csvOf } from './csv.ts';
import type { Series } from './evaluation-chart.ts';
import { legend, lineChart } from './evaluation-chart.ts';
import { evaluationPage } from './evaluation-page.ts';
import type { Html } from './markup.ts';
import { markup } from './markup.ts';
import type { Found, GradeResult, RobustnessReport, TransformationResult } from './robustness-input.ts';
import { searchMeasures } from './search-measures.ts';

/** One HTML page, complete in itself, without script. */
export function renderRobustness(report: RobustnessReport): string {
  const { model, catalog, transformations } = report;
  const found = challenges.filter((name) => transformations.some(({ challenge }) => challenge === name));
  return evaluationPage({
    title: `What does ${model.name} still find in ${catalog.name} when the photo is worse?`,
    facts: facts(report),
    content: [
      byChallenge(report),
      summary(report),
      ...found.map((challenge) => section(report, challenge)),
      problems(report),
    ],
    note:
      report.label === null
        ? 'A picture is found when it is the first hit of its own transformed copy.'
        : `A query is right when its first hit, other than itself, has its ${report.label}.`,
  });
}

/** A row for each transformation and grade, after one for the untouched queries. */
export function robustnessCsv({
  untouched,
  transformations,
  query,
  rerank,
  agreeOn,
}: RobustnessReport): string {
  const searched = [query.subject ? 'yes' : 'no', rerank ?? '', agreeOn ?? ''];
  const columns = (found: Found) => [
    found.itself[1].value,
    found.itself[10].value,
    found.label?.[1].value ?? '',
    found.label?.[10].value ?? '',
    found.queries,
  ];
  const rows = transformations.flatMap(({ name, challenge, grades }) =>
    grades.map((result) => {
      const { mean, low, high } = result.change;
      return [challenge, name, result.grade, ...columns(result), mean, low, high, ...searched];
    }),
  );
  return csvOf(
    'challenge,transformation,grade,itself at 1,itself at 10,label at 1,label at 10,queries,change,low,high,subject,rerank,agree on'.split(
      ',',
    ),
    [['', 'untouched', '', ...columns(untouched), 0, 0, 0, ...searched], ...rows],
  );
}

function facts(report: RobustnessReport): Html[] {
  const { model, catalog, label, untouched, seed, date } = report;
  const right = (untouched.label ?? untouched.itself)[1];
  return [
    fact('Model', model.name),
    fact('Catalogue', `${catalog.name}, ${catalog.items.toLocaleString('en')} pictures`),
    fact('Right untouched', `${interval(right)} of ${untouched.queries}`),
    ...(label === null ? [] : [fact('Label', label)]),
    ...searchMeasures(report).map(([term, text]) => fact(term, text)),
    fact('Seed', String(seed)),
    fact('Date', `${date.slice(0, 16).replace('T', ' ')} UTC`),
  ];
}

const titles: Readonly<Record<Challenge, string>> = {
  scale: 'Scale',
  viewpoint: 'Viewpoint',
  lighting: 'Lighting',
  occlusion: 'Partial occlusion',
  background: 'Background',
};

function byChallenge({ challenges: results, transformations }: RobustnessReport): Html {
  const rows = results.map(({ challenge, right, change }) => {
    const photos = transformations.filter((of) => of.challenge === challenge).map(({ title }) => title);
    return markup`<tr><th scope="row">${titles[challenge]}</th>${changeCell({ change })}<td>${percent(right[1].mean)}</td><td>${percent(right[10].mean)}</td><td class="about">${photos.join(', ')}</td></tr>\n`;
  });
  return markup`<section><h2>By challenge</h2>
<p>At the middle grade, the mean of a challenge's photos: change of the share that is right at 1, in points, on the same queries, with its 95 % interval.</p>
<div class="wide"><table><thead><tr><th scope="col">Challenge</th><th scope="col">Change</th><th scope="col">Right at 1</th><th scope="col">Right at 10</th><th scope="col" class="about">Photos</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

/** At the middle grade of each transformation. */
function summary({ transformations }: RobustnessReport): Html {
  const rows = transformations.map(({ title, challenge, measure, middle, grades }) => {
    const result = grades.find(({ grade }) => grade === middle)!;
    return markup`<tr><th scope="row">${title}</th><td>${titles[challenge]}</td><td>${middle}</td>${changeCell(result)}<td>${percent((result.label ?? result.itself)[1].value)}</td><td>${percent((result.label ?? result.itself)[10].value)}</td><td>${percent(result.itself[1].value)}</td><td class="about">${measure}</td></tr>\n`;
  });
  return markup`<section><h2>At the middle grade</h2>
<p>Change of the share that is right at 1, in points, on the same queries, with its 95 % interval: red where it surely falls.</p>
<div class="wide"><table><thead><tr><th scope="col">Photo</th><th scope="col">Challenge</th><th scope="col">Grade</th><th scope="col">Change</th><th scope="col">Right at 1</th><th scope="col">Right at 10</th><th scope="col">Itself first</th><th scope="col" class="about">The grade is</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function changeCell({ change: { mean, low, high } }: Pick<GradeResult, 'change'>): Html {
  const verdict = high < 0 ? 'worse' : low > 0 ? 'better' : 'unclear';
  return markup`<td class="${verdict}"><b>${points(mean)}</b><small>${points(low)} to ${points(high)}</small></td>`;
}

/** Okabe and Ito's colours (2008), which people with any colour vision can tell apart. */
const colors = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#b3a125'];

function section({ transformations, untouched }: RobustnessReport, challenge: Challenge): Html {
  const own = transformations.filter((result) => result.challenge === challenge);
  const start = (untouched.label ?? untouched.itself)[1].value;
  const drawn = own.filter(({ grades }) => grades.length > 1);
  const series = drawn.map(({ title, grades }, i): Series => ({
    title,
    values: [start, ...grades.map(({ label, itself }) => (label ?? itself)[1].value)],
    color: colors[i % colors.length]!,
    dashed: i >= colors.length,
  }));
  const axis = { title: 'Grade', start: 'untouched', end: 'hardest' };
  const chart =
    series.length > 0 &&
    markup`<div class="charts"><figure>${lineChart({ title: titles[challenge], axis, series })}
<figcaption>Share of the queries that are right at 1.</figcaption></figure>${legend(series)}</div>`;
  return markup`<section><h2>${titles[challenge]}</h2>${chart}
${own.map(gradeTable)}</section>`;
}

function gradeTable({ title, measure, grades }: TransformationResult): Html {
  const rows = grades.map(
    (result) =>
      markup`<tr><th scope="row">${result.grade}</th>${changeCell(result)}<td>${percent((result.label ?? result.itself)[1].value)}</td><td>${percent((result.label ?? result.itself)[10].value)}</td><td>${percent(result.itself[1].value)}</td><td>${percent(result.itself[10].value)}</td></tr>`,
  );
  return markup`<details><summary>${title}: ${measure}</summary><div class="wide"><table><thead><tr><th scope="col">Grade</th><th scope="col">Change</th><th scope="col">Right at 1</th><th scope="col">Right at 10</th><th scope="col">Itself first</th><th scope="col">Itself among ten</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

function problems({ problems: all }: RobustnessReport): Html | false {
  if (all.length === 0) return false;
  return markup`<section><h2>Left out</h2><ul>${all.map(({ id, code, message }) => markup`<li>${id}: ${message} <span class="code">${code}</span></li>`)}</ul></section>`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`;
const points = (change: number): string => `${change < 0 ? '−' : '+'}${Math.abs(100 * change).toFixed(1)}`;
const interval = ({ value, low, high }: Share): string =>
  `${percent(value)} (${percent(low)} to ${percent(high)})`;
