/** The style sheet of the page of an evaluation. */
import { visualLanguage } from './visual-language.ts';

export const evaluationStyle = `${visualLanguage}
body { margin: 0 auto; max-width: 80rem; padding: 2.5rem 1.5rem 3rem; background: var(--page); color: var(--ink); font: 0.9375rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif; }
.brand { color: var(--soft); font-weight: 500; }
.brand b { color: var(--accent); font-weight: 600; }
h1 { margin: 0.25rem 0 1.25rem; font-size: 1.75rem; font-weight: 650; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin-bottom: 0.5rem; font-size: 1.0625rem; font-weight: 600; }
section { margin-top: 1.25rem; padding: 1.25rem 1.5rem 1.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.5rem; align-items: center; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { fill: var(--soft); font-size: 12px; }
.chart .grid { stroke: var(--line); }
polyline { fill: none; stroke-linejoin: round; }
figcaption, p, .notes { color: var(--soft); font-size: 0.8125rem; }
figcaption strong { color: var(--ink); }
.series { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: 0.8125rem; }
.series svg { margin-inline-end: 0.375rem; vertical-align: middle; }
.wide { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.375rem 0.375rem; border-bottom: 1px solid var(--line); text-align: end; vertical-align: top; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom; }
tr > :first-child { text-align: start; font-weight: 500; }
td small { display: block; color: var(--soft); font-size: 0.6875rem; }
.baseline { color: var(--soft); }
.better { color: #1a7f45; }
.worse { color: #b3261e; }
@media (prefers-color-scheme: dark) { .better { color: #6cc58f; } .worse { color: #f2867c; } }
.notes { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 0.5rem 1.5rem; }
.notes dt { color: var(--ink); font-weight: 500; }
.code { font: 0.8125rem ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
footer { margin-top: 2rem; color: var(--soft); font-size: 0.8125rem; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } section { break-inside: avoid; box-shadow: none; } }
`;
