/** Probabilities that were given against what happened, as SVG: on the diagonal they keep their word. */
import type { Reliability } from '../search/evaluate/reliability.ts';
import type { Html } from './markup.ts';
import { markup } from './markup.ts';

const side = 300;
const plot = { left: 44, top: 12, right: side - 12, bottom: side - 44 };
const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];

const x = (value: number): number => plot.left + value * (plot.right - plot.left);
const y = (value: number): number => plot.bottom - value * (plot.bottom - plot.top);

export function reliabilityChart(title: string, { bins }: Reliability): Html {
  return markup`<svg class="chart square" viewBox="0 0 ${side} ${side}" role="img" aria-label="${title}">
${ticks.map((tick) => markup`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${plot.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick.toFixed(1)}</text><text x="${x(tick)}" y="${plot.bottom + 16}" text-anchor="middle">${tick.toFixed(1)}</text>`)}
<line class="diagonal" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
${bins.map(({ said, happened: { value, low, high }, count }) => markup`<g class="bin"><line x1="${x(said)}" x2="${x(said)}" y1="${y(low)}" y2="${y(high)}"/><circle cx="${x(said)}" cy="${y(value)}" r="4"><title>said ${said.toFixed(2)}, happened ${value.toFixed(2)} of ${count}</title></circle></g>`)}
<text x="${x(0.5)}" y="${plot.bottom + 34}" text-anchor="middle">said</text>
<text x="12" y="${y(0.5)}" text-anchor="middle" transform="rotate(-90 12 ${y(0.5)})">happened</text></svg>`;
}
