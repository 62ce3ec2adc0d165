/** Lines between points, as SVG: readable on any picture, by colour-blind readers, and without colours by their numbers. Pure. */
import type { Point, Size } from '../core/geometry.ts';

export interface JoiningLine {
  readonly from: Point;
  readonly to: Point;
  /** Any positive number; the largest is drawn the thickest. */
  readonly weight: number;
  readonly dashed?: boolean;
}

/** Okabe and Ito's colours that colour-blind readers can tell apart, without black and yellow, so that both ends of a line can be found. */
const colours = ['#e69f00', '#56b4e9', '#009e73', '#d55e00', '#cc79a7', '#0072b2'];

/**
 * Each line on a white casing, the heaviest on top of the others and the ends on top of all lines. With several lines their ends have
 * numbers from 1, in their order; an end that lines share has none.
 */
export function joiningLines(lines: readonly JoiningLine[], canvas: Size): string {
  const heaviest = Math.max(...lines.map(({ weight }) => weight));
  const drawn = lines
    .map((line, i) => {
      const share = Math.max(0, line.weight / heaviest) || 0;
      return { ...line, share, number: i + 1, colour: colours[i % colours.length]! };
    })
    .sort((a, b) => a.share - b.share);
  const shared = (point: Point, end: 'from' | 'to') =>
    drawn.filter((line) => line[end].x === point.x && line[end].y === point.y).length > 1;
  const ends = drawn.flatMap((line) =>
    (['from', 'to'] as const).map((end) =>
      shared(line[end], end)
        ? dot(line[end], 5, '#222')
        : lines.length > 1
          ? numbered(line[end], line.number, line.colour, canvas)
          : dot(line[end], 3 + 3 * line.share, line.colour),
    ),
  );
  return [...drawn.map(stroke), ...ends].join('');
}

/** Places lie on grids, and straight lines between them on top of each other: all but the first are bowed, each its own way. */
const bows = [0, -1, 1, -0.5, 0.5, 0];

function stroke({
  from,
  to,
  share,
  number,
  colour,
  dashed = false,
}: JoiningLine & { readonly share: number; readonly number: number; readonly colour: string }): string {
  const width = 1.5 + 2.5 * share;
  const bow = 0.1 * bows[(number - 1) % bows.length]! * Math.abs(to.x - from.x);
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 + bow };
  const path = `d="M${from.x} ${from.y}Q${middle.x} ${middle.y} ${to.x} ${to.y}" fill="none" stroke-linecap="round"`;
  const dashes = dashed ? ` stroke-dasharray="${2 * width} ${3 * width}"` : '';
  return (
    `<path ${path} stroke="#fff" stroke-opacity="0.85" stroke-width="${width + 2.5}"/>` +
    `<path ${path}${dashes} stroke="${colour}" stroke-width="${width}"/>`
  );
}

function dot({ x, y }: Point, radius: number, colour: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${colour}" stroke="#fff" stroke-width="2"/>`;
}

const disc = 9;

/** A dark number in a white disc with a ring of the line's colour, all of it on the canvas. */
function numbered(point: Point, number: number, colour: string, { width, height }: Size): string {
  const inside = (value: number, length: number) => Math.min(length - disc - 2, Math.max(disc + 2, value));
  const [x, y] = [inside(point.x, width), inside(point.y, height)];
  return (
    `<circle cx="${x}" cy="${y}" r="${disc}" fill="#fff" stroke="${colour}" stroke-width="3"/>` +
    `<text x="${x}" y="${y + 4}" font-family="sans-serif" font-size="11" font-weight="bold" fill="#111" text-anchor="middle">${number}</text>`
  );
}
