/** Two pictures next to each other, with captions, and lines between points that answer each other. */
import sharp from 'sharp';
import type { Point, Size } from '../core/geometry.ts';
import { colormapLegend, type Colormap } from './colormap.ts';
import { svgElement, svgText } from './svg.ts';

export interface Panel {
  /** The bytes of a PNG, JPEG or WebP that this folder rendered. */
  readonly image: Uint8Array;
  /** The size of the picture in whose pixels the lines are given, e.g. the user's own; the size of `image` when absent. */
  readonly coordinates?: Size;
  /** One line under the picture, cut where it is too long. Drawn with the system's sans-serif font. */
  readonly caption?: string;
}

export interface Line {
  /** In the left picture. */
  readonly from: Point;
  /** In the right picture. */
  readonly to: Point;
  /** Any positive number; the largest is drawn the thickest. */
  readonly weight: number;
}

export interface SideBySideOptions {
  readonly lines?: readonly Line[];
  /** Height of both pictures in pixels; 480 when absent. */
  readonly height?: number;
  /** Pixels between them; 16 when absent. */
  readonly gap?: number;
  /** Draws the legend of this colour map below. */
  readonly legend?: Colormap;
}

/** A PNG of both panels at one height on white. */
export async function sideBySide(
  left: Panel,
  right: Panel,
  options: SideBySideOptions = {},
): Promise<Buffer> {
  const { height = 480, gap = 16, lines = [] } = options;
  const first = await scaled(left, height, 0);
  const second = await scaled(right, height, first.width + gap);
  const width = second.left + second.width;
  const captionEnd = height + (left.caption || right.caption ? captionSize * 2 : 0);
  const total = captionEnd + (options.legend ? legendHeight : 0);
  const drawing = [
    ...drawLines(lines, first, second),
    caption(left, first),
    caption(right, second),
    options.legend ? `<g transform="translate(0 ${captionEnd})">${colormapLegend(options.legend)}</g>` : '',
  ];
  return sharp({ create: { width, height: total, channels: 3, background: '#ffffff' } })
    .composite([
      { input: first.image, left: first.left, top: 0 },
      { input: second.image, left: second.left, top: 0 },
      { input: Buffer.from(svgElement(width, total, drawing.join(''))), left: 0, top: 0 },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

interface Placed extends Size {
  readonly image: Buffer;
  readonly left: number;
  readonly toCanvas: (point: Point) => Point;
}

async function scaled(panel: Panel, height: number, left: number): Promise<Placed> {
  const { data, info } = await sharp(panel.image)
    .resize({ height })
    .png()
    .toBuffer({ resolveWithObject: true });
  const own = panel.coordinates ?? (await sharp(panel.image).metadata());
  return {
    image: data,
    left,
    width: info.width,
    height: info.height,
    toCanvas: ({ x, y }) => ({ x: left + (x / own.width) * info.width, y: (y / own.height) * info.height }),
  };
}

/** Okabe and Ito's colours that colour-blind readers can tell apart, without black and yellow, so that both ends of a line can be found. */
const lineColours = ['#e69f00', '#56b4e9', '#009e73', '#d55e00', '#cc79a7', '#0072b2'];

/** Each line on a white casing, so that it shows on any picture; the heaviest on top. */
function drawLines(lines: readonly Line[], left: Placed, right: Placed): string[] {
  const heaviest = Math.max(...lines.map(({ weight }) => weight));
  const ordered = lines.map((line, i) => ({ ...line, colour: lineColours[i % lineColours.length]! }));
  return ordered
    .sort((a, b) => a.weight - b.weight)
    .map(({ from, to, weight, colour }) => {
      const a = left.toCanvas(from);
      const b = right.toCanvas(to);
      const share = Math.max(0, weight / heaviest) || 0;
      const width = 1 + 2.5 * share;
      const path = `x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke-linecap="round"`;
      const dot = ({ x, y }: Point) =>
        `<circle cx="${x}" cy="${y}" r="${3 + 3 * share}" fill="${colour}" stroke="#fff" stroke-width="2"/>`;
      return `<g opacity="${0.45 + 0.55 * share}"><line ${path} stroke="#fff" stroke-width="${width + 2}"/>
        <line ${path} stroke="${colour}" stroke-width="${width}"/>${dot(a)}${dot(b)}</g>`;
    });
}

const captionSize = 15;
const legendHeight = 28;

function caption(panel: Panel, { left, width, height }: Placed): string {
  // A letter of a sans-serif font is about half as wide as it is high.
  const room = Math.max(1, Math.floor(width / (captionSize * 0.52)));
  const letters = Array.from(new Intl.Segmenter().segment(panel.caption ?? ''), ({ segment }) => segment);
  const text = letters.length > room ? `${letters.slice(0, room - 1).join('')}…` : letters.join('');
  return svgText(text, { x: left, y: height + captionSize * 1.4, size: captionSize });
}
