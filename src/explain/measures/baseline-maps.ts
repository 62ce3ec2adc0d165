/** Maps that know nothing of the model or the hit. A method that does not beat them explains nothing. */
import type { HeatMap } from '../../core/heat-map.ts';
import { seededRandom } from '../../core/random.ts';
import { heatMap, keepInside } from '../../image/heat-map.ts';
import type { Subject } from '../subject.ts';

export interface BaselineMap {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** A map of the tensor's size, at least 0, empty on the bars. */
  map(subject: Subject, seed: number): HeatMap;
}

export const baselineMaps: readonly BaselineMap[] = [
  { name: 'random', title: 'Random', map: randomMap },
  { name: 'centre', title: 'Centre Gaussian', map: centreMap },
  { name: 'edges', title: 'Sobel edges', map: edgeMap },
];

/** Independent uniform numbers. */
function randomMap({ image, content }: Subject, seed: number): HeatMap {
  const [, height = 0, width = 0] = image.dims;
  const random = seededRandom(seed);
  return keepInside(heatMap(width, height, new Float32Array(width * height).map(random)), content);
}

/** A Gaussian on the picture's centre; σ is a quarter of its width and of its height. */
function centreMap({ image, content }: Subject): HeatMap {
  const [, height = 0, width = 0] = image.dims;
  const across = bell(width, content.x, content.width);
  const down = bell(height, content.y, content.height);
  const data = new Float32Array(width * height).map(
    (_, i) => across[i % width]! * down[Math.floor(i / width)]!,
  );
  return keepInside(heatMap(width, height, data), content);
}

function bell(count: number, start: number, length: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    Math.exp(-0.5 * ((i + 0.5 - start - length / 2) / (length / 4)) ** 2),
  );
}

/**
 * The length of the Sobel gradient of the channels' mean, borders repeated. It never looks across the picture's border: the step
 * to the bars would be the strongest edge of all.
 */
function edgeMap({ image, content }: Subject): HeatMap {
  const [channels = 0, height = 0, width = 0] = image.dims;
  const plane = width * height;
  const light = new Float32Array(plane).map((_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += image.data[c * plane + i]!;
    return sum / channels;
  });
  const clamp = (value: number, start: number, length: number) =>
    Math.min(start + length - 1, Math.max(start, value));
  const out = heatMap(width, height);
  for (let y = content.y; y < content.y + content.height; y++) {
    for (let x = content.x; x < content.x + content.width; x++) {
      const at = (dx: number, dy: number) =>
        light[clamp(y + dy, content.y, content.height) * width + clamp(x + dx, content.x, content.width)]!;
      const right = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
      const below = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
      out.data[y * width + x] = Math.hypot(right, below);
    }
  }
  return out;
}
