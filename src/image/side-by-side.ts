/** Two pictures next to each other, with captions, and lines between points that answer each other. */
import sharp from 'sharp';
import type { Point, Rect, Size } from '../core/geometry.ts';
import { colormapLegend, type Colormap } from './colormap.ts';
import { joiningLines } from './joining-lines.ts';
import { svgElement, svgText } from './svg.ts';

export interface Panel {
  /** The bytes of a PNG, JPEG or WebP that this folder rendered. */
  readonly image: Uint8Array;
  /** The size of the picture in whose pixels lines and frames are given, e.g. the user's own; the size of `image` when absent. */
  readonly coordinates?: Size;
  /** One line under the picture, cut in the middle where it is too long. Drawn with the system's sans-serif font. */
  readonly caption?: string;
  /** A rectangle to draw around what is meant. */
  readonly frame?: Rect;
}

export interface Line {
  /** In the left picture. */
  readonly from: Point;
  /** In the right picture. */
  readonly to: Point;
  /** Any positive number; the largest is drawn the thickest. */
  readonly weight: number;
  /** Less certain than the others. */
  readonly dashed?: boolean;
}

export interface SideBySideOptions {
  /** Several lines are numbered at both ends, in their order. */
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
  const placed = lines.map((line) => ({
    ...line,
    from: first.toCanvas(line.from),
    to: second.toCanvas(line.to),
  }));
  const drawing = [
    frame(left, first),
    frame(right, second),
    joiningLines(placed, { width, height }),
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

/** White on a dark casing, so that it shows on any picture. */
function frame({ frame: rect }: Panel, { toCanvas }: Placed): string {
  if (!rect) return '';
  const a = toCanvas(rect);
  const b = toCanvas({ x: rect.x + rect.width, y: rect.y + rect.height });
  const box = `x="${a.x}" y="${a.y}" width="${b.x - a.x}" height="${b.y - a.y}" rx="4" fill="none"`;
  return `<rect ${box} stroke="#000" stroke-opacity="0.55" stroke-width="5"/><rect ${box} stroke="#fff" stroke-width="2.5"/>`;
}

const captionSize = 15;
const legendHeight = 28;

function caption(panel: Panel, { left, width, height }: Placed): string {
  // A letter of a sans-serif font is a little more than half as wide as it is high.
  const room = Math.max(1, Math.floor(width / (captionSize * 0.56)));
  const letters = Array.from(new Intl.Segmenter().segment(panel.caption ?? ''), ({ segment }) => segment);
  const text = letters.length > room ? shortened(letters, room) : letters.join('');
  return svgText(text, { x: left, y: height + captionSize * 1.4, size: captionSize });
}

/** Cut in the middle: the ends of a path say the most. */
function shortened(letters: readonly string[], room: number): string {
  const start = Math.floor((room - 1) / 3);
  return `${letters.slice(0, start).join('')}…${letters.slice(letters.length - (room - 1 - start)).join('')}`;
}
