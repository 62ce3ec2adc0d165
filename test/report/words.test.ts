import test from 'ava';
import fc from 'fast-check';
import { heatMap } from '../../src/image/heat-map.ts';
import { concentration } from '../../src/report/concentration.ts';
import { duration, strongestPlace } from '../../src/report/words.ts';

const size = { width: 60, height: 60 };
const whole = { x: 0, y: 0, ...size };
const map = (width: number, height: number, values: readonly number[]) =>
  heatMap(width, height, Float32Array.from(values));
const near = (actual: number, expected: number) => Math.abs(actual - expected) < 1e-6;

test('an even spread puts a quarter of the score into a quarter of the picture', (t) => {
  const { quarter, bars } = concentration(
    map(
      6,
      6,
      Array.from({ length: 36 }, () => 0.02),
    ),
    whole,
    size,
  );
  t.true(near(quarter, 0.25));
  t.is(bars, 0);
});

test('a score that comes from one place lies in any quarter', (t) => {
  const values = Array.from({ length: 36 }, (_, i) => (i === 14 ? 0.8 : 0));
  t.deepEqual(concentration(map(6, 6, values), whole, size), { quarter: 1, bars: 0 });
});

test('a quarter of the area may end inside a place', (t) => {
  // Nine places: a quarter is two of them and a fourth of the third.
  const { quarter } = concentration(map(3, 3, [4, 3, 2, 1, 0, 0, 0, 0, 0]), whole, size);
  t.true(near(quarter, (4 + 3 + 2 / 4) / 10));
});

test('what lies in the bars around a picture is told apart from what lies in the picture', (t) => {
  // The picture fills the middle half of the tensor: of four columns the two inner ones.
  const values = [1, 3, 3, 1, 1, 3, 3, 1];
  const { quarter, bars } = concentration(map(4, 2, values), { x: 15, y: 0, width: 30, height: 60 }, size);
  t.true(near(bars, 4 / 16));
  t.true(near(quarter, 0.25));
});

test('a place half in the bars counts by halves', (t) => {
  const { bars } = concentration(map(2, 1, [1, 1]), { x: 15, y: 0, width: 45, height: 60 }, size);
  t.true(near(bars, 0.25));
});

test('no score is no concentration', (t) => {
  t.deepEqual(concentration(map(2, 2, [0, 0, 0, 0]), whole, size), { quarter: 0, bars: 0 });
});

test('the most important quarter has at least a quarter and at most all of the score', (t) => {
  const shares = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 30, maxLength: 30 });
  const content = fc.record({
    x: fc.integer({ min: 0, max: 20 }),
    y: fc.integer({ min: 0, max: 20 }),
    width: fc.integer({ min: 5, max: 40 }),
    height: fc.integer({ min: 5, max: 40 }),
  });
  fc.assert(
    fc.property(shares, content, (values, rect) => {
      const { quarter, bars } = concentration(map(6, 5, values), rect, size);
      return quarter > 0.25 - 1e-6 && quarter < 1 + 1e-6 && bars >= 0 && bars < 1;
    }),
  );
  t.pass();
});

test('the strongest place has a name', (t) => {
  const at = (x: number, y: number) => {
    const made = heatMap(10, 10);
    made.data[y * 10 + x] = 1;
    return strongestPlace(made);
  };
  t.is(at(0, 0), 'strongest at the top left');
  t.is(at(5, 9), 'strongest at the bottom');
  t.is(at(9, 5), 'strongest at the right');
  t.is(at(5, 5), 'strongest around the centre');
  t.is(strongestPlace(heatMap(4, 4)), 'nothing marked');
});

test('times read well at every length', (t) => {
  t.deepEqual([duration(1.234), duration(42.4), duration(1250)], ['1.2\u00a0ms', '42\u00a0ms', '1.3\u00a0s']);
});
