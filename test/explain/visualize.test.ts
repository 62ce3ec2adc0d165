/** Gradient ascent on pictures: it climbs, can be repeated, and can be stopped. */
import test from 'ava';
import fc from 'fast-check';
import { seededRandom, shuffled } from '../../src/core/random.ts';
import { tensor } from '../../src/core/tensor.ts';
import { dot, norm } from '../../src/core/vector.ts';
import { balanceColours, balanceScales, blurred, moved } from '../../src/explain/picture-steps.ts';
import type { Subject } from '../../src/explain/subject.ts';
import { examine } from '../../src/explain/subject.ts';
import { visualize } from '../../src/explain/visualize.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { randomTensor, relativeError } from '../support/tensors.ts';
import { drawnSubjects } from './drawn-subjects.ts';
import { smallClassifier } from './small-classifier.ts';

const engine = createOrtEngine({ threads: 1 });
const { model } = smallClassifier('linear', engine);
const quick = { steps: 24, jitter: 2 };

test.after.always(() => engine.dispose());

for (const wish of [{ class: 0 }, { class: 1 }, { class: 4 }, { neuron: 0 }, { neuron: 1 }]) {
  test(`the picture for ${JSON.stringify(wish)} scores above grey, and above its own pixels in another order`, async (t) => {
    const { image, score } = await visualize(model, wish, quick);
    const random = seededRandom(7);
    const mixed = [0, 1, 2].flatMap((c) =>
      shuffled([...image.data.subarray(480 * c, 480 * (c + 1))], random),
    );
    const subjects = await examine(model, [image, ...[mixed, mixed.map(() => 0)].map(pictureOf)]);
    const [own, other, grey] = await Promise.all(
      subjects.map(async ({ features, embedding }) => {
        if (wish.class === undefined) return embedding[wish.neuron]!;
        return (await model.classify({ dims: [1, ...features.dims], data: features.data })).data[wish.class]!;
      }),
    );
    t.true(Math.abs(own! - score) < 1e-4);
    t.true(own! > other! + 0.1 && own! > grey! + 0.1, `${own}, ${other}, ${grey}`);
  });
}

const pictureOf = (values: readonly number[]) => tensor([3, 20, 24], Float32Array.from(values));

test('the same seed gives the same picture, another one another', async (t) => {
  const pictures = await Promise.all(
    [5, 5, 6].map(async (seed) => (await visualize(model, { class: 1 }, { ...quick, seed })).image.data),
  );
  t.deepEqual(pictures[0], pictures[1]);
  t.notDeepEqual(pictures[0], pictures[2]);
});

test('values stay between black and white, and a larger λ leaves less contrast', async (t) => {
  const contrast = async (lambda: number) => {
    const { image } = await visualize(model, { class: 2 }, { ...quick, lambda });
    // (0 and 255)/255, less 0.5, over 0.25
    t.true(image.data.every((value) => value >= -2 && value <= 2));
    return norm(image.data);
  };
  const [none, some, much] = [await contrast(0), await contrast(0.05), await contrast(0.3)];
  t.true(none > some && some > much, `${none}, ${some}, ${much}`);
});

test('the embedded model draws towards the embedding of a picture', async (t) => {
  const own = await loadModel();
  const [mug, , lamp] = (await drawnSubjects(own)) as [Subject, Subject, Subject];
  const { image, score } = await visualize(own, { like: mug.unit }, { steps: 16 });
  const [drawn, grey] = await examine(own, [
    image,
    { dims: image.dims, data: new Float32Array(image.data.length) },
  ]);
  t.true(Math.abs(dot(drawn!.unit, mug.unit) - score) < 1e-4);
  t.true(score > dot(grey!.unit, mug.unit) + 0.05);
  t.true(score > dot(drawn!.unit, lamp.unit));
  await own.dispose();
});

test('progress counts the steps; a signal stops between two of them', async (t) => {
  const controller = new AbortController();
  const heard: number[] = [];
  const work = visualize(
    model,
    { neuron: 1 },
    {
      ...quick,
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        t.is(total, 24);
        heard.push(done);
        if (done === 3) controller.abort();
      },
    },
  );
  await t.throwsAsync(work, { code: 'ABORTED' });
  t.deepEqual(heard, [1, 2, 3]);
});

test('classes and channels that do not exist are refused', async (t) => {
  await t.throwsAsync(visualize(model, { class: 5 }), { code: 'USAGE', message: /class from 0 to 4/ });
  await t.throwsAsync(visualize(model, { neuron: 6 }), { code: 'USAGE', message: /neuron from 0 to 5/ });
});

test('a picture that is moved there and back is the same', (t) => {
  const move = fc.integer({ min: -30, max: 30 });
  fc.assert(
    fc.property(move, move, (dx, dy) => {
      const picture = randomTensor([3, 5, 7]);
      const there = moved(picture, dx, dy);
      const back = moved(there, -dx, -dy);
      const [x, y] = [(((2 + dx) % 7) + 7) % 7, (((1 + dy) % 5) + 5) % 5];
      return (
        back.data.every((value, i) => value === picture.data[i]) &&
        there.data[35 + y * 7 + x] === picture.data[35 + 7 + 2]
      );
    }),
  );
  t.pass();
});

test('balancing does not mind how long a gradient is, and turns fine noise towards coarse shapes', (t) => {
  const gradient = randomTensor([3, 32, 32]);
  const balanced = balanceColours(balanceScales(gradient));
  const doubled = { dims: gradient.dims, data: gradient.data.map((value) => 1000 * value) };
  t.true(relativeError(balanceColours(balanceScales(doubled)).data, balanced.data) < 1e-5);
  const mean = (data: Float32Array) => Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
  t.true(Math.abs(mean(balanced.data) - 1) < 1e-5);
  const left = (image: typeof gradient) => mean(blurred(image, 3).data) / mean(image.data);
  t.true(left(balanced) > 3 * left(gradient));
  const none = { dims: [3, 4, 4], data: new Float32Array(48) };
  t.deepEqual(balanceColours(balanceScales(none)).data, none.data);
});
