/** What holds for every method: batches, shared pictures, bars, progress, an end on request. A small network, so that all can be tried. */
import test from 'ava';
import { Work } from '../../src/explain/methods/method.ts';
import { inputGradients } from '../../src/explain/gradients.ts';
import { methods } from '../../src/explain/methods/index.ts';
import { integratedGradients } from '../../src/explain/methods/integrated-gradients.ts';
import type { Subject } from '../../src/explain/subject.ts';
import { examine } from '../../src/explain/subject.ts';
import type { Job } from '../../src/explain/targets.ts';
import { classJob, neuronJob, pairJob } from '../../src/explain/targets.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { randomTensor, relativeError } from '../support/tensors.ts';
import { smallClassifier } from './small-classifier.ts';

const engine = createOrtEngine({ threads: 1 });
const { model } = smallClassifier('rectified', engine);
const content = { x: 3, y: 0, width: 17, height: 20 };
const [query, ...hits] = (await examine(
  model,
  [1, 2, 3, 4].map((seed) => randomTensor([3, 20, 24], seed)),
  [content, content],
)) as [Subject, Subject, Subject, Subject];

/** The query against three hits, a hit against the query, and targets of one picture at both sites. */
const jobs: readonly Job[] = [
  ...hits.map((hit) => pairJob(query, hit, 'similarity')),
  pairJob(hits[0], query, 'contrast', hits.slice(1)),
  classJob(model, query, 2),
  neuronJob(hits[1], 4),
  classJob(model, hits[1], 0),
  classJob(model, query, 4),
];

test.after.always(() => engine.dispose());

for (const method of methods) {
  const mapsOf = (of: readonly Job[]) => method.maps(new Work(model, of));

  test(`${method.name}: a batch of jobs gives what each alone gives`, async (t) => {
    const together = await mapsOf(jobs);
    for (const [i, job] of jobs.entries()) {
      const [alone] = await mapsOf([job]);
      t.deepEqual([alone!.width, alone!.height], [24, 20]);
      const error = relativeError(together[i]!.data, alone!.data);
      t.true(error < 1e-4, `job ${i}: relative error ${error}`);
      t.true(
        alone!.data.some((value) => value !== 0),
        `job ${i} is all zero`,
      );
    }
  });

  test(`${method.name}: hits that share the query’s passes get the maps of pairs`, async (t) => {
    const shared = await mapsOf(jobs);
    // Copies are other pictures to the planner: nothing is shared between them.
    const paired = await mapsOf(jobs.map((job) => ({ ...job, subject: { ...job.subject } })));
    for (const [i, map] of shared.entries()) {
      const error = relativeError(map.data, paired[i]!.data);
      t.true(error < 1e-4, `job ${i}: relative error ${error}`);
    }
  });

  test(`${method.name}: nothing on the bars`, async (t) => {
    const [map] = await mapsOf([jobs[0]!]);
    t.true(map!.data.every((value, i) => value === 0 || (i % 24 >= 3 && i % 24 < 20)));
  });
}

for (const { name, maps, passes } of methods.filter((method) => method.passes > 2)) {
  test(`${name} counts its progress to the end, and stops when it is told to`, async (t) => {
    const seen: [number, number | undefined][] = [];
    await maps(
      new Work(model, jobs.slice(0, 2), { onProgress: ({ done, total }) => seen.push([done, total]) }),
    );
    t.true(seen.length > 1);
    t.true(seen.every(([done, total], i) => total === seen[0]![1] && done > (seen[i - 1]?.[0] ?? 0)));
    t.is(seen.at(-1)![0], seen[0]![1]!);
    const controller = new AbortController();
    let heard = 0;
    const work = new Work(model, jobs, {
      signal: controller.signal,
      onProgress: () => {
        heard++;
        controller.abort();
      },
    });
    await t.throwsAsync(maps(work), { code: 'ABORTED' });
    t.is(heard, 1, `of about ${passes} passes`);
  });
}

test('integrated gradients are the mean of many gradients along the way, times the way', async (t) => {
  const steps = 400;
  const [sum, way] = [new Float64Array(480), query.image];
  for (let i = 0; i < steps; i++) {
    const data = way.data.map((value) => (value * (i + 0.5)) / steps);
    const subject = { ...query, image: { dims: way.dims, data } };
    const [gradient] = await inputGradients(model, [{ ...jobs[0]!, subject }], 'gradient');
    for (let k = 0; k < way.data.length; k++) sum[k % 480]! += (way.data[k]! * gradient!.data[k]!) / steps;
  }
  // From the mean colour to the whole: here the bars are part of the way.
  const whole = { ...query, content: { x: 0, y: 0, width: 24, height: 20 } };
  const [map] = await integratedGradients({ tolerance: 0 }).maps(
    new Work(model, [{ ...jobs[0]!, subject: whole }]),
  );
  const error = relativeError(map!.data, sum);
  t.true(error < 0.02, `relative error ${error}`);
});
