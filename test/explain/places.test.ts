import test from 'ava';
import fc from 'fast-check';
import { seededRandom } from '../../src/core/random.ts';
import { dot, norm } from '../../src/core/vector.ts';
import { placeSimilarity, type Places, placesOf } from '../../src/explain/places.ts';
import { subjectOf } from '../../src/explain/subject.ts';

const [channels, side] = [3, 4];
const content = { x: 0, y: 0, width: 8, height: 8 };

/** Features (3,4,4), none all zero. */
const features = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), {
    minLength: channels * side * side,
    maxLength: channels * side * side,
  })
  .map((values) => Float32Array.from(values));

const placesFrom = (data: Float32Array, height = side, width = side): Places => {
  const image = { dims: [3, 8, 8], data: new Float32Array(192) };
  const dims = [data.length / (height * width), height, width];
  return placesOf(subjectOf(image, { dims, data }, new Float32Array(dims[0]!), content));
};

test('a picture is as similar to itself as can be, and to no other more; order of the two does not matter', (t) => {
  fc.assert(
    fc.property(features, features, (a, b) => {
      const [one, other] = [placesFrom(a), placesFrom(b)];
      t.true(Math.abs(placeSimilarity(one, one) - 1) < 1e-6);
      const similarity = placeSimilarity(one, other);
      t.true(similarity >= 0 && similarity <= 1 + 1e-6);
      t.true(Math.abs(similarity - placeSimilarity(other, one)) < 1e-9);
    }),
  );
});

test('where things stand in the picture does not matter: mirrored, it is the same picture', (t) => {
  fc.assert(
    fc.property(features, (a) => {
      const mirrored = a.map((_, i) => a[i - (i % side) + side - 1 - (i % side)]!);
      t.true(Math.abs(placeSimilarity(placesFrom(a), placesFrom(mirrored)) - 1) < 1e-6);
    }),
  );
});

test('the more places are covered, the less similar: what is left counts as before', (t) => {
  const places = (covered: number) => {
    const data = new Float32Array(4 * side * side);
    for (let z = 0; z < side * side; z++) data[(z < covered ? 3 : z % 3) * side * side + z] = 1;
    return placesFrom(data);
  };
  const whole = places(0);
  const similarities = Array.from({ length: 9 }, (_, covered) => placeSimilarity(whole, places(covered)));
  for (const [covered, similarity] of similarities.entries()) {
    // Every kind of place is still there to be found, so that only the covered places find nothing.
    t.true(Math.abs(similarity - (1 - covered / 32)) < 1e-6, `${covered} covered: ${similarity}`);
  }
});

test('more than 6×6 places are averaged, fewer stay; other models cannot be compared', (t) => {
  t.is(placesFrom(new Float32Array(2 * 144).fill(1), 12, 12).count, 36);
  t.is(placesFrom(new Float32Array(2 * 196).fill(1), 14, 14).count, 36);
  t.is(placesFrom(new Float32Array(2 * 6).fill(1), 2, 3).count, 6);
  const [two, three] = [placesFrom(new Float32Array(8), 2, 2), placesFrom(new Float32Array(12), 2, 2)];
  t.is(placeSimilarity(two, two), 0, 'nothing is like nothing');
  t.throws(() => placeSimilarity(two, three), { instanceOf: RangeError });
});

test('of many channels places keep 128 values, and pictures stay about as similar as they were', (t) => {
  const random = seededRandom(5);
  const channels = 512;
  const drawn = (mix: (i: number) => number) =>
    Float32Array.from({ length: channels * side * side }, (_, i) => mix(i));
  // Like features after a rectifier: many are zero.
  const one = drawn(() => Math.max(0, random() - 0.6));
  for (const share of [0, 0.3, 0.7, 1]) {
    const other = drawn((i) => share * one[i]! + (1 - share) * Math.max(0, random() - 0.6));
    const [a, b] = [placesFrom(one), placesFrom(other)];
    t.is(a.dimension, 128);
    const exact = exactSimilarity(one, other);
    t.true(Math.abs(placeSimilarity(a, b) - exact) < 0.15 * (1 - exact) + 1e-6);
  }
  t.deepEqual(placesFrom(one), placesFrom(one.slice()));
});

/** placeSimilarity without any projection, by its definition. */
function exactSimilarity(a: Float32Array, b: Float32Array): number {
  const places = side * side;
  const at = (data: Float32Array, i: number) => data.filter((_, n) => n % places === i);
  const cosine = (x: Float32Array, y: Float32Array) => dot(x, y) / (norm(x) * norm(y));
  const indices = Array.from({ length: places }, (_, i) => i);
  const best = (from: Float32Array, to: Float32Array) =>
    indices.map((i) => Math.max(...indices.map((j) => cosine(at(from, i), at(to, j)))));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return (mean(best(a, b)) + mean(best(b, a))) / 2;
}
