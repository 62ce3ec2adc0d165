/** The report's style sheet. */
import { visualLanguage } from './visual-language.ts';

export const styleSheet = `${visualLanguage}
body {
  --opacity: 0.8;
  margin: 0 auto;
  max-width: 66rem;
  padding: 2.5rem 1.5rem 3rem;
  background: var(--page);
  color: var(--ink);
  font: 0.9375rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  -webkit-text-size-adjust: 100%;
}
.definitions { position: absolute; }

/* What was searched. */
.top { display: grid; grid-template: 'query title' auto 'query facts' auto 'query name' 1fr / minmax(9rem, 17rem) 1fr; gap: 1.25rem 2rem; }
.query { grid-area: query; }
.title { grid-area: title; }
.top > .facts { grid-area: facts; align-content: start; }
.brand { color: var(--soft); font-weight: 500; letter-spacing: 0.01em; }
.brand b { color: var(--accent); font-weight: 600; }
h1 { margin-top: 0.25rem; font-size: 1.75rem; font-weight: 650; line-height: 1.2; letter-spacing: -0.015em; overflow-wrap: anywhere; }
.query .stage { margin-inline: auto; }
.name { grid-area: name; display: flex; gap: 1rem; align-items: center; margin: 0; }
.name img { max-width: 45%; max-height: 10rem; border-radius: 10px; }
.name figcaption { max-width: 32rem; margin: 0; font-size: 0.875rem; text-align: start; }

.path { color: var(--soft); font: 0.8125rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }

/* The switches stay in reach. */
.toolbar {
  position: sticky; z-index: 5; top: 0;
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.625rem 1.25rem;
  margin: 2.25rem -0.75rem 0; padding: 0.75rem;
  background: var(--page);
  border-bottom: 1px solid var(--line);
}
.notes { margin: 0.875rem 0 1.5rem; color: var(--soft); font-size: 0.875rem; max-width: 46rem; }
.notes strong { color: var(--ink); font-weight: 600; }
body:has(#scale-own:checked) .if-shared, body:not(:has(#scale-own:checked)) .if-own { display: none; }

/* A hit. */
.card { margin-top: 1.25rem; padding: 1.25rem 1.5rem 1.5rem; background: var(--surface); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); }
.card > header { display: flex; align-items: center; gap: 0.75rem; margin-bottom: 1rem; }
h2 { font-size: 1.0625rem; font-weight: 600; overflow-wrap: anywhere; }
.card > .facts { margin-top: 1.125rem; padding-top: 1.125rem; border-top: 1px solid var(--line); }
details { margin-top: 0.75rem; }
summary { color: var(--soft); cursor: pointer; }
details .facts { margin-top: 0.75rem; }
.problem { padding: 0.75rem 1rem; border-radius: 8px; background: var(--sunk); overflow-wrap: anywhere; }
.card > .problem::before { content: '⚠ '; color: var(--warning); }
.code { color: var(--soft); font: 0.8125rem ui-monospace, 'SF Mono', Menlo, Consolas, monospace; white-space: nowrap; }

/* The evidence: two pictures, and what lies on them. */
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: end; margin-bottom: 0.875rem; }
.pair .stage { margin-inline: auto; }
figcaption { margin-top: 0.375rem; color: var(--soft); font-size: 0.8125rem; text-align: center; }
.check { color: var(--ink); }
body .check { text-wrap: balance; }
.check.weak { color: var(--warning); }
.answer { color: var(--soft); font-size: 0.875rem; min-height: 1.5em; margin-top: 0.25rem; }
.query .stage { width: min(100%, 17rem * var(--ratio)); }
.evidence .picture { filter: saturate(calc(1 - 0.65 * var(--opacity))); }
.layered { display: none; }
.heat { position: absolute; inset: 0; width: 100%; height: 100%; opacity: var(--opacity); filter: brightness(var(--shared)) url(#heat); pointer-events: none; }
body:has(#scale-own:checked) .heat { filter: brightness(var(--own)) url(#heat); }
body:has(#show-none:checked) .picture { filter: none; }

.pointing .heat { opacity: 0; }
.pointing .picture { filter: none; }

footer { margin-top: 2rem; color: var(--soft); font-size: 0.8125rem; }

@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 2rem; }
  .top { grid-template: 'title' 'query' 'facts' 'name' / 1fr; gap: 1rem; }
  h1 { font-size: 1.375rem; }
  .facts { grid-template-columns: 1fr 1fr; gap: 0.625rem 1rem; }
  .toolbar { margin-inline: -1rem; padding: 0.625rem 1rem; gap: 0.5rem 0.75rem; }
  .toolbar .switch { flex-wrap: nowrap; max-width: 100%; overflow-x: auto; }
  .switch span { padding-inline: 0.625rem; }
  .opacity input { width: 4.5rem; }
  .legend { width: 100%; margin: 0; }
  .ramp { flex: 1; }
  .card { margin-inline: -0.375rem; padding: 1rem; }
  .pair { gap: 0.5rem; }
  .answer { min-height: 4.5em; }
}
@media (prefers-reduced-motion: no-preference) {
  .heat, .answers { transition: opacity 0.12s; }
}
@page { margin: 1.5cm; }
@media print {
  :root { --page: #fff; --surface: #fff; --sunk: #eee; --line: #ccc; --ink: #000; --soft: #444; --shadow: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .toolbar { position: static; border: 0; }
  .switch, .opacity, .answer { display: none; }
  .card { break-inside: avoid; box-shadow: none; }
  .pair .stage { width: min(100%, 16rem * var(--ratio)); }
}
`;
