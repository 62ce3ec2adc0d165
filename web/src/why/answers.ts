/** Which places of one picture answer which of the other. Pure. */
import type { Rect, Size } from '../../../src/core/geometry.ts';
import type { Placement } from '../../../src/image/placement.ts';
import type { Correspondence, Side } from '../api/types.ts';
import { bytesOf } from './maps.ts';

/** A place of a feature map. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export class Answers {
  readonly query: Size;
  readonly hit: Size;
  readonly #shares: Float32Array;
  readonly #total: number;

  constructor({ query, hit, scale, data }: Correspondence) {
    this.query = query;
    this.hit = hit;
    this.#shares = Float32Array.from(bytesOf(data), (byte) => scale * (byte / 255) ** 2);
    this.#total = this.#shares.reduce((sum, share) => sum + share, 0) || 1;
  }

  /** What answers a place of a side: one share for each place of the other. */
  of(side: Side, { x, y }: Place): Float32Array {
    const hitPlaces = this.hit.width * this.hit.height;
    const place = y * this[side].width + x;
    if (side === 'query') return this.#shares.slice(place * hitPlaces, (place + 1) * hitPlaces);
    const queryPlaces = this.query.width * this.query.height;
    return Float32Array.from({ length: queryPlaces }, (_, z) => this.#shares[z * hitPlaces + place]!);
  }

  /** Of all shares, the part that these have. */
  part(shares: Float32Array): number {
    return shares.reduce((sum, share) => sum + share, 0) / this.#total;
  }
}

/** What the model saw of a picture, in places of the feature map. */
export function viewOf(places: Size, { target, tensor }: Placement): Rect {
  const [scaleX, scaleY] = [places.width / tensor.width, places.height / tensor.height];
  return {
    x: target.x * scaleX,
    y: target.y * scaleY,
    width: target.width * scaleX,
    height: target.height * scaleY,
  };
}

/** The nearest place that lies at least partly in the view. */
export function placeIn(view: Rect, places: Size, x: number, y: number): Place {
  const within = (at: number, start: number, length: number, count: number) =>
    Math.max(Math.floor(start), Math.min(Math.min(count, Math.ceil(start + length)) - 1, Math.floor(at)));
  return {
    x: within(x, view.x, view.width, places.width),
    y: within(y, view.y, view.height, places.height),
  };
}

/** How many pixels of the shade a place has on each side. */
const grain = 16;

/** A black picture that lets through what has a large share; bilinear between places. */
export function drawShade(canvas: HTMLCanvasElement, shares: Float32Array, { width, height }: Size): void {
  const image = new ImageData(width * grain, height * grain);
  const most = shares.reduce((a, b) => Math.max(a, b), 0) || 1;
  const middle = (grain - 1) / 2;
  for (let i = 0; i < image.width * image.height; i++) {
    const x = Math.max(0, Math.min(width - 1, ((i % image.width) - middle) / grain));
    const y = Math.max(0, Math.min(height - 1, (Math.floor(i / image.width) - middle) / grain));
    const at = Math.floor(y) * width + Math.floor(x);
    const right = x < width - 1 ? 1 : 0;
    const down = y < height - 1 ? width : 0;
    const above = shares[at]! + (x % 1) * (shares[at + right]! - shares[at]!);
    const below = shares[at + down]! + (x % 1) * (shares[at + down + right]! - shares[at + down]!);
    image.data[4 * i + 3] = 215 * (1 - (above + (y % 1) * (below - above)) / most);
  }
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}
