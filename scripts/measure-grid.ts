/**
 * Does a map have a grid, as strided kernels leave it (Odena et al. 2016)? What docs/explanations.md says of it is printed here.
 *
 *     npx tsx scripts/measure-grid.ts CATALOG [PICTURES] [MODEL]
 *
 * Every so many items are explained against their nearest neighbours. The power spectra of the query's maps (without the outer 16 pixels, under a Hann window, each of
 * energy 1, mean included) are added up. A grid of n pixels is what stands out at frequency 1/n along either axis and the diagonals, over the median around: its root mean
 * square is printed as a percentage of the map's. What differs from its surroundings by 1 or 2 % nobody sees.
 */
import { openToRead } from '../src/app/open.ts';
import { examinePicture, readItemPicture } from '../src/app/pictures.ts';
import type { HeatMap } from '../src/core/heat-map.ts';
import { quantile } from '../src/core/vector.ts';
import { explainHits } from '../src/explain/explain.ts';
import { table } from './bench/measure.ts';

const methods = ['guided', 'gradient', 'deconvnet'];
const periods = [16, 8, 4, 2];

const [directory, pictures = '30', name] = process.argv.slice(2);
if (!directory) throw new Error('usage: npx tsx scripts/measure-grid.ts CATALOG [PICTURES] [MODEL]');
const { catalog, model, close } = await openToRead(directory, name === undefined ? {} : { model: name });
try {
  const size = Math.floor((model.input.width - 32) / 16) * 16;
  const spectra = new Map(methods.map((method) => [method, new Float64Array(size * size)]));
  const items = [...catalog.items()];
  const step = Math.max(1, Math.floor(items.length / Number(pictures)));
  let used = 0;
  for (const item of items.filter((_, i) => i % step === 0).slice(0, Number(pictures))) {
    used++;
    const query = await examinePicture(model, { source: await readItemPicture(item) });
    const { hits } = await catalog.search(query.subject.unit, { k: 1, exclude: [item.id] });
    const hit = await examinePicture(model, { source: await readItemPicture(hits[0]!.item) });
    const [explanation] = await explainHits(model, query.subject, [hit.subject], { methods });
    for (const [method, sum] of spectra) {
      const power = spectrum(middle(explanation!.maps[method]!.query, size), size);
      for (let i = 0; i < sum.length; i++) sum[i]! += power[i]!;
    }
  }
  console.log(
    table(
      ['method', ...periods.map((period) => `${period} px`)],
      [...spectra].map(([method, power]) => [
        method,
        ...periods.map((period) => {
          const at = size / period;
          const directions = [[at, 0], [0, at], [at, at], [at, -at]]; // prettier-ignore
          // The other half of a real spectrum is its mirror image. At 2 px there is none, and the diagonals are one.
          const [distinct, halves] = period === 2 ? [3, 1] : [4, 2];
          const peaks = directions.slice(0, distinct).map(([y, x]) => excess(power, size, y!, x!));
          const energy = halves * peaks.reduce((sum, value) => sum + value, 0);
          const share = energy / (used * size * size);
          return `${(100 * Math.sqrt(share)).toFixed(1)} %`;
        }),
      ]),
    ),
  );
} finally {
  await close();
}

/** The middle of a map under a Hann window, which with its mean would have energy 1, without it. */
function middle({ width, height, data }: HeatMap, size: number): Float64Array {
  const [left, top] = [(width - size) >> 1, (height - size) >> 1];
  const at = (y: number, x: number) => data[(y + top) * width + x + left]!;
  const values = Float64Array.from({ length: size * size }, (_, i) => at(Math.floor(i / size), i % size));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const hann = (i: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size);
  const window = (i: number) => hann(Math.floor(i / size)) * hann(i % size);
  const energy = values.reduce((sum, value, i) => sum + (value * window(i)) ** 2, 0);
  return values.map((value, i) => ((value - mean) * window(i)) / Math.sqrt(energy || 1));
}

/** |DFT|² (size,size), by the definition: rows, then columns. */
function spectrum(values: Float64Array, size: number): Float64Array {
  const cosines = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
  const sines = Float64Array.from({ length: size }, (_, i) => Math.sin((2 * Math.PI * i) / size));
  const [real, imaginary, power] = [0, 1, 2].map(() => new Float64Array(size * size));
  for (let y = 0; y < size; y++) {
    for (let k = 0; k < size; k++) {
      for (let x = 0; x < size; x++) {
        const turn = (k * x) % size;
        real![y * size + k]! += values[y * size + x]! * cosines[turn]!;
        imaginary![y * size + k]! -= values[y * size + x]! * sines[turn]!;
      }
    }
  }
  for (let l = 0; l < size; l++) {
    for (let k = 0; k < size; k++) {
      let [re, im] = [0, 0];
      for (let y = 0; y < size; y++) {
        const turn = (l * y) % size;
        const [a, b] = [real![y * size + k]!, imaginary![y * size + k]!];
        re += a * cosines[turn]! + b * sines[turn]!;
        im += b * cosines[turn]! - a * sines[turn]!;
      }
      power![l * size + k] = re * re + im * im;
    }
  }
  return power!;
}

/** The energy within one bin (the window spreads a peak so far), over what the median three to four bins away makes expect. */
function excess(power: Float64Array, size: number, y: number, x: number): number {
  const wrapped = (i: number) => (i + size) % size;
  const near: number[] = [];
  const around: number[] = [];
  for (let dy = -4; dy <= 4; dy++) {
    for (let dx = -4; dx <= 4; dx++) {
      const distance = Math.max(Math.abs(dy), Math.abs(dx));
      const value = power[wrapped(y + dy) * size + wrapped(x + dx)]!;
      if (distance <= 1) near.push(value);
      if (distance >= 3) around.push(value);
    }
  }
  const expected = near.length * quantile(Float64Array.from(around), 0.5);
  return Math.max(0, near.reduce((sum, value) => sum + value, 0) - expected);
}
