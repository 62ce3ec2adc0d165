import test from 'ava';
import fc from 'fast-check';
import { LineIntegral, type WaySample } from '../../src/explain/line-integral.ts';

/** t(u) = Σ over two pixels of a · max(0, u - kink): pieces of straight lines, whose slopes are known everywhere. */
interface Course {
  readonly bends: readonly { readonly pixel: 0 | 1; readonly at: number; readonly by: number }[];
}

const courses: fc.Arbitrary<Course> = fc.record({
  bends: fc.array(
    fc.record({
      pixel: fc.constantFrom(0 as const, 1 as const),
      at: fc.double({ min: 0, max: 0.95, noNaN: true }),
      by: fc.integer({ min: -30, max: 30 }).map((tenths) => tenths / 10),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});

function sampleAt({ bends }: Course, position: number): WaySample {
  const data = new Float32Array(2);
  let value = 0;
  for (const { pixel, at, by } of bends) {
    if (position <= at) continue;
    data[pixel]! += by;
    value += by * (position - at);
  }
  return { position, value, slopes: { width: 2, height: 1, data } };
}

/** What the two pixels add to t from 0 to 1. */
function truth({ bends }: Course): [number, number] {
  const sum = (pixel: number) =>
    bends.filter((bend) => bend.pixel === pixel).reduce((total, { at, by }) => total + by * (1 - at), 0);
  return [sum(0), sum(1)];
}

test('with one bend between two samples the integral is exact, wherever the bend is', (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 0.95, noNaN: true }),
      fc.double({ min: 0.1, max: 3, noNaN: true }),
      (at, by) => {
        const course: Course = { bends: [{ pixel: 1, at, by }] };
        const integral = new LineIntegral();
        for (const position of [0, 1]) integral.add(sampleAt(course, position));
        const { data } = integral.map();
        return data[0] === 0 && Math.abs(data[1]! - by * (1 - at)) < 1e-6 && integral.error < 1e-6;
      },
    ),
  );
  t.pass();
});

test('halving the worst pieces brings the integral as near as wanted, and the error never says less than what is missed', (t) => {
  fc.assert(
    fc.property(courses, (course) => {
      const integral = new LineIntegral();
      for (const position of [0, 0.25, 1]) integral.add(sampleAt(course, position));
      for (let round = 0; round < 40 && integral.error > 1e-6; round++) {
        for (const position of integral.worst(2)) integral.add(sampleAt(course, position));
      }
      const [data, [first, second]] = [integral.map().data, truth(course)];
      const rise = Math.abs(first + second);
      const missed = Math.abs(data[0]! + data[1]! - first - second);
      return missed < 1e-3 && missed <= integral.error * rise + 1e-4;
    }),
  );
  t.pass();
});

test('samples may come in any order', (t) => {
  const course: Course = {
    bends: [
      { pixel: 0, at: 0.2, by: 1 },
      { pixel: 1, at: 0.6, by: -2 },
    ],
  };
  const [sorted, mixed] = [new LineIntegral(), new LineIntegral()];
  for (const position of [0, 0.25, 0.5, 0.75, 1]) sorted.add(sampleAt(course, position));
  for (const position of [0.5, 1, 0.25, 0, 0.75]) mixed.add(sampleAt(course, position));
  t.deepEqual(mixed.map(), sorted.map());
  t.is(mixed.error, sorted.error);
  t.deepEqual(mixed.worst(2), sorted.worst(2));
});
