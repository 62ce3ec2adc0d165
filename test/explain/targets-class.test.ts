/** Classes: predictions, gradients and Grad-CAM, for a classifier that is linear in the mean of its features and for one that is not. */
import { existsSync } from 'node:fs';
import test from 'ava';
import type { Tensor } from '../../src/core/tensor.ts';
import { stack } from '../../src/core/tensor.ts';
import { dot, norm } from '../../src/core/vector.ts';
import { matchMaps } from '../../src/explain/grad-cam.ts';
import { inputGradients } from '../../src/explain/gradients.ts';
import { matchMap } from '../../src/explain/match-map.ts';
import { predictClass } from '../../src/explain/predict-class.ts';
import type { Subject } from '../../src/explain/subject.ts';
import { examine } from '../../src/explain/subject.ts';
import { classJob, neuronJob } from '../../src/explain/targets.ts';
import { classifier } from '../../src/model/classifier.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { interpret } from '../support/interpret.ts';
import { randomTensor, relativeError } from '../support/tensors.ts';
import { drawnSubjects } from './drawn-subjects.ts';
import type { Head } from './small-classifier.ts';
import { classes, labels, smallClassifier } from './small-classifier.ts';
import { checkout } from '../support/checkout.ts';

const engine = createOrtEngine({ threads: 1 });
const pictures = [1, 2, 3].map((seed) => randomTensor([3, 20, 24], seed));

test.after.always(() => engine.dispose());

for (const head of ['linear', 'rectified'] as const satisfies readonly Head[]) {
  const { model, graph } = smallClassifier(head, engine);
  const ready = examine(model, pictures);
  const values = (image: { dims: readonly number[]; data: ArrayLike<number> }) =>
    interpret(graph, { image: { dims: [1, ...image.dims], data: image.data } });

  test(`${head}: logits and probabilities are those of the whole network`, async (t) => {
    const subjects = await ready;
    const guesses = await predictClass(model, subjects, classes);
    for (const [i, image] of pictures.entries()) {
      const scores = values(image).get('scores')!.data;
      const probabilities = values(image).get('probabilities')!.data;
      t.deepEqual(
        guesses[i]!.map(({ index }) => index).toSorted((a, b) => a - b),
        [0, 1, 2, 3, 4],
      );
      for (const { index, label, logit, probability } of guesses[i]!) {
        t.is(label, labels[index]);
        t.true(Math.abs(logit - scores[index]!) < 1e-4);
        t.true(Math.abs(probability - probabilities[index]!) < 1e-5);
      }
      const order = guesses[i]!.map(({ probability }) => probability);
      t.deepEqual(
        order,
        order.toSorted((a, b) => b - a),
      );
    }
    t.is((await predictClass(model, subjects, 2))[0]!.length, 2);
  });

  test(`${head}: the gradient of a class is the slope of its logit, pixel by pixel`, async (t) => {
    const subjects = await ready;
    const jobs = subjects.flatMap((subject) => [classJob(model, subject, 1), classJob(model, subject, 3)]);
    const gradients = await inputGradients(model, jobs, 'gradient');
    let compared = 0;
    for (const [i, { subject, direction }] of jobs.entries()) {
      const { dims, data } = subject.image;
      const logit = (k: number, by: number) => {
        const moved = Float64Array.from(data, (value, j) => (j === k ? value + by : value));
        return values({ dims, data: moved })
          .get('scores')!
          .data.reduce((sum, value, c) => sum + value * direction[c]!, 0);
      };
      const largest = Math.max(...gradients[i]!.data.map(Math.abs));
      for (const k of [5, 333, 700, 1111, 1400]) {
        const slope = (logit(k, 1e-6) - logit(k, -1e-6)) / 2e-6;
        const error = Math.abs(gradients[i]!.data[k]! - slope);
        t.true(error <= 1e-3 * largest, `job ${i}, pixel ${k}: ${gradients[i]!.data[k]}, found ${slope}`);
        compared += Math.abs(slope) > 0.01 * largest ? 1 : 0;
      }
    }
    t.true(compared > 10);
  });

  test(`${head}: the weights of a class map are the slopes of the logit as whole channels rise`, async (t) => {
    const subjects = await ready;
    const subject = subjects[0]!;
    const [map] = await matchMaps(model, [classJob(model, subject, 3)]);
    const { dims, data } = subject.features;
    const places = dims[1]! * dims[2]!;
    const logit = (channel: number, by: number) => {
      const raised = Float64Array.from(data, (value, i) =>
        Math.floor(i / places) === channel ? value + by : value,
      );
      return interpret(model.classifier.head, { features: { dims: [1, ...dims], data: raised } }).get(
        'logits',
      )!.data[3]!;
    };
    const weights = Array.from({ length: dims[0]! }, (_, c) => (logit(c, 1e-6) - logit(c, -1e-6)) / 2e-6);
    const expected = map!.data.map((_, z) =>
      weights.reduce((sum, weight, c) => sum + (weight * data[c * places + z]!) / places, 0),
    );
    t.true(relativeError(map!.data, expected) < 1e-3);
    t.true(expected.some((value) => value !== 0));
  });
}

test('where the classifier is linear, the shares of the places add up to the logit less its bias', async (t) => {
  const { model, graph } = smallClassifier('linear', engine);
  const bias = graph.constants.get('bias')!.data as Float32Array;
  const subjects = await examine(model, pictures);
  const maps = await matchMaps(
    model,
    subjects.map((subject, i) => classJob(model, subject, i)),
  );
  const logits = await model.classify(stack(subjects.map(({ features }) => features)));
  for (const [i, { data }] of maps.entries()) {
    const sum = data.reduce((a, b) => a + b, 0);
    t.true(Math.abs(sum - (logits.data[i * classes + i]! - bias[i]!)) < 1e-4);
  }
});

test('at the embedding these are the match maps', async (t) => {
  const { model } = smallClassifier('linear', engine);
  const [subject] = await examine(model, pictures);
  const job = neuronJob(subject!, 2);
  const [both, map] = await matchMaps(model, [classJob(model, subject!, 0), job]);
  t.deepEqual(map, matchMap(job));
  t.notDeepEqual(both, map);
});

test('logits that are a softmax are taken before it, and classes that do not exist are refused', async (t) => {
  const { model, graph } = smallClassifier('linear', engine);
  const named = classifier(graph, 'maps', 'probabilities');
  t.false(named.graph.nodes.some(({ op }) => op === 'Softmax'));
  t.is(named.classes, classes);
  t.throws(() => classifier(graph, 'maps', 'first'), {
    code: 'MODEL_UNSUPPORTED',
    message: /"first".*\(N, classes\)/,
  });
  t.throws(() => classifier(graph, 'first', 'nothing'), {
    code: 'MODEL_UNSUPPORTED',
    message: /no such value/,
  });
  const [subject] = await examine(model, pictures);
  t.throws(() => classJob(model, subject!, classes), {
    code: 'USAGE',
    message: /class from 0 to 4, received 5/,
  });
});

const squeezenet = checkout('../shared/models/squeezenet1.1-fp16.onnx');

test('SqueezeNet: a logit’s gradient against its own differences, and Grad-CAM where the logit comes from', async (t) => {
  if (!existsSync(squeezenet)) {
    t.log('skipped: ../shared/models has no SqueezeNet');
    t.pass();
    return;
  }
  const model = await loadModel(squeezenet, { engine });
  t.is(model.classifier.classes, 1000);
  // In flat colours all places of a max-pool's window are equal, and the slopes to both sides of a tie are not.
  const [drawn] = (await drawnSubjects(model)) as [Subject];
  const grain = randomTensor(drawn.image.dims, 9).data;
  const data = drawn.image.data.map((value, i) => value + 6 * grain[i]!);
  const [mug] = (await examine(model, [{ dims: drawn.image.dims, data }])) as [Subject];
  const guess = (await predictClass(model, [mug], 1))[0]![0]!;
  const job = classJob(model, mug, guess.index);
  const [gradient] = await inputGradients(model, [job], 'gradient');
  const length = norm(gradient!.data);
  const at = async (by: number) => {
    const image: Tensor = {
      dims: mug.image.dims,
      data: mug.image.data.map((v, i) => v + (by * gradient!.data[i]!) / length),
    };
    return dot((await model.classify((await model.forward(stack([image]))).features)).data, job.direction);
  };
  const reach = 0.1;
  const slope = ((await at(reach)) - (await at(-reach))) / (2 * reach);
  t.true(Math.abs(slope - length) < 0.05 * length, `${length}, found ${slope}`);
  t.true(Math.abs((await at(0)) - guess.logit) < 1e-3);
  const [map] = await matchMaps(model, [job]);
  t.true(map!.data.some((value) => value > 0));
  await model.dispose();
});
