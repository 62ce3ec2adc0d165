/** How noisy a map is. Both numbers are free of the map's scale. */
import type { Rect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import { cutOut } from '../content.ts';

/**
 * The share (0 to 1) of a map's variation above half the Nyquist frequency, |frequency| > 1/4 cycle per pixel: Σ of squared
 * coefficients there / Σ of all but the mean. The spectrum is that of the mirrored map (the cosine transform, DCT-II; Ahmed,
 * Natarajan, Rao 1974), which has no seam at the borders to count as noise. White noise gets 1 - π/16 = 0.80; a constant map 0.
 */
export function highFrequencyShare(map: HeatMap, content: Rect): number {
  const { width, height, data } = cutOut(map, content);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const squares = data.reduce((sum, value) => sum + value * value, 0);
  const spectrum = cosineTransform(
    Float64Array.from(data, (value) => value - mean),
    width,
    height,
  );
  let [high, all] = [0, 0];
  for (const [i, coefficient] of spectrum.entries()) {
    const power = coefficient * coefficient;
    all += power;
    // Coefficient k of n has k/2n cycles per pixel; the Nyquist frequency is 1/2.
    const across = (i % width) / width;
    const down = Math.floor(i / width) / height;
    if (across * across + down * down > 0.25) high += power;
  }
  // What is left of a constant map is rounding.
  return all > 1e-12 * squares ? high / all : 0;
}

/**
 * Total variation (Rudin, Osher, Fatemi 1992, its anisotropic form) against the map's sum: Σ |difference to the right| + |difference
 * below| / Σ |value|. 0 for a constant map, about 4/3 for uniform noise.
 */
export function totalVariation(map: HeatMap, content: Rect): number {
  const { width, height, data } = cutOut(map, content);
  let [variation, sum] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const value = data[i]!;
      sum += Math.abs(value);
      if (x + 1 < width) variation += Math.abs(data[i + 1]! - value);
      if (y + 1 < height) variation += Math.abs(data[i + width]! - value);
    }
  }
  return sum > 0 ? variation / sum : 0;
}

/** The orthonormal DCT-II of rows, then of columns: as many coefficients as values, and the same sum of squares. */
function cosineTransform(data: Float64Array, width: number, height: number): Float64Array {
  const across = transformRows(data, width, height);
  return transposed(transformRows(transposed(across, width, height), height, width), height, width);
}

function transformRows(data: Float64Array, width: number, height: number): Float64Array {
  const basis = cosines(width);
  const out = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let k = 0; k < width; k++) {
      let sum = 0;
      for (let x = 0, b = k * width, d = y * width; x < width; x++) sum += basis[b++]! * data[d++]!;
      out[y * width + k] = sum;
    }
  }
  return out;
}

/** Row k: the k-th cosine, of length 1. */
function cosines(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => {
    const k = Math.floor(i / n);
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (2 * (i % n) + 1)) / (2 * n));
  });
}

function transposed(data: Float64Array, width: number, height: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) out[(i % width) * height + Math.floor(i / width)] = data[i]!;
  return out;
}
