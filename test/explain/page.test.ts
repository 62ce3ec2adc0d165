import test from 'ava';
import { explainHits, explainPage, type Explanation } from '../../src/explain/explain.ts';
import { examine, type Subject } from '../../src/explain/subject.ts';
import type { Engine } from '../../src/model/engine.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { Model } from '../../src/model/model.ts';
import { randomTensor } from '../support/tensors.ts';
import { smallModel } from './small-model.ts';
import { checkout } from '../support/checkout.ts';

const content = { x: 0, y: 4, width: 40, height: 32 };
const small = smallModel();
test.after.always(() => small.engine.dispose());

/** The engine, and how often it ran. */
function counting(engine: Engine): { readonly engine: Engine; runs(): number } {
  let runs = 0;
  const counted: Engine = {
    name: engine.name,
    description: engine.description,
    dispose: () => engine.dispose(),
    async load(graph) {
      const executable = await engine.load(graph);
      return {
        dispose: () => executable.dispose(),
        run(inputs, outputs) {
          runs++;
          return executable.run(inputs, outputs);
        },
      };
    },
  };
  return { engine: counted, runs: () => runs };
}

const mapsOf = (explanations: readonly Explanation[]) =>
  explanations.flatMap(({ maps, shares }) =>
    [shares, ...Object.values(maps)].flatMap(({ query, hit }) => [query, hit]),
  );

/** Largest difference, against the largest value. */
function difference(a: readonly Explanation[], b: readonly Explanation[]): number {
  const others = mapsOf(b);
  return Math.max(
    ...mapsOf(a).map(({ data }, i) => {
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
      return (
        data.reduce((most, value, k) => Math.max(most, Math.abs(value - others[i]!.data[k]!)), 0) / largest
      );
    }),
  );
}

async function compare(model: Model, methods: readonly string[]) {
  const { width, height } = model.input;
  const box = width === 40 ? content : { x: 0, y: 0, width, height };
  const pictures = [1, 2, 3, 4].map((seed) => ({
    image: randomTensor([3, height, width], seed),
    content: box,
  }));
  const [query, ...hits] = (await examine(
    model,
    pictures.map(({ image }) => image),
    pictures.map(() => box),
  )) as [Subject, ...Subject[]];
  const apart = await explainHits(model, query, hits, { methods });
  const page = await explainPage(model, query, pictures.slice(1), { methods });
  return { apart, page, hits };
}

for (const methods of [['guided-match'], ['gradient', 'input-gradient', 'match'], ['deconvnet']]) {
  test(`a page explained in one run is what its hits are one by one: ${methods.join(', ')}`, async (t) => {
    const { apart, page, hits } = await compare(small.model, methods);
    t.true(difference(apart, page.explanations) < 1e-4);
    for (const [i, { score }] of page.explanations.entries())
      t.true(Math.abs(score - apart[i]!.score) < 1e-5);
    t.deepEqual(
      page.subjects.map(({ norm }) => norm.toFixed(4)),
      hits.map(({ norm }) => norm.toFixed(4)),
    );
  });
}

test('the same with max-pooling, whose positions are those of each half', async (t) => {
  const file = checkout('test/fixtures/backward/maxpool-overlap/model.onnx');
  const model = await loadModel(file, { threads: 1 });
  t.true(model.graph.nodes.some(({ op }) => op === 'MaxPool'));
  const { apart, page } = await compare(model, ['guided-match']);
  t.true(difference(apart, page.explanations) < 1e-4);
  await model.dispose();
});

test('a page of ten hits with its checks is two engine runs', async (t) => {
  const { engine, runs } = counting(small.engine);
  const { model: name, fingerprint, input, graph } = small.model;
  const model = new Model(graph, { name, fingerprint, input, featureTensor: 'features' }, engine);
  const images = Array.from({ length: 11 }, (_, i) => randomTensor([3, 40, 40], i + 20));
  const [query] = (await examine(model, [images[0]!], [content])) as [Subject];
  const before = runs();
  const hits = images.slice(1).map((image) => ({ image, content }));
  const { explanations } = await explainPage(model, query, hits, { check: true });
  t.is(runs() - before, 2);
  t.true(explanations.every(({ checks }) => checks!['guided-match']!.hit.sentence.startsWith('Blurring')));
});

test('two rules, slow methods and other targets are explained all the same', async (t) => {
  const hits = [2, 3].map((seed) => ({ image: randomTensor([3, 40, 40], seed), content }));
  const [query] = (await examine(small.model, [randomTensor([3, 40, 40], 1)], [content])) as [Subject];
  for (const options of [
    { methods: ['guided', 'gradient'] },
    { methods: ['match'] },
    { target: 'cosine' as const },
    { methods: ['smooth-grad'] },
  ]) {
    const { subjects, explanations } = await explainPage(small.model, query, hits, options);
    const apart = await explainHits(small.model, query, subjects, options);
    t.is(difference(apart, explanations), 0);
  }
  t.deepEqual(await explainPage(small.model, query, []), { subjects: [], explanations: [] });
});
