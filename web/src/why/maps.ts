/** Heat maps as the dialog shows them: cut to the picture, smoothed, coloured. The same steps and colours as in the reports. */
import { mapScale, blurMap, heatMap, resampleMap, resizeMap } from '../../../src/image/heat-map.ts';
import type { HeatMap } from '../../../src/core/heat-map.ts';
import { displayBlur, heatOf } from '../../../src/report/heat-colour.ts';
import { explanation } from '../api/client.ts';
import type { ExplainedSide, Explanation, Hit, Side } from '../api/types.ts';

/** What lies on the picture at the tensor's resolution. Kept, because the slider and the scales draw it again and again. */
export function displayMap(side: ExplainedSide): HeatMap | undefined {
  const known = displayed.get(side);
  if (known || !side.map) return known;
  const { tensor, target } = side.placement;
  const { width, height, max, data } = side.map;
  const values = Float32Array.from(bytesOf(data), (byte) => (byte / 255) * max);
  const map = heatMap(width, height, values);
  const full = width === tensor.width && height === tensor.height ? map : resizeMap(map, tensor);
  const shown = blurMap(
    resampleMap(full, target, target),
    displayBlur * Math.max(tensor.width, tensor.height),
  );
  displayed.set(side, shown);
  return shown;
}
const displayed = new WeakMap<ExplainedSide, HeatMap>();

export type Scale = Readonly<Record<Side, number>>;

/** How many hits share a scale. */
export const sharing = 6;

/** Explanations by address and method. They are some 100 kB each, so only a few are kept. */
export class Explanations {
  readonly #known = new Map<string, Promise<Explanation>>();

  of(link: string, method: string): Promise<Explanation> {
    const name = `${method} ${link}`;
    const known = this.#known.get(name) ?? explanation(link, method);
    // A failure is not kept: the next try may succeed.
    known.catch(() => this.#known.delete(name));
    this.#known.delete(name);
    this.#known.set(name, known);
    if (this.#known.size > 40) this.#known.delete(this.#known.keys().next().value!);
    return known;
  }

  /** The scale that the maps of the first hits have in common, for each side. */
  async sharedScale(hits: readonly Hit[], method: string): Promise<Scale> {
    const links = hits.slice(0, sharing).flatMap(({ links }) => links.explanation ?? []);
    const all: Explanation[] = [];
    for (const link of links) all.push(await this.of(link, method));
    return { query: scaleOf(all.map(({ query }) => query)), hit: scaleOf(all.map(({ hit }) => hit)) };
  }
}

/** The value that gets the strongest colour. */
export function scaleOf(sides: readonly ExplainedSide[]): number {
  return mapScale(sides.flatMap((side) => displayMap(side) ?? []));
}

/** Draws a map as colours over a dark veil. */
export function drawHeat(canvas: HTMLCanvasElement, map: HeatMap, scale: number): void {
  canvas.width = map.width;
  canvas.height = map.height;
  const image = new ImageData(map.width, map.height);
  for (const [i, value] of map.data.entries()) {
    const level = scale > 0 ? Math.max(0, Math.min(1, value / scale)) : 0;
    image.data.set(colours[Math.round(255 * level)]!, i * 4);
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

const colours = Array.from({ length: 256 }, (_, i) => heatOf(i / 255).map((part) => Math.round(255 * part)));

export const bytesOf = (base64: string): Uint8Array =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
