import test from 'ava';
import sharp from 'sharp';
import {
  colorize,
  colormapGradient,
  colormapLegend,
  colormaps,
  colormapStops,
  colorOf,
  colorTable,
  tableIndex,
} from '../../src/image/colormap.ts';
import type { Rgb } from '../../src/image/pixels.ts';
import { pixelAt, rawPixels } from './pictures.ts';

for (const name of ['inferno', 'plasma', 'viridis'] as const) {
  test(`${name}: a larger value is always lighter, in full colour and to a red-green blind reader`, (t) => {
    const colors = Array.from({ length: 101 }, (_, i) => colorOf(i / 100, name));
    for (const lightness of [luminance, (color: Rgb) => luminance(deuteranopia(color))]) {
      for (let i = 1; i < colors.length; i++)
        t.true(lightness(colors[i]!) > lightness(colors[i - 1]!), `${i}`);
    }
  });
}

test('coolwarm: blue below 0, grey at 0, red above, equally light on both sides', (t) => {
  t.deepEqual(colorOf(0, 'coolwarm'), [221, 221, 221]);
  t.deepEqual(colorOf(-1, 'coolwarm'), [59, 76, 192]);
  t.deepEqual(colorOf(1, 'coolwarm'), [180, 4, 38]);
  for (const v of [0.25, 0.5, 0.75]) {
    const gap = Math.abs(luminance(colorOf(v, 'coolwarm')) - luminance(colorOf(-v, 'coolwarm')));
    t.true(gap < 0.12, `${v}: ${gap}`);
  }
});

test('the ends are those of the published tables, and values beyond them are clamped', (t) => {
  t.deepEqual(colorOf(0, 'inferno'), [0, 0, 4]);
  t.deepEqual(colorOf(1, 'inferno'), [252, 255, 164]);
  t.deepEqual(colorOf(7, 'viridis'), [253, 231, 37]);
  t.deepEqual(colorOf(-7, 'viridis'), [68, 1, 84]);
  t.deepEqual(colorOf(Number.NaN, 'viridis'), [68, 1, 84]);
});

test('colorize gives the colour of each value, as the table of 256 does', (t) => {
  for (const name of colormaps) {
    const values = Float32Array.of(-2, -0.3, 0, 0.4, 1, 3);
    const table = colorTable(name);
    const expected = [...values].flatMap((v) => [...table.subarray(tableIndex(v, name) * 3).subarray(0, 3)]);
    t.deepEqual([...colorize(values, name)], expected);
    t.deepEqual([...table.subarray(0, 3)], [...colorOf(-1, name)]);
    t.deepEqual([...table.subarray(765)], [...colorOf(1, name)]);
  }
});

test('stops and the CSS gradient run from the low end to the high one', (t) => {
  t.deepEqual(colormapStops('coolwarm', 3), [
    { value: -1, color: '#3b4cc0' },
    { value: 0, color: '#dddddd' },
    { value: 1, color: '#b40426' },
  ]);
  t.regex(colormapGradient('inferno'), /^linear-gradient\(to right, #000004, .*, #fcffa4\)$/);
});

test('the legend is an SVG that can be drawn, its words escaped', async (t) => {
  const legend = colormapLegend('inferno', { low: '<none>', high: 'a & b' });
  t.true(legend.includes('&lt;none&gt;') && legend.includes('a &amp; b'));
  const pixels = await rawPixels(await sharp(Buffer.from(legend)).png().toBuffer());
  t.deepEqual([pixels.width, pixels.height], [240, 20]);
  t.true(luminance(rgb(pixelAt(pixels, 63, 10))) < 0.05);
  t.true(luminance(rgb(pixelAt(pixels, 176, 10))) > 0.7);
});

const rgb = ([r = 0, g = 0, b = 0]: number[]): Rgb => [r, g, b];

/** Relative luminance of an sRGB colour (WCAG 2). */
function luminance(color: Rgb): number {
  const [r, g, b] = color.map(linear) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How a deuteranope sees a colour (Viénot, Brettel, Mollon 1999, in linear RGB). */
function deuteranopia(color: Rgb): Rgb {
  const [r, g, b] = color.map(linear) as [number, number, number];
  const rg = 0.29275 * r + 0.70725 * g;
  const blue = -0.02234 * r + 0.02234 * g + b;
  return rgb([rg, rg, blue].map((v) => 255 * Math.max(0, v) ** (1 / 2.2)));
}

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}
