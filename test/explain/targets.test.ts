/** Targets against finite differences of the numbers that they stand for, through the embedded model. */
import test from 'ava';
import type { Tensor } from '../../src/core/tensor.ts';
import { stack } from '../../src/core/tensor.ts';
import { dot, norm } from '../../src/core/vector.ts';
import { inputGradients } from '../../src/explain/gradients.ts';
import { matchMap } from '../../src/explain/match-map.ts';
import type { Subject } from '../../src/explain/subject.ts';
import type { Job } from '../../src/explain/targets.ts';
import {
  classJob,
  isUnitTarget,
  jobFor,
  neuronJob,
  pairJob,
  parseTarget,
  rootsJob,
  scoreOf,
} from '../../src/explain/targets.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { drawnSubjects } from './drawn-subjects.ts';

const model = await loadModel();
const [wide, high, lamp] = (await drawnSubjects(model)) as [Subject, Subject, Subject];

test.after.always(() => model.dispose());

/**
 * The slope of a number of the embedding f of the job's own picture, along its gradient: claimed, and by central differences. Farther than `reach` rectifiers switch; nearer,
 * float32 has no more digits.
 */
async function slopes(job: Job, number: (embedding: Float32Array) => number, reach = 1e-4) {
  const [gradient] = await inputGradients(model, [job], 'gradient');
  const length = norm(gradient!.data);
  const direction = gradient!.data.map((value) => value / length);
  const at = async (by: number) => {
    const image: Tensor = {
      dims: job.subject.image.dims,
      data: job.subject.image.data.map((value, i) => value + by * direction[i]!),
    };
    return number((await model.forward(stack([image]))).embedding.data);
  };
  return { claimed: length, found: ((await at(reach)) - (await at(-reach))) / (2 * reach) };
}

const near = (actual: number, expected: number, tolerance: number) =>
  Math.abs(actual - expected) <= tolerance * Math.abs(expected);

test('similarity: t is the score, and its gradient that of <f, e_p> over the norm that f had', async (t) => {
  const job = pairJob(high, wide, 'similarity');
  t.true(near(dot(high.embedding, job.direction), dot(high.unit, wide.unit), 1e-5));
  t.true(near(scoreOf(job, high.embedding), dot(high.unit, wide.unit), 1e-5));
  const { claimed, found } = await slopes(job, (f) => dot(f, wide.unit) / high.norm);
  t.true(near(claimed, found, 0.03), `${claimed}, found ${found}`);
});

test('a name: the shares add up to the weighed roots, and the gradient is twice theirs', async (t) => {
  const weights = Float32Array.from(wide.unit, (_, c) => Math.sin(c));
  const roots = (f: Float32Array, size: number) =>
    f.reduce((sum, value, c) => sum + weights[c]! * Math.sqrt(Math.max(0, value / size)), 0);
  const job = rootsJob(wide, weights);
  const whole = roots(wide.embedding, wide.norm);
  t.true(near(dot(wide.embedding, job.direction), whole, 1e-4));
  t.true(near(scoreOf(job, wide.embedding), whole, 1e-4));
  t.true(near(scoreOf(job, high.embedding), roots(high.embedding, high.norm), 1e-4));
  const shares = matchMap(job).data.reduce((sum, value) => sum + value, 0);
  t.true(near(shares, whole, 1e-4));
  const { claimed, found } = await slopes(job, (f) => roots(f, wide.norm), 3e-5);
  t.true(near(claimed, 2 * found, 0.03), `${claimed}, found ${found}`);
  const blank = { ...wide, unit: new Float32Array(wide.unit.length), norm: 0 };
  t.true(rootsJob(blank, weights).direction.every((value) => value === 0));
});

test('cosine: the gradient is that of the cosine itself, and vanishes for a picture and itself', async (t) => {
  const cosine = (f: Float32Array) => dot(f, high.unit) / norm(f);
  const job = pairJob(wide, high, 'cosine');
  const { claimed, found } = await slopes(job, cosine);
  t.true(near(claimed, found, 0.03), `${claimed}, found ${found}`);
  t.true(near(scoreOf(job, wide.embedding), cosine(wide.embedding), 1e-5));
  // Along the gradient of `similarity` the cosine rises by less than that claims: the two differ.
  const similarity = await slopes(pairJob(wide, high, 'similarity'), cosine);
  t.true(similarity.found < 0.9 * similarity.claimed);
  t.true(
    norm(pairJob(wide, wide, 'cosine').direction) < 1e-5 * norm(pairJob(wide, wide, 'similarity').direction),
  );
});

test('contrast: the gradient is that of the score less the mean score of the others', async (t) => {
  const others = [lamp, wide];
  const job = pairJob(wide, high, 'contrast', others);
  const lead = (f: Float32Array) =>
    (dot(f, high.unit) - others.reduce((sum, { unit }) => sum + dot(f, unit), 0) / others.length) / wide.norm;
  const { claimed, found } = await slopes(job, lead);
  t.true(near(claimed, found, 0.03), `${claimed}, found ${found}`);
  t.true(near(scoreOf(job, wide.embedding), lead(wide.embedding), 1e-3));
  t.deepEqual(pairJob(wide, high, 'contrast').direction, pairJob(wide, high, 'similarity').direction);
});

test('neuron: t is the mean of one channel, and its gradient that of the channel', async (t) => {
  const channel = wide.embedding.indexOf(Math.max(...wide.embedding));
  const job = neuronJob(wide, channel);
  t.is(dot(wide.embedding, job.direction), wide.embedding[channel]!);
  const { claimed, found } = await slopes(job, (f) => f[channel]!);
  t.true(near(claimed, found, 0.03), `${claimed}, found ${found}`);
});

test('targets are read from what a user writes', (t) => {
  t.deepEqual(['similarity', 'cosine', 'contrast', 'neuron:17', 'class:0'].map(parseTarget), [
    'similarity',
    'cosine',
    'contrast',
    'neuron:17',
    'class:0',
  ]);
  for (const text of [
    '',
    'neuron',
    'neuron:',
    'neuron:-1',
    'neuron:1.5',
    'class:x',
    'Similarity',
    ' cosine',
  ]) {
    t.throws(() => parseTarget(text), {
      code: 'USAGE',
      message: /similarity, cosine, contrast, neuron:N or class:N/,
    });
  }
  t.true(isUnitTarget('class:12'));
  t.false(isUnitTarget('contrast'));
});

test('a target by its text is the job of its kind', (t) => {
  t.deepEqual(jobFor(model, 'neuron:3', wide, high), neuronJob(wide, 3));
  t.deepEqual(jobFor(model, 'cosine', wide, high).direction, pairJob(wide, high, 'cosine').direction);
});

test('what the model does not have is refused by name', (t) => {
  t.throws(() => neuronJob(wide, 512), { code: 'USAGE', message: /neuron from 0 to 511, received 512/ });
  t.throws(() => classJob(model, wide, 0), {
    code: 'MODEL_NO_CLASSES',
    message: /whymatch-s knows no classes/,
  });
  t.false(model.classifies);
});
