import test from 'ava';
import type { Rect } from '../../src/core/geometry.ts';
import type { HeatMap } from '../../src/core/heat-map.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { stack } from '../../src/core/tensor.ts';
import { dot } from '../../src/core/vector.ts';
import { blurredCopy } from '../../src/explain/baseline.ts';
import { borderShare, shareOutside, uniformShare, warningsOf } from '../../src/explain/check-warnings.ts';
import { quickChecks } from '../../src/explain/check.ts';
import { explainHits } from '../../src/explain/explain.ts';
import { blockGrid, blockMeans } from '../../src/explain/measures/blocks.ts';
import { withBlocks } from '../../src/explain/measures/perturbation.ts';
import { randomBlocks } from '../../src/explain/measures/quick-check.ts';
import { examine } from '../../src/explain/subject.ts';
import { pairJob } from '../../src/explain/targets.ts';
import { heatMap } from '../../src/image/heat-map.ts';
import { smallModel } from './small-model.ts';
import { randomTensor } from '../support/tensors.ts';

const { model, engine } = smallModel();
const content: Rect = { x: 0, y: 4, width: 40, height: 32 };
const pictures = [1, 2, 3].map((seed) => randomTensor([3, 40, 40], seed));
const [query, ...hits] = await examine(
  model,
  pictures,
  pictures.map(() => content),
);

test.after.always(() => engine.dispose());

const mapOf = (value: (x: number, y: number) => number): HeatMap =>
  heatMap(
    40,
    40,
    Float32Array.from({ length: 1600 }, (_, i) => value(i % 40, Math.floor(i / 40))),
  );

/** The fall of <e, e_p> when the blocks are blurred, each picture mixed and embedded alone. */
async function naiveFall(image: Tensor, chosen: readonly number[], unit: Float32Array): Promise<number> {
  const changed = withBlocks(image, blurredCopy(image, content), blockGrid(content), chosen);
  const [before, after] = [await model.embed(stack([image])), await model.embed(stack([changed]))];
  return dot(before.data, unit) - dot(after.data, unit);
}

test('the falls are those of pictures blurred and embedded one by one', async (t) => {
  const maps = hits.map((_, i) => mapOf((x, y) => Math.sin(x * (i + 1)) + y));
  const jobs = hits.map((hit) => pairJob(query!, hit, 'similarity'));
  const checks = (await quickChecks(model, jobs, { some: maps }, { seed: 5 }))['some']!;
  const grid = blockGrid(content);
  t.is(grid.blocks.length, 20);
  for (const [i, { fall, randomFall }] of checks.entries()) {
    const { unit } = hits[i]!;
    const means = blockMeans(maps[i]!, grid);
    const best = [...means.keys()].sort((a, b) => means[b]! - means[a]!).slice(0, 4);
    t.true(Math.abs(fall - (await naiveFall(query!.image, best, unit))) < 1e-5);
    let sum = 0;
    for (const blocks of randomBlocks(grid, seededRandom(5)))
      sum += await naiveFall(query!.image, blocks, unit);
    t.true(Math.abs(randomFall - sum / 3) < 1e-5);
  }
});

test('an explained page says of every map of both sides what it is worth', async (t) => {
  const explained = await explainHits(model, query!, hits, {
    methods: ['guided-match', 'match'],
    check: true,
  });
  const plain = await explainHits(model, query!, hits, { methods: ['guided-match'] });
  t.is(plain[0]!.checks, undefined);
  for (const { maps, checks } of explained) {
    t.deepEqual(Object.keys(checks!), Object.keys(maps));
    for (const { query, hit } of Object.values(checks!)) {
      for (const { fall, randomFall, verdict, sentence } of [query, hit]) {
        t.is(verdict, fall > 0 && fall > randomFall ? 'faithful' : 'doubtful');
        t.true(sentence.includes(Math.abs(fall).toFixed(2)) && sentence.includes('Blurring the marked 20'));
        t.is(sentence.includes('no better than chance'), verdict === 'doubtful');
      }
    }
  }
});

test('the map of the pixels that the network looks at is faithful, that of the others doubtful', async (t) => {
  // All that depends on the left half of the picture is gone when it is blurred.
  const image = { dims: [3, 40, 40], data: pictures[0]!.data.map((value, i) => (i % 40 < 20 ? value : 0)) };
  const [left] = await examine(model, [image], [content]);
  const jobs = [1, 2].map(() => pairJob(left!, left!, 'similarity'));
  const [good, bad] = (
    await quickChecks(model, jobs, { m: [mapOf((x) => (x < 20 ? 1 : 0)), mapOf((x) => (x < 20 ? 0 : 1))] })
  )['m']!;
  t.is(good!.verdict, 'faithful');
  t.is(bad!.verdict, 'doubtful');
  t.true(Math.abs(bad!.fall) < 0.01);
});

test('the border share is that of the area for a flat map, 0 for the middle and 1 for the edge', (t) => {
  const whole = { x: 0, y: 0, width: 50, height: 50 };
  const map = (value: (x: number, y: number) => number) =>
    heatMap(
      50,
      50,
      Float32Array.from({ length: 2500 }, (_, i) => value(i % 50, Math.floor(i / 50))),
    );
  t.is(
    borderShare(
      map(() => 3),
      whole,
    ),
    1 - (38 / 50) ** 2,
  );
  t.is(
    borderShare(
      map((x, y) => (Math.hypot(x - 25, y - 25) < 15 ? 1 : -9)),
      whole,
    ),
    0,
  );
  t.is(
    borderShare(
      map((x) => (x < 6 ? 1 : 0)),
      whole,
    ),
    1,
  );
  t.is(borderShare(heatMap(50, 50), whole), 0);
});

test('the share outside is that of the energy where the picture stands out little, against the area there', (t) => {
  const whole = { x: 0, y: 0, width: 40, height: 40 };
  const object = mapOf((x) => (x >= 30 ? 1 : 0));
  t.deepEqual(
    shareOutside(
      mapOf(() => 2),
      object,
      whole,
    ),
    { share: 0.75, density: 1 },
  );
  t.deepEqual(shareOutside(object, object, whole), { share: 0, density: 0 });
  t.is(
    shareOutside(
      mapOf((x) => (x < 30 ? 1 : -5)),
      object,
      whole,
    ).share,
    1,
  );
  t.deepEqual(
    shareOutside(
      mapOf(() => 0),
      object,
      whole,
    ),
    { share: 0, density: 0 },
  );
});

test('a map beside the object is warned of, one on it is not', (t) => {
  const features = { dims: [6, 10, 10], data: new Float32Array(600) };
  for (const place of [44, 45, 54, 55]) features.data[place] = 1;
  const whole = { x: 0, y: 0, width: 40, height: 40 };
  const job = {
    ...pairJob(query!, hits[0]!, 'similarity'),
    subject: { ...query!, features, content: whole },
  };
  const kinds = (map: HeatMap) => warningsOf([job], [map])[0]!.map(({ kind }) => kind);
  t.true(kinds(mapOf((x) => (x < 8 ? 1 : 0))).includes('surroundings'));
  t.false(kinds(mapOf((x, y) => (Math.hypot(x - 20, y - 20) < 8 ? 1 : 0))).includes('surroundings'));
});

test('the uniform share is the energy in blocks without detail', (t) => {
  const image = {
    dims: [3, 40, 40],
    data: randomTensor([3, 40, 40]).data.map((v, i) => (i % 40 < 16 ? 1 : v)),
  };
  const subject = { ...query!, image };
  t.is(
    uniformShare(
      mapOf((x) => (x < 16 ? 1 : 0)),
      subject,
    ),
    1,
  );
  t.is(
    uniformShare(
      mapOf((x) => (x < 16 ? 0 : 1)),
      subject,
    ),
    0,
  );
  t.true(
    Math.abs(
      uniformShare(
        mapOf(() => 1),
        subject,
      ) - 0.4,
    ) < 1e-6,
  );
});

test('maps that are the same for hits that differ are named, those of hits that are alike are not', (t) => {
  const same = hits.map((_, i) => mapOf((x, y) => x * y + 0.001 * i * x));
  const differing = hits.map((_, i) => mapOf((x, y) => (i === 0 ? x : y)));
  const unlike = [1, 2].map((seed) => ({
    ...pairJob(query!, hits[0]!, 'similarity'),
    direction: randomTensor([6], seed).data,
  }));
  const kinds = (jobs: Parameters<typeof warningsOf>[0], maps: readonly HeatMap[]) =>
    warningsOf(jobs, maps).map((warnings) => warnings.some(({ kind }) => kind === 'same-for-all'));
  t.deepEqual(kinds(unlike, same), [true, true]);
  t.deepEqual(kinds(unlike, differing), [false, false]);
  const alike = unlike.map((job) => ({ ...job, direction: unlike[0]!.direction }));
  t.deepEqual(kinds(alike, same), [false, false]);
});
