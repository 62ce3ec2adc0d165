/** Fitting the probability of an event that grows with a number: isotonic regression. */
import type { Curve } from '../curve.ts';

/** A number, and whether the event was there. */
export interface Observation {
  readonly at: number;
  readonly event: boolean;
}

interface Block {
  /** Sums over its observations. */
  at: number;
  events: number;
  count: number;
}

/** Observations that a point of the curve stands for, at least; a hundredth of all where that is more. */
const fewest = 20;

/**
 * The curve through the centres of the blocks that pool-adjacent-violators leaves (Ayer et al. 1955; centred: Oron, Flournoy 2017).
 * Observations are first put together by their order, at least 20 a group, and half an event of each kind is added to each block
 * (Jeffreys), so that no probability is 0 or 1. Throws RangeError for no observations.
 */
export function isotonicCurve(observations: readonly Observation[]): Curve {
  if (observations.length === 0) throw new RangeError('expected at least one observation, received none');
  const blocks: Block[] = [];
  for (const group of grouped(observations)) {
    blocks.push(group);
    while (blocks.length > 1 && rateOf(blocks.at(-2)!) >= rateOf(blocks.at(-1)!)) {
      const last = blocks.pop()!;
      const before = blocks.at(-1)!;
      before.at += last.at;
      before.events += last.events;
      before.count += last.count;
    }
  }
  return {
    at: blocks.map(({ at, count }) => at / count),
    probability: blocks.map(rateOf),
  };
}

const rateOf = ({ events, count }: Block): number => (events + 0.5) / (count + 1);

/** Groups of neighbours in order; equal numbers are never in two. */
function grouped(observations: readonly Observation[]): Block[] {
  const sorted = observations.toSorted((a, b) => a.at - b.at);
  const size = Math.max(fewest, Math.floor(sorted.length / 100));
  const blocks: Block[] = [];
  let previous = Number.NaN;
  for (const [i, { at, event }] of sorted.entries()) {
    const last = blocks.at(-1);
    const isNext = !last || (last.count >= size && at !== previous && sorted.length - i >= size);
    const block = isNext ? { at: 0, events: 0, count: 0 } : last;
    if (isNext) blocks.push(block);
    block.at += at;
    block.events += Number(event);
    block.count++;
    previous = at;
  }
  return blocks;
}
