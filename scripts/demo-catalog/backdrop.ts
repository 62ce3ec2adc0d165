/** The empty scene: a studio, a ground seen from above, or a room or street with a floor. */
import type { Size } from '../../src/core/geometry.ts';
import { darken, lighten } from './palettes.ts';
import type { Homography } from './homography.ts';
import type { Layer } from './raster.ts';
import { emptyLayer, over, renderSvg, warp } from './raster.ts';
import type { Stock } from './stock.ts';
import { surfaceSize } from './surroundings/surfaces.ts';
import { gradient, rect, svgDocument } from './svg.ts';
import type { Backdrop, View } from './view.ts';

/** A new opaque layer of the view's size. */
export async function backdropLayer(
  { backdrop, size, stands }: View,
  stock: Stock,
  variant: number,
): Promise<Layer> {
  if (backdrop.type === 'studio') return renderSvg(studio(backdrop.tone, size, stands));
  const surface = await stock.surface(backdrop.surface, variant);
  if (backdrop.type === 'flat') return warp(surface, fromAbove(backdrop, size), size);
  const canvas = emptyLayer(size);
  const edge = Math.round(backdrop.edge * size.height);
  over(canvas, warp(await stock.wall(backdrop.wall, variant), behind(size, edge), size));
  over(canvas, warp(surface, floor(size, edge), size));
  shadeEdge(canvas, edge);
  return canvas;
}

/** Seamless paper: bright in the middle, and where things stand, a floor that curves up into the wall. */
function studio(tone: string, { width, height }: Size, stands: boolean): string {
  const glow = gradient(
    'glow',
    [
      [0, lighten(tone, 0.7)],
      [0.6, tone],
      [1, darken(tone, 0.12)],
    ],
    'cx="0.45" cy="0.4" r="0.8"',
    true,
  );
  const sweep = gradient(
    'sweep',
    [
      [0, '#000', 0],
      [0.62, '#000', 0.06],
      [0.76, '#fff', 0.18],
      [1, '#000', 0.05],
    ],
    'x1="0" y1="0" x2="0" y2="1"',
  );
  return svgDocument(
    width,
    height,
    [0, 0, width, height],
    `<defs>${glow}${sweep}</defs>${rect(0, 0, width, height, 'url(#glow)')}${stands ? rect(0, 0, width, height, 'url(#sweep)') : ''}`,
  );
}

/** A square ground, turned and scaled so that it fills the picture. */
function fromAbove({ angle, zoom }: Backdrop & { type: 'flat' }, { width, height }: Size): Homography {
  const [c, s] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const scale = (zoom * Math.max(width * c + height * s, width * s + height * c)) / surfaceSize;
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const middle = surfaceSize / 2;
  return [cos, -sin, width / 2 - middle * (cos - sin), sin, cos, height / 2 - middle * (sin + cos), 0, 0, 1];
}

/** The wall, scaled to the picture's width, its foot just below the floor's edge. */
function behind({ width }: Size, edge: number): Homography {
  const scale = Math.max(width, edge + 4) / surfaceSize;
  return [scale, 0, (width - scale * surfaceSize) / 2, 0, scale, edge + 4 - scale * surfaceSize, 0, 0, 1];
}

/**
 * A floor in perspective, from the bottom of the picture back to row `edge`. With depth Z = 1 at the front, a floor point X, Z
 * appears at (x0 + f·X/Z, horizon + f·h/Z).
 */
function floor({ width, height }: Size, edge: number): Homography {
  const horizon = edge - 0.45 * height;
  const drop = height + 6 - horizon;
  const far = drop / (edge - horizon);
  const perRow = (far - 1) / surfaceSize;
  const across = (1.02 * width * far) / surfaceSize;
  const [x0, middle] = [width / 2, surfaceSize / 2];
  // w = Z = far - perRow · y; x·w = x0·Z + across · (x - middle); y·w = horizon · Z + drop
  return [
    across,
    -x0 * perRow,
    x0 * far - across * middle,
    0,
    -horizon * perRow,
    horizon * far + drop,
    0,
    -perRow,
    far,
  ];
}

/** Darkens the corner where wall and floor meet, and lights the floor's rim. */
function shadeEdge(canvas: Layer, edge: number): void {
  const { width, height, data } = canvas;
  for (let y = Math.max(0, edge - 40); y < Math.min(height, edge + 50); y++) {
    const distance = (y - edge) / (y < edge ? 40 : 50);
    const keep = 1 - (y < edge ? 0.22 : 0.3) * (1 - Math.abs(distance)) ** 2;
    for (let i = y * width * 4; i < (y + 1) * width * 4; i += 4) {
      for (let c = 0; c < 3; c++) data[i + c] = data[i + c]! * keep;
    }
  }
}
