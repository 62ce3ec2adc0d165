/** The document around an evaluation's tables and curves: complete in itself, without script. */
import { evaluationStyle } from './evaluation-style.ts';
import type { Html, Part } from './markup.ts';
import { markup, trusted } from './markup.ts';

export interface EvaluationPage {
  readonly title: string;
  readonly facts: readonly Html[];
  readonly content: Part;
  /** What the reader should know of all figures. */
  readonly note?: string;
}

export function evaluationPage({ title, facts, content, note }: EvaluationPage): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="whymatch">
<title>whymatch: ${title}</title>
<style>${trusted(evaluationStyle)}${trusted(measuresStyle)}</style>
</head>
<body>
<header><p class="brand">why<b>match</b></p><h1>${title}</h1><dl class="facts">${facts}</dl>${note !== undefined && markup`<p class="note">${note}</p>`}</header>
<main>
${content}
</main>
<footer>Made by whymatch. This page holds all of its data and loads nothing from elsewhere.</footer>
</body>
</html>
`.text;
}

/** What the pages of retrieval and robustness have beyond that of explanations. */
const measuresStyle = `
.note { margin-top: 1rem; }
.about { text-align: start; color: var(--soft); white-space: normal; }
.chart.square { max-width: 22rem; margin-inline: auto; }
.chart .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
.chart .bin line { stroke: var(--accent); stroke-opacity: 0.45; stroke-width: 2; }
.chart .bin circle { fill: var(--accent); }
h3 { margin: 1.25rem 0 0.5rem; font-size: 0.9375rem; font-weight: 600; }
h3 small { color: var(--soft); font-weight: 400; }
.examples { display: flex; flex-wrap: wrap; gap: 1rem; margin-top: 0.75rem; }
.examples figure { max-width: 14rem; overflow-wrap: anywhere; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; width: 14rem; }
.two img { width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 6px; background: var(--sunk); }
`;
