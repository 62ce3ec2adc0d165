/** Lines over a common axis, as SVG that follows the page's colours. */
import type { Html } from './markup.ts';
import { markup } from './markup.ts';

export interface Series {
  readonly title: string;
  /** Heights at equal steps from the left to the right edge. */
  readonly values: readonly number[];
  /** A colour of CSS. */
  readonly color: string;
  readonly dashed: boolean;
  /** Drawn above the others, and thicker. */
  readonly prominent?: boolean;
}

export interface Chart {
  readonly title: string;
  /** What the horizontal axis counts, and the words at its ends. */
  readonly axis: { readonly title: string; readonly start: string; readonly end: string };
  readonly series: readonly Series[];
}

const [width, height] = [480, 300];
const plot = { left: 40, top: 12, right: width - 12, bottom: height - 40 };

export function lineChart({ title, axis, series }: Chart): Html {
  const values = series.flatMap((line) => line.values);
  const ticks = ticksOver(Math.min(...values), Math.max(1, ...values));
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const y = (value: number) => plot.bottom - ((value - low) / (high - low)) * (plot.bottom - plot.top);
  const x = (part: number) => plot.left + part * (plot.right - plot.left);
  const sorted = series.toSorted((a, b) => Number(a.prominent ?? false) - Number(b.prominent ?? false));
  return markup`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
${ticks.map((tick) => markup`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${plot.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick.toFixed(1)}</text>`)}
<text x="${plot.left}" y="${plot.bottom + 16}">${axis.start}</text>
<text x="${plot.right}" y="${plot.bottom + 16}" text-anchor="end">${axis.end}</text>
<text x="${x(0.5)}" y="${plot.bottom + 32}" text-anchor="middle">${axis.title}</text>
${sorted.map((line) => polyline(line, x, y))}</svg>`;
}

/** A sample of the line beside its name. */
export function legend(series: readonly Series[]): Html {
  return markup`<ul class="series">${series.map(
    (line) =>
      markup`<li><svg width="28" height="10" aria-hidden="true">${polyline({ ...line, values: [5, 5] }, (part) => 28 * part, Number)}</svg>${line.title}</li>`,
  )}</ul>`;
}

function polyline(
  { title, values, color, dashed, prominent = false }: Series,
  x: (part: number) => number,
  y: (value: number) => number,
): Html {
  const points = values.map((value, i) => `${x(i / (values.length - 1)).toFixed(1)},${y(value).toFixed(1)}`);
  const style = `stroke:${color};stroke-width:${prominent ? 3 : 1.5}${dashed ? ';stroke-dasharray:5 4' : ''}`;
  return markup`<polyline points="${points.join(' ')}" style="${style}"><title>${title}</title></polyline>`;
}

/** Steps of a fifth that hold the range. */
function ticksOver(low: number, high: number): number[] {
  const step = 0.2;
  const first = Math.floor(low / step + 1e-9);
  const count = Math.ceil(high / step - 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}
