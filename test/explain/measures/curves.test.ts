import test from 'ava';
import fc from 'fast-check';
import { seededRandom, shuffled } from '../../../src/core/random.ts';
import type { Tensor } from '../../../src/core/tensor.ts';
import { blockCount, blockGrid, blockMeans, blockOrder } from '../../../src/explain/measures/blocks.ts';
import { areaUnder, deletionCurve, insertionCurve, trackOf } from '../../../src/explain/measures/curves.ts';
import { blurredCopy } from '../../../src/explain/baseline.ts';
import { withBlocks } from '../../../src/explain/measures/perturbation.ts';
import type { Score } from '../../../src/explain/measures/score.ts';
import { blurMap, heatMap } from '../../../src/image/heat-map.ts';
import { randomTensor } from '../../support/tensors.ts';

const content = { x: 3, y: 0, width: 37, height: 29 };
const grid = blockGrid(content);
const image = randomTensor([3, 30, 42], 7);
const blurred = blurredCopy(image, content);

/** A model that only looks at certain pixels: its score is their mean, positive. */
const meanOf =
  (weight: (x: number, y: number) => number): Score =>
  (images) =>
    Promise.resolve(
      Float64Array.from(images, ({ data }: Tensor) =>
        data.reduce((sum, value, i) => sum + (value + 5) * weight(i % 42, Math.floor((i % 1260) / 42)), 0),
      ),
    );

test('blocks tile the content without gaps, overlaps or bars', (t) => {
  fc.assert(
    fc.property(
      fc.record({
        x: fc.nat(9),
        y: fc.nat(9),
        width: fc.integer({ min: 1, max: 40 }),
        height: fc.integer({ min: 1, max: 40 }),
      }),
      (content) => {
        const seen = heatMap(50, 50);
        for (const { x, y, width, height } of blockGrid(content).blocks) {
          for (let row = y; row < y + height; row++)
            for (let column = x; column < x + width; column++) seen.data[row * 50 + column]!++;
        }
        return seen.data.every((count, i) => {
          const [column, row] = [(i % 50) - content.x, Math.floor(i / 50) - content.y];
          const inside = column >= 0 && column < content.width && row >= 0 && row < content.height;
          return count === (inside ? 1 : 0);
        });
      },
    ),
  );
  t.is(blockGrid({ x: 0, y: 0, width: 192, height: 192 }).blocks.length, 576);
  const sizes = blockGrid({ x: 0, y: 24, width: 192, height: 143 }).blocks.map(({ height }) => height);
  t.true(sizes.includes(7) && sizes.every((height) => height === 7 || height === 8));
  t.is(blockCount(blockGrid({ x: 0, y: 0, width: 192, height: 192 }), 0.2), 115);
});

test('blocks are ordered by their mean, whatever their size; equal ones at random', (t) => {
  const map = heatMap(42, 30);
  for (const [i, block] of grid.blocks.entries()) {
    for (let y = block.y; y < block.y + block.height; y++)
      map.data.fill((i * 7) % 20, y * 42 + block.x, y * 42 + block.x + block.width);
  }
  const order = blockOrder(map, grid, seededRandom(1));
  t.deepEqual(
    [...blockMeans(map, grid)],
    [...grid.blocks.keys()].map((i) => (i * 7) % 20),
  );
  t.deepEqual(
    order.map((i) => (i * 7) % 20),
    [...grid.blocks.keys()].map((i) => (i * 7) % 20).toSorted((a, b) => b - a),
  );
  const flat = blockOrder(heatMap(42, 30), grid, seededRandom(1));
  t.deepEqual(
    flat.toSorted((a, b) => a - b),
    [...grid.blocks.keys()],
  );
  t.notDeepEqual(flat, [...grid.blocks.keys()]);
  t.notDeepEqual(flat, blockOrder(heatMap(42, 30), grid, seededRandom(2)));
});

/** Channel 1 of the copy against the exact blur of what lies in the content: the largest difference, and the range of the picture. */
function blurError(picture: Tensor, copy: Tensor, sigma: number): readonly [number, number] {
  const [, height = 0, width = 0] = picture.dims;
  const start = width * height;
  const alone = Float32Array.from(
    { length: 37 * 29 },
    (_, i) => picture.data[start + Math.floor(i / 37) * width + 3 + (i % 37)]!,
  );
  const expected = blurMap(heatMap(37, 29, alone), sigma).data;
  const errors = expected.map((value, i) =>
    Math.abs(value - copy.data[start + Math.floor(i / 37) * width + 3 + (i % 37)]!),
  );
  return [Math.max(...errors), Math.max(...alone) - Math.min(...alone)];
}

test('the blurred copy is a Gaussian of the picture alone; the bars stay', (t) => {
  for (const [i, value] of blurred.data.entries()) {
    const [x, y] = [(i % 42) - 3, Math.floor(i / 42) % 30];
    if (x < 0 || x >= 37 || y >= 29) t.is(value, image.data[i]!);
  }
  // 10 at 224 is 1.9 here.
  t.is(blurError(image, blurred, (10 * 42) / 224)[0], 0);
  const [error, range] = blurError(image, blurredCopy(image, content, 6), 6);
  t.true(error < 0.01 * range, `${error} of ${range}`);
});

test('the named blocks fade into the other picture, and nothing else does', (t) => {
  // Two pictures of one colour each: what comes out is the weight of the mixture.
  const [black, white] = [0, 1].map((v) => ({ dims: [3, 30, 42], data: new Float32Array(3780).fill(v) }));
  const { columns, rows } = grid;
  t.is(columns * rows, grid.blocks.length);
  const weights = withBlocks(black!, white!, grid, [columns + 1, 2 * columns + 1]).data;
  t.deepEqual(weights.slice(0, 1260), weights.slice(2520));
  const centre = (i: number, count: number, length: number) => ((i + 0.5) * length) / count;
  for (let y = 0; y < 30; y++) {
    for (let x = 0; x < 42; x++) {
      const inside = x >= 3 && x < 40 && y < 29;
      // A tent over each block, as wide as two.
      const tent = (column: number, row: number) =>
        Math.max(0, 1 - Math.abs(x + 0.5 - 3 - centre(column, columns, 37)) / (37 / columns)) *
        Math.max(0, 1 - Math.abs(y + 0.5 - centre(row, rows, 29)) / (29 / rows));
      // Beyond the last centres the edge is repeated; these two blocks do not touch it sideways, nor at the top.
      const expected = inside ? tent(1, 1) + tent(1, 2) : 0;
      t.true(Math.abs(weights[y * 42 + x]! - expected) < 1e-6, `${x}, ${y}`);
    }
  }
  const all = withBlocks(image, blurred, grid, grid.blocks.keys());
  t.true(all.data.every((value, i) => Math.abs(value - blurred.data[i]!) < 1e-5));
  t.deepEqual(withBlocks(image, blurred, grid, []), image);
});

test('curves are those of pictures mixed one by one', async (t) => {
  const weight = (x: number, y: number) => (x * 31 + y * 17) % 11;
  const score = meanOf(weight);
  const track = await trackOf(score, image, blurred, grid);
  const order = shuffled([...grid.blocks.keys()], seededRandom(3));
  for (const [curve, from, to] of [
    [await deletionCurve(track, order, 5), image, blurred],
    [await insertionCurve(track, order, 5), blurred, image],
  ] as const) {
    for (let step = 0; step <= 5; step++) {
      const count = Math.round((order.length * step) / 5);
      const [value] = await score([withBlocks(from, to, grid, order.slice(0, count))]);
      const [untouched] = await score([image]);
      t.true(Math.abs(curve.scores[step]! - value! / untouched!) < 1e-6);
      t.is(curve.parts[step], count / order.length);
    }
  }
});

test('the exact map of a model beats all others, and the reverse order is the worst', async (t) => {
  // The model sees how far pixels are from zero, so that blurring anything it looks at lowers its score.
  const score: Score = (images) =>
    Promise.resolve(
      Float64Array.from(images, ({ data }) => data.reduce((sum, v, i) => sum + (i % 42 < 20 ? v * v : 0), 0)),
    );
  const track = await trackOf(score, image, blurred, grid);
  const gains = grid.blocks.map((_, block) => withBlocks(image, blurred, grid, [block]));
  const losses = (await score(gains)).map((value) => track.untouched - value);
  const best = [...grid.blocks.keys()].sort((a, b) => losses[b]! - losses[a]!);
  const areas = async (order: readonly number[]) => [
    areaUnder(await deletionCurve(track, order)),
    areaUnder(await insertionCurve(track, order)),
  ];
  const [deletion, insertion] = await areas(best);
  const [worstDeletion, worstInsertion] = await areas(best.toReversed());
  for (let seed = 0; seed < 10; seed++) {
    const [some, other] = await areas(shuffled(best, seededRandom(seed)));
    t.true(deletion! < some! && some! < worstDeletion!);
    t.true(insertion! > other! && other! > worstInsertion!);
  }
});

test('the area under a straight line is its mean; a score that is not positive cannot be divided by', async (t) => {
  t.is(areaUnder({ parts: [0, 0.25, 1], scores: [1, 0.75, 0] }), 0.5);
  const track = await trackOf(() => Promise.resolve(Float64Array.of(0, 0)), image, blurred, grid);
  await t.throwsAsync(async () => deletionCurve(track, [...grid.blocks.keys()]), {
    instanceOf: RangeError,
    message: /positive/,
  });
  const fine = await trackOf(
    meanOf(() => 1),
    image,
    blurred,
    grid,
  );
  await t.throwsAsync(async () => insertionCurve(fine, [1, 2]), {
    instanceOf: RangeError,
    message: /blocks/,
  });
});
