/**
 * Does a map have a grid, as strided kernels leave it (Odena et al. 2016)? What docs/explanations.md says of it is printed here.
 *
 *     npx tsx scripts/measure-grid.ts CATALOG [PICTURES] [MODEL]
 *
 * Every so many items are explained against their nearest neighbours. The power spectra of the query's maps (without the outer 16 pixels, under a Hann window, each of
 * energy 1) are added up. A grid of n pixels is a peak at frequency 1/n: its height is given as a multiple of the median around it, the largest along either
 * axis and the diagonal. 1 to 3 is no peak.
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
  for (const item of items.filter((_, i) => i % step === 0).slice(0, Number(pictures))) {
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
          const peaks = [[at, 0], [0, at], [at, at]].map(([y, x]) => peak(power, size, y!, x!)); // prettier-ignore
          return Math.max(...peaks).toFixed(1);
        }),
      ]),
    ),
  );
} finally {
  await close();
}

/** The middle of a map under a Hann window, without its mean, of energy 1. */
function middle({ width, height, data }: HeatMap, size: number): Float64Array {
  const [left, top] = [(width - size) >> 1, (height - size) >> 1];
  const at = (y: number, x: number) => data[(y + top) * width + x + left]!;
  const values = Float64Array.from({ length: size * size }, (_, i) => at(Math.floor(i / size), i % size));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const hann = (i: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / size);
  const windowed = values.map((value, i) => (value - mean) * hann(Math.floor(i / size)) * hann(i % size));
  const energy = windowed.reduce((sum, value) => sum + value * value, 0);
  return windowed.map((value) => value / Math.sqrt(energy || 1));
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

/** The largest within one bin (the window spreads a peak so far), over the median three to four bins away. */
function peak(power: Float64Array, size: number, y: number, x: number): number {
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
  return Math.max(...near) / quantile(Float64Array.from(around), 0.5);
}
