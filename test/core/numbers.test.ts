/** Tensors, vectors, random numbers and rectangles. */
import test from 'ava';
import fc from 'fast-check';
import type { Rect } from '../../src/core/geometry.ts';
import { intersect } from '../../src/core/geometry.ts';
import { gaussian, seededRandom, shuffled } from '../../src/core/random.ts';
import { batchItem, sizeOf, stack, tensor } from '../../src/core/tensor.ts';
import { add, dot, mean, norm, normalize, quantile, scale } from '../../src/core/vector.ts';

const numbers = (length: number) =>
  fc.float32Array({ minLength: length, maxLength: length, min: -1000, max: 1000, noNaN: true });
const pairs = fc.integer({ min: 1, max: 20 }).chain((length) => fc.tuple(numbers(length), numbers(length)));

test('a tensor must have as many values as its shape says', (t) => {
  t.deepEqual(tensor([2, 3]), { dims: [2, 3], data: new Float32Array(6) });
  t.is(sizeOf([]), 1);
  t.is(sizeOf([4, 0, 2]), 0);
  t.throws(() => tensor([2, 3], new Float32Array(5)), {
    message: /expected 6 values for shape \[2, 3\], received 5/,
  });
});

test('what is stacked can be taken out again', (t) => {
  const items = fc.array(numbers(6), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(items, (data) => {
      const tensors = data.map((values) => tensor([2, 3], values));
      const batch = stack(tensors);
      t.deepEqual(batch.dims, [data.length, 2, 3]);
      for (const [i, item] of tensors.entries()) t.deepEqual(batchItem(batch, i), item);
    }),
  );
});

test('an item of a batch is a view, a stack is a copy', (t) => {
  const first = tensor([2], Float32Array.of(1, 2));
  const batch = stack([first, first]);
  batchItem(batch, 1).data[0] = 9;
  t.deepEqual([...batch.data], [1, 2, 9, 2]);
  t.deepEqual([...first.data], [1, 2]);
});

test('batches are checked: index, shapes, at least one', (t) => {
  const one = tensor([1, 2]);
  for (const i of [-1, 1]) t.throws(() => batchItem(one, i), { instanceOf: RangeError, message: /below 1/ });
  t.throws(() => stack([]), { message: /at least one tensor/ });
  t.throws(() => stack([one, tensor([2, 1])]), { message: /expected shape \[1, 2\], received \[2, 1\]/ });
});

test('dot is symmetric and linear, and its square root with itself is the norm', (t) => {
  fc.assert(
    fc.property(pairs, fc.integer({ min: -8, max: 8 }), ([a, b], factor) => {
      t.is(dot(a, b), dot(b, a));
      const bound = 1e-4 * (1 + norm(a) * norm(b) * Math.abs(factor));
      t.true(Math.abs(dot(scale(a, factor), b) - factor * dot(a, b)) <= bound);
      t.true(
        Math.abs(dot(add(a, b), b) - dot(a, b) - dot(b, b)) <= 1e-4 * (1 + norm(b) * (norm(a) + norm(b))),
      );
      t.is(norm(a), Math.sqrt(dot(a, a)));
      t.true(Math.abs(dot(a, b)) <= norm(a) * norm(b) * (1 + 1e-12));
    }),
  );
});

test('vectors of different lengths are refused', (t) => {
  const [two, three] = [new Float32Array(2), new Float32Array(3)];
  for (const call of [() => dot(two, three), () => add(two, three), () => mean([two, three])]) {
    t.throws(call, { instanceOf: RangeError, message: /received 2 and 3/ });
  }
  t.throws(() => mean([]), { message: /at least one vector/ });
});

test('a normalised vector has length 1 and the old direction; zero stays zero', (t) => {
  fc.assert(
    fc.property(pairs, ([a]) => {
      const unit = normalize(a);
      t.true(Math.abs(norm(unit) - (norm(a) > 0 ? 1 : 0)) < 1e-6);
      t.true(Math.abs(dot(unit, a) - norm(a)) <= 1e-6 * norm(a));
    }),
  );
  t.deepEqual([...normalize(Float32Array.of(1e-45, 0))], [1, 0]);
  t.deepEqual(
    [...normalize(Float32Array.of(3e38, 3e38))],
    [Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)],
  );
});

test('the mean of many vectors does not drift', (t) => {
  const vectors = Array.from({ length: 100_000 }, () => Float32Array.of(0.1, -3));
  t.deepEqual([...mean(vectors)], [Math.fround(0.1), -3]);
});

test('quantiles lie between the order statistics, grow, and end at the extremes', (t) => {
  t.is(quantile([1, 2, 3, 4], 0.5), 2.5);
  t.is(quantile([5], 0.3), 5);
  t.is(quantile([3, 1, 2], 2), 3);
  t.is(quantile([], 0.5), Number.NaN);
  const fractions = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fractions, (values, [p, q]) => {
      t.is(quantile(values, 0), Math.min(...values));
      t.is(quantile(values, 1), Math.max(...values));
      const slack = 1e-6 * Math.max(...values.map(Math.abs), 1);
      t.true(quantile(values, Math.min(p, q)) <= quantile(values, Math.max(p, q)) + slack);
      const below = values.filter((value) => value < quantile(values, p) - slack).length;
      t.true(below <= Math.ceil(p * (values.length - 1)));
    }),
  );
});

test('the same seed gives the same numbers everywhere', (t) => {
  const random = seededRandom(42);
  const first = Array.from({ length: 3 }, random);
  t.deepEqual(first, Array.from({ length: 3 }, seededRandom(42)));
  // Computed by the published C code of mulberry32 with the seed 42.
  t.deepEqual(
    first.map((value) => value * 2 ** 32),
    [2581720956, 1925393290, 3661312704],
  );
  t.notDeepEqual(first, Array.from({ length: 3 }, seededRandom(43)));
});

test('random numbers are spread evenly, and normally', (t) => {
  const random = seededRandom(7);
  const count = 20_000;
  const bins = Array<number>(10).fill(0);
  for (let i = 0; i < count; i++) bins[Math.floor(random() * 10)]!++;
  t.true(
    bins.every((bin) => Math.abs(bin - count / 10) < 5 * Math.sqrt(count / 10)),
    bins.join(),
  );
  const draws = Float32Array.from({ length: count }, () => gaussian(random));
  const average = draws.reduce((sum, value) => sum + value, 0) / count;
  const variance = draws.reduce((sum, value) => sum + (value - average) ** 2, 0) / count;
  t.true(Math.abs(average) < 0.03 && Math.abs(variance - 1) < 0.05, `${average} ${variance}`);
  t.true(draws.every(Number.isFinite));
});

test('shuffling keeps the items, changes nothing given, and reaches every order', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const before = [...items];
      const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b);
      t.deepEqual(sorted(shuffled(items, seededRandom(seed))), sorted(before));
      t.deepEqual(items, before);
    }),
  );
  const random = seededRandom(1);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled([1, 2, 3], random).join();
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  t.is(orders.size, 6);
  t.true(
    [...orders.values()].every((times) => Math.abs(times - 1000) < 150),
    [...orders].join(' '),
  );
});

const rects: fc.Arbitrary<Rect> = fc.record({
  x: fc.integer({ min: -20, max: 20 }),
  y: fc.integer({ min: -20, max: 20 }),
  width: fc.integer({ min: 0, max: 20 }),
  height: fc.integer({ min: 0, max: 20 }),
});

test('two rectangles share exactly the pixels that lie in both', (t) => {
  const has = ({ x, y, width, height }: Rect, px: number, py: number) =>
    px >= x && px < x + width && py >= y && py < y + height;
  fc.assert(
    fc.property(rects, rects, (a, b) => {
      const common = intersect(a, b);
      t.deepEqual(common, intersect(b, a));
      let shared = 0;
      for (let py = -20; py < 40; py++) {
        for (let px = -20; px < 40; px++) {
          const both = has(a, px, py) && has(b, px, py);
          if (both !== (common !== undefined && has(common, px, py))) t.fail(`${px},${py}`);
          if (both) shared++;
        }
      }
      t.is(shared, common ? common.width * common.height : 0);
    }),
  );
});
