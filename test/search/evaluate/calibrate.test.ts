import test from 'ava';
import fc from 'fast-check';
import { gaussian, seededRandom } from '../../../src/core/random.ts';
import { firstAt, probabilityAt } from '../../../src/search/curve.ts';
import { calibrateNames, calibrateScores } from '../../../src/search/evaluate/calibrate.ts';
import { isotonicCurve, type Observation } from '../../../src/search/evaluate/isotonic.ts';
import type { Ranking } from '../../../src/search/evaluate/rankings.ts';
import { reliabilityOf } from '../../../src/search/evaluate/reliability.ts';

test('with many observations of each number the curve is isotonic regression by its formula', (t) => {
  const group = fc.record({ events: fc.integer({ min: 0, max: 30 }) });
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 12 }), (groups) => {
      const observations = groups.flatMap(({ events }, at) =>
        Array.from({ length: 30 }, (_, i): Observation => ({ at, event: i < events })),
      );
      const curve = isotonicCurve(observations);
      // max over a ≤ i of min over b ≥ i of the mean of a..b (Barlow et al. 1972).
      const meanOf = (a: number, b: number) =>
        groups.slice(a, b + 1).reduce((sum, { events }) => sum + events / 30, 0) / (b - a + 1);
      const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, k) => from + k);
      const last = groups.length - 1;
      const expected = groups.map((_, i) =>
        Math.max(...range(0, i).map((a) => Math.min(...range(i, last).map((b) => meanOf(a, b))))),
      );
      // Each block is a point at its centre; half an event of each kind moves it by less than 1/60.
      for (const [k, at] of curve.at.entries()) {
        t.true(Math.abs(curve.probability[k]! - expected[Math.round(at)]!) < 1 / 60 + 1e-9);
      }
      for (let k = 1; k < curve.at.length; k++) {
        t.true(curve.at[k]! > curve.at[k - 1]! && curve.probability[k]! >= curve.probability[k - 1]!);
      }
    }),
    { numRuns: 200 },
  );
});

test('a curve is read and inverted on straight lines between its points', (t) => {
  const curve = { at: [0.2, 0.4, 0.8], probability: [0.1, 0.5, 0.9] };
  t.deepEqual(
    [0, 0.2, 0.3, 0.4, 1].map((x) => Math.round(100 * probabilityAt(curve, x))),
    [10, 10, 30, 50, 90],
  );
  t.is(firstAt(curve, 0.05), 0.2);
  t.true(Math.abs(firstAt(curve, 0.7)! - 0.6) < 1e-12);
  t.is(firstAt(curve, 0.95), null);
});

test('forecasts that keep their word have no calibration error; those that boast have what they boast', (t) => {
  const honest = Array.from({ length: 1000 }, (_, i) => {
    const level = Math.floor(i / 100);
    return { probability: level / 10 + 0.05, event: i % 100 < 10 * level + 5 };
  });
  const { error, bins } = reliabilityOf(honest);
  t.true(error < 1e-9);
  t.is(bins.length, 10);
  t.true(Math.abs(reliabilityOf(honest.map(({ event }) => ({ probability: 1, event }))).error - 0.5) < 1e-9);
});

/** Queries with ten hits whose chance to be right is known: 0 below a score of 0.4, 1 above 0.9. */
function simulated(count: number, chance = (score: number) => (score - 0.4) / 0.5): Ranking[] {
  const random = seededRandom(5);
  const embedding = new Float32Array(1);
  return Array.from({ length: count }, (_, q): Ranking => {
    const hits = Array.from({ length: 10 }, () => {
      const score = Math.min(1, Math.max(-1, 0.65 + 0.15 * gaussian(random)));
      const right = random() < chance(score);
      return {
        score,
        right,
        item: { id: 'x', label: right ? 'yes' : `no${Math.floor(3 * random())}`, embedding },
      };
    }).sort((a, b) => b.score - a.score);
    return { query: { id: String(q), label: 'yes', embedding }, hits, relevant: 10, averagePrecisionAtR: 0 };
  });
}

test('what scores mean is found again where it is known, and the words keep their promise', (t) => {
  const report = calibrateScores(simulated(600))!;
  for (const score of [0.5, 0.6, 0.7, 0.8]) {
    t.true(Math.abs(probabilityAt(report.curve, score) - (score - 0.4) / 0.5) < 0.06, String(score));
  }
  t.true(Math.abs(report.same! - 0.85) < 0.03 && Math.abs(report.similar! - 0.65) < 0.03);
  t.true(report.reliability.error < 0.03);
  t.true(report.words.same.right.value >= 0.9 && report.words.similar.right.value >= 0.5);
  t.true(report.words.weak.right.value < 0.5);
  t.true(Math.abs(report.words.same.hits + report.words.similar.hits + report.words.weak.hits - 1) < 1e-9);
});

test('where no score is sure, nothing is called the same; where there are few queries, nothing is said', (t) => {
  t.is(calibrateScores(simulated(100, () => 0.3))!.same, null);
  t.is(calibrateScores(simulated(49)), undefined);
  t.is(calibrateNames(simulated(49)), undefined);
});

test('the confidence of names is calibrated on queries that were left out', (t) => {
  const report = calibrateNames(simulated(800))!;
  t.true(report.reliability.error < 0.04, String(report.reliability.error));
  t.true(report.reliability.brier <= report.shares.brier + 0.01);
  t.true(report.accuracy.low < report.accuracy.value && report.accuracy.value < report.accuracy.high);
});
