/** The integral of a gradient along a straight way through pictures, from samples at any places of the way. */
import type { HeatMap } from '../core/heat-map.ts';
import { addScaled } from './gradients.ts';

/** What is known at one place of the way. */
export interface WaySample {
  /** From 0, where the way begins, to 1. */
  readonly position: number;
  /** t there. */
  readonly value: number;
  /** Gradient of t times the whole way, pixel by pixel: its sum is the slope of t. */
  readonly slopes: HeatMap;
}

/** Between two neighbouring samples. */
interface Piece {
  readonly from: Known;
  readonly to: Known;
  readonly length: number;
  /** What the earlier sample counts; the later one counts the rest of 1. */
  readonly part: number;
  /** How far its integral is from the rise of t that is known, and its weights from lying between the two samples. */
  readonly error: number;
  /** How much the two samples differ, which is how much more there may be between them. */
  readonly difference: number;
}

/** What a difference counts beside an error when the next samples are chosen. */
const suspicion = 0.05;

type Known = WaySample & { readonly slope: number };

/**
 * Between two samples t is known at both ends, and a network of rectifiers is linear in pieces. Had it one kink there, the gradient would
 * be the earlier one up to the kink and the later one from there on, and the rise of t tells where the kink is: that is how the two
 * are weighted. A rise beyond both slopes means that there is more between them than one kink; it is met by going on in the same direction, as far again
 * at most, and what is missed even so says where another sample is needed.
 */
export class LineIntegral {
  readonly #samples: Known[] = [];

  /** Samples so far. */
  get size(): number {
    return this.#samples.length;
  }

  add(sample: WaySample): void {
    const after = this.#samples.findIndex(({ position }) => position > sample.position);
    const slope = sample.slopes.data.reduce((sum, value) => sum + value, 0);
    this.#samples.splice(after < 0 ? this.#samples.length : after, 0, { ...sample, slope });
  }

  /** The errors of all pieces, as a share of what t rises by in all. */
  get error(): number {
    const rise = Math.abs(this.#samples.at(-1)!.value - this.#samples[0]!.value);
    return this.#pieces().reduce((sum, { error }) => sum + error, 0) / (rise || 1);
  }

  /** The middles of the pieces that want another sample most, the worst first. */
  worst(count: number): number[] {
    const badness = ({ error, difference }: Piece) => error + suspicion * difference;
    return this.#pieces()
      .toSorted((a, b) => badness(b) - badness(a))
      .slice(0, count)
      .map(({ from, to }) => (from.position + to.position) / 2);
  }

  /** Adds up to t at the end less t at the beginning, but for the error. */
  map(): HeatMap {
    const { width, height } = this.#samples[0]!.slopes;
    const data = new Float32Array(width * height);
    for (const { from, to, part, length } of this.#pieces()) {
      addScaled(data, from.slopes.data, part * length);
      addScaled(data, to.slopes.data, (1 - part) * length);
    }
    return { width, height, data };
  }

  #pieces(): Piece[] {
    return this.#samples.slice(1).map((to, i) => {
      const from = this.#samples[i]!;
      const length = to.position - from.position;
      const rise = (to.value - from.value) / length;
      const kink = from.slope === to.slope ? 0.5 : (rise - to.slope) / (from.slope - to.slope);
      const part = Math.min(2, Math.max(-1, kink));
      const difference = length * Math.abs(from.slope - to.slope);
      const missed = length * Math.abs(part * from.slope + (1 - part) * to.slope - rise);
      const beyond = Math.max(0, -part, part - 1) * difference;
      return { from, to, length, part, error: missed + beyond, difference };
    });
  }
}
