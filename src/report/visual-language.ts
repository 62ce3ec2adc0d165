/**
 * What the report and the server's page have in common, as CSS: colours, switches, scores, and pictures with maps on them. Warm greys
 * and one accent, so that the only strong colours are those of the maps.
 */
export const visualLanguage = `
:root {
  color-scheme: light dark;
  --page: #f7f5f2;
  --surface: #ffffff;
  --raised: #ffffff;
  --sunk: #eeebe6;
  --line: #e2ddd5;
  --ink: #211e1a;
  --soft: #6a635a;
  --accent: #a3401a;
  --warning: #8a5a00;
  --shadow: 0 1px 2px rgb(60 40 20 / 6%), 0 6px 24px rgb(60 40 20 / 5%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #141210;
    --surface: #1e1b18;
    --raised: #47403a;
    --sunk: #2a2622;
    --line: #36312b;
    --ink: #eee9e1;
    --soft: #a79e92;
    --accent: #f29a5b;
    --warning: #e8b04a;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
p, dl, dd, h1, h2, figure, fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

/* Names and values. */
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.75rem 1.5rem; }
.facts dt { color: var(--soft); font-size: 0.8125rem; }
.facts dd { overflow-wrap: anywhere; }
.facts .wide { grid-column: 1 / -1; }

/* One of several, by radio buttons. */
.switch { display: flex; flex-wrap: wrap; gap: 2px; padding: 3px; border-radius: 10px; background: var(--sunk); }
.switch legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.switch label { position: relative; }
.switch input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
.switch span { display: block; padding: 0.25rem 0.75rem; border-radius: 7px; color: var(--soft); white-space: nowrap; }
.switch input:hover + span { color: var(--ink); }
.switch input:checked + span { background: var(--raised); color: var(--ink); box-shadow: 0 1px 3px rgb(0 0 0 / 14%); }
.switch input:focus-visible + span { outline: 3px solid var(--accent); }
.opacity { display: flex; align-items: center; gap: 0.5rem; color: var(--soft); }
.opacity input { width: 7rem; accent-color: var(--accent); }
.legend { display: flex; align-items: center; gap: 0.5rem; margin-inline-start: auto; color: var(--soft); font-size: 0.8125rem; }
.ramp { width: 7rem; height: 0.625rem; border-radius: 3px; }

/* How near a hit is. */
.rank { flex: none; min-width: 1.75rem; padding: 0 0.375rem; border-radius: 99px; background: var(--sunk); color: var(--soft); font-size: 0.8125rem; font-weight: 600; line-height: 1.75rem; text-align: center; font-variant-numeric: tabular-nums; }
.score { display: flex; align-items: center; gap: 0.75rem; margin-inline-start: auto; }
.bar { width: clamp(3rem, 14vw, 9rem); height: 6px; border-radius: 3px; background: var(--sunk); overflow: hidden; }
.bar span { display: block; height: 100%; border-radius: 3px; background: var(--accent); }
.likeness { color: var(--soft); font-size: 0.8125rem; white-space: nowrap; }
.number { font-size: 1.0625rem; font-weight: 600; font-variant-numeric: tabular-nums; }

/* A picture, what the model saw of it, and what lies on it. */
.stage { position: relative; overflow: hidden; width: min(100%, 26rem * var(--ratio)); aspect-ratio: var(--ratio); border-radius: 8px; background: var(--sunk); isolation: isolate; }
.picture { display: block; width: 100%; height: 100%; }
.seen { position: absolute; outline-offset: -3px; }
.seen[data-side] { cursor: crosshair; }
.seen:focus-visible { outline: 3px solid #fff; box-shadow: inset 0 0 0 5px var(--accent); }
.seen.partial { outline: 2px solid #fff; outline-offset: 0; box-shadow: 0 0 0 100vmax rgb(0 0 0 / 45%); }

/* Pointing: the light falls on what answers. */
.answers, .asked { position: absolute; pointer-events: none; opacity: 0; }
.seen { overflow: hidden; }
.answers.lit { opacity: 1; }
.asked { opacity: 1; border: 2px solid #fff; border-radius: 4px; box-shadow: 0 0 0 1px rgb(0 0 0 / 60%), 0 0 0 100vmax rgb(0 0 0 / 35%); }
`;
