/** Each method against a computation of its own, on the embedded model and drawn pictures. */
import test from 'ava';
import type { HeatMap } from '../../src/core/heat-map.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { stack } from '../../src/core/tensor.ts';
import { dot } from '../../src/core/vector.ts';
import type { Baseline } from '../../src/explain/baseline.ts';
import { baselineOf } from '../../src/explain/baseline.ts';
import { inputGradients, signedGradients } from '../../src/explain/gradients.ts';
import { methodNamed, methods } from '../../src/explain/methods/index.ts';
import { integratedGradients } from '../../src/explain/methods/integrated-gradients.ts';
import type { Method } from '../../src/explain/methods/method.ts';
import { Work } from '../../src/explain/methods/method.ts';
import { occlusion } from '../../src/explain/methods/occlusion.ts';
import { smoothGrad } from '../../src/explain/methods/smooth-grad.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import type { Subject } from '../../src/explain/subject.ts';
import type { Job } from '../../src/explain/targets.ts';
import { pairJob } from '../../src/explain/targets.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { drawnSubjects } from './drawn-subjects.ts';
import { relativeError } from '../support/tensors.ts';

const model = await loadModel();
const [wide, high, lamp] = (await drawnSubjects(model)) as [Subject, Subject, Subject];
const job = pairJob(wide, high, 'similarity');
/** Of the network's input, in pixels. */
const side = wide.image.dims.at(-1)!;

test.after.always(() => model.dispose());

const mapsOf = (method: Method, jobs: readonly Job[]) => method.maps(new Work(model, jobs));
const mapOf = async (method: Method, of: Job): Promise<HeatMap> => (await mapsOf(method, [of]))[0]!;
const sumOf = ({ data }: HeatMap) => data.reduce((sum, value) => sum + value, 0);

/** t of another picture. */
async function targetOf({ direction }: Job, image: Tensor): Promise<number> {
  const { embedding } = await model.forward(stack([image]));
  return dot(embedding.data, direction);
}

test('integrated gradients add up to the difference of the score within 2 %', async (t) => {
  const cases: readonly [Baseline, readonly Job[]][] = [
    ['grey', [job, pairJob(high, wide, 'similarity'), pairJob(lamp, wide, 'similarity')]],
    ['blurred', [job]],
  ];
  for (const [baseline, jobs] of cases) {
    const maps = await mapsOf(integratedGradients({ baseline }), jobs);
    for (const [i, each] of jobs.entries()) {
      const start = await targetOf(each, baselineOf(each.subject, baseline));
      const expected = dot(each.subject.embedding, each.direction) - start;
      const sum = sumOf(maps[i]!);
      t.true(Math.abs(expected) > 0.01);
      t.true(
        Math.abs(sum - expected) < 0.02 * Math.abs(expected),
        `${baseline} ${i}: ${sum}, not ${expected}`,
      );
    }
  }
});

test('input × gradient adds up to how the score grows with the contrast of the picture', async (t) => {
  const whole = { ...lamp, content: { x: 0, y: 0, width: side, height: side } };
  const of = pairJob(whole, wide, 'similarity');
  const sum = sumOf(await mapOf(methodNamed('input-gradient'), of));
  const at = (factor: number) =>
    targetOf(of, { dims: lamp.image.dims, data: lamp.image.data.map((value) => value * factor) });
  const slope = ((await at(1.0002)) - (await at(0.9998))) / 0.0004;
  t.true(Math.abs(sum - slope) < 0.02 * Math.abs(slope), `${sum} instead of ${slope}`);
});

test('input × gradient is the sum over channels of the products', async (t) => {
  const map = await mapOf(methodNamed('input-gradient'), job);
  const [gradient] = await inputGradients(model, [job], 'gradient');
  const at = 100 * side + 77;
  const products = [0, 1, 2].map(
    (c) => wide.image.data[c * side ** 2 + at]! * gradient!.data[c * side ** 2 + at]!,
  );
  const expected = products.reduce((a, b) => a + b);
  t.true(Math.abs(map.data[at]! - expected) <= 1e-6 * Math.abs(expected));
  t.not(expected, 0);
});

test('SmoothGrad without noise is the gradient, with noise it is another map, the same for the same seed', async (t) => {
  const gradient = await mapOf(methodNamed('gradient'), job);
  const still = await mapOf(smoothGrad({ noise: 0, samples: 3 }), job);
  t.true(relativeError(still.data, gradient.data) < 1e-4);
  const [first, again, other] = await Promise.all(
    [1, 1, 2].map((seed) => mapOf(smoothGrad({ samples: 2, seed }), job)),
  );
  t.deepEqual(first!.data, again!.data);
  t.true(relativeError(other!.data, first!.data) > 0.05);
  t.true(relativeError(first!.data, gradient.data) > 0.05);
});

for (const fill of ['grey', 'blurred'] as const satisfies readonly Baseline[]) {
  test(`occlusion with ${fill} squares is what embedding the covered pictures again gives`, async (t) => {
    const map = await mapOf(occlusion({ patch: 1 / 3, stride: 1 / 4, fill }), job);
    // 75 pixels in steps of 56 over 224×140 with 42 above: the last ones end at the edge.
    const { content } = wide;
    t.deepEqual(content, { x: 0, y: 42, width: 224, height: 140 });
    const squares = [42, 98, 107].flatMap((y) => [0, 56, 112, 149].map((x) => ({ x, y })));
    const filling = baselineOf(wide, fill);
    const falls: number[] = [];
    for (const { x, y } of squares) {
      const data = wide.image.data.map((value, i) => {
        const [column, row] = [i % side, Math.floor(i / side) % side];
        return column >= x && column < x + 75 && row >= y && row < y + 75 ? filling.data[i]! : value;
      });
      const { data: unit } = await model.embed({ dims: [1, 3, side, side], data });
      falls.push(dot(wide.unit, high.unit) - dot(unit, high.unit));
    }
    t.true(Math.max(...falls) > 0.01);
    const expected = map.data.map((_, i) => {
      const [column, row] = [i % side, Math.floor(i / side)];
      const over = squares.flatMap(({ x, y }, k) =>
        column >= x && column < x + 75 && row >= y && row < y + 75 ? [falls[k]!] : [],
      );
      return over.reduce((a, b) => a + b, 0) / (over.length || 1);
    });
    t.true(relativeError(map.data, expected) < 1e-3);
  });
}

test('the number of squares that occlusion announces is the one it needs for a square picture', async (t) => {
  const method = occlusion({ patch: 1 / 2, stride: 1 / 8 });
  const squareSubject = { ...lamp, content: { x: 0, y: 0, width: side, height: side } };
  const jobs = [pairJob(squareSubject, wide, 'similarity')];
  let total: number | undefined;
  await method.maps(new Work(model, jobs, { onProgress: (progress) => (total = progress.total) }));
  t.is(total, method.passes);
});

test('signed gradients are the raw ones, with nothing on the bars', async (t) => {
  for (const rule of backwardRules) {
    const [[signed], [raw]] = [
      await signedGradients(model, [job], rule),
      await inputGradients(model, [job], rule),
    ];
    const onBars = (i: number) => Math.floor(i / side) % side < 42 || Math.floor(i / side) % side >= 182;
    t.true(signed!.data.every((value, i) => value === (onBars(i) ? 0 : raw!.data[i])));
    t.true(signed!.data.some((value) => value < 0) && signed!.data.some((value) => value > 0));
  }
});

test('every method says what it is, what it costs and where it is from', (t) => {
  const names = methods.map(({ name }) => name);
  t.deepEqual(names, [
    'guided-match',
    'match',
    'guided',
    'deconvnet',
    'gradient',
    'input-gradient',
    'integrated-gradients',
    'smooth-grad',
    'occlusion',
  ]);
  for (const { title, about, source, passes } of methods) {
    t.true(title.length > 3 && about.endsWith('.') && /\d{4}/.test(source));
    t.true(Number.isInteger(passes) && passes >= 0);
  }
  const passes = (name: string) => methodNamed(name).passes;
  t.deepEqual(
    ['match', 'guided', 'integrated-gradients', 'smooth-grad', 'occlusion'].map(passes),
    [0, 2, 128, 32, 121],
  );
});
