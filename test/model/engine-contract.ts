/** What every Engine must do. An engine's own test file calls this with a way to make one. */
import test from 'ava';
import type { Tensor } from '../../src/core/tensor.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Engine, EngineOptions } from '../../src/model/engine.ts';
import type { Graph } from '../../src/model/graph.ts';
import { interpret } from '../support/interpret.ts';
import { operatorSamples } from '../support/operator-samples.ts';
import { graphOf, referenceCases } from '../support/reference-cases.ts';
import { assertClose, batchSlice, coarseTensor, randomTensor } from '../support/tensors.ts';

/** Largest difference from the reference that is still right, as a share of the largest absolute value. */
export const engineTolerance = 1e-4;

export function engineContract(
  name: string,
  createEngine: (options?: EngineOptions) => Engine | Promise<Engine>,
): void {
  let engine: Engine;
  test.before(async () => {
    engine = await createEngine({ threads: 2 });
  });
  test.after.always(() => engine.dispose());

  test(`${name}: the description says what runs`, async (t) => {
    t.regex(engine.name, /^[a-z0-9-]+$/);
    t.true(engine.description.length > engine.name.length);
    const single = await createEngine({ threads: 1 });
    t.truthy(single.description);
    await single.dispose();
  });

  for (const reference of referenceCases) {
    test(`${name}: the embedding of reference case ${reference.name} is PyTorch's`, async (t) => {
      const executable = await engine.load(graphOf(reference));
      const { embedding } = await executable.run({ image: reference.image });
      assertClose(t, embedding, reference.embedding, engineTolerance, 'embedding');
    });
  }

  for (const [kind, image] of [
    ['noise', randomTensor([2, 3, 7, 6])],
    ['a picture full of ties and zeros', coarseTensor([2, 3, 7, 6])],
  ] as const) {
    test(`${name}: every operator gives what the reference interpreter gives, on ${kind}`, async (t) => {
      const graph = operatorSamples();
      const expected = interpret(graph, { image });
      const results = await (await engine.load(graph)).run({ image });
      t.deepEqual(Object.keys(results).toSorted(), graph.outputs.toSorted());
      for (const output of graph.outputs) {
        assertClose(t, results[output], expected.get(output)!, engineTolerance, output);
      }
    });
  }

  test(`${name}: a batch gives what its pictures give one by one`, async (t) => {
    const graph = operatorSamples();
    const executable = await engine.load(graph);
    const images = randomTensor([8, 3, 7, 6], 5);
    const singles = await Promise.all(
      Array.from({ length: 8 }, (_, i) => executable.run({ image: batchSlice(images, i, i + 1) })),
    );
    for (const count of [1, 3, 8]) {
      const batch = await executable.run({ image: batchSlice(images, 0, count) });
      for (const output of graph.outputs) {
        for (let i = 0; i < count; i++) {
          const own = batchSlice(batch[output]!, i, i + 1);
          assertClose(t, own, singles[i]![output]!, 1e-5, `${output}, picture ${i} of ${count}`);
        }
      }
    }
  });

  test(`${name}: overlapping runs do not disturb one another, and results stay as they were`, async (t) => {
    const executable = await engine.load(doubling());
    const images = Array.from({ length: 12 }, (_, i) => randomTensor([1 + (i % 3), 2, 2, 2], i));
    const results = await Promise.all(images.map((image) => executable.run({ image })));
    for (const [i, { twice }] of results.entries()) {
      t.deepEqual(
        [...twice!.data],
        Array.from(images[i]!.data, (value) => value * 2),
      );
    }
  });

  test(`${name}: an input may be a view into a larger array, and is left as it was`, async (t) => {
    const executable = await engine.load(doubling());
    const all = randomTensor([3, 2, 2, 2], 9);
    const before = Float32Array.from(all.data);
    const view: Tensor = { dims: [1, 2, 2, 2], data: all.data.subarray(8, 16) };
    const { twice } = await executable.run({ image: view });
    t.deepEqual(
      [...twice!.data],
      Array.from(before.subarray(8, 16), (value) => value * 2),
    );
    t.deepEqual(all.data, before);
  });

  test(`${name}: only the outputs that were asked for are given`, async (t) => {
    const executable = await engine.load(doubling());
    const image = randomTensor([1, 2, 2, 2]);
    t.deepEqual(Object.keys(await executable.run({ image }, ['plus'])), ['plus']);
    t.deepEqual(Object.keys(await executable.run({ image })).toSorted(), ['plus', 'twice']);
    await t.throwsAsync(executable.run({ image }, ['nothing']), {
      code: 'ENGINE_INPUT',
      message: /"nothing"/,
    });
  });

  test(`${name}: inputs that do not fit the graph are refused by name`, async (t) => {
    const executable = await engine.load(twoInputs());
    const image = randomTensor([2, 2, 2, 2]);
    const seed = randomTensor([2, 2]);
    const refused = async (inputs: Record<string, Tensor>, message: RegExp) =>
      void (await t.throwsAsync(executable.run(inputs), { code: 'ENGINE_INPUT', message }));
    await refused({ image }, /"seed" of shape \[N, 2\], received nothing/);
    await refused({ image, seed, extra: seed }, /received "extra"/);
    await refused({ image: randomTensor([2, 2, 2, 3]), seed }, /"image" .*\[2, 2, 2, 3\]/);
    await refused({ image: randomTensor([2, 2, 2]), seed }, /"image"/);
    await refused({ image, seed: randomTensor([3, 2]) }, /"seed"/);
    await refused({ image: randomTensor([0, 2, 2, 2]), seed: randomTensor([0, 2]) }, /"image"/);
    await refused({ image: { dims: [2, 2, 2, 2], data: new Float32Array(15) }, seed }, /15 values/);
    t.truthy((await executable.run({ image, seed })).sum);
  });

  test(`${name}: a graph that cannot run is refused when it is loaded`, async (t) => {
    const graph = doubling();
    const nodes = graph.nodes.map((node) => ({ ...node, inputs: ['missing', ...node.inputs.slice(1)] }));
    await t.throwsAsync(engine.load({ ...graph, nodes }), { code: 'ENGINE_FAILED', message: /doubling/ });
  });

  test(`${name}: a run after dispose fails, and dispose may be called twice`, async (t) => {
    const executable = await engine.load(doubling());
    const image = randomTensor([1, 2, 2, 2]);
    await executable.run({ image });
    await executable.dispose();
    await executable.dispose();
    await t.throwsAsync(executable.run({ image }), { code: 'ENGINE_FAILED', message: /disposed/ });
  });

  test(`${name}: runs that are under way when a graph is disposed of still give their results`, async (t) => {
    const reference = referenceCases[0]!;
    const executable = await engine.load(graphOf(reference));
    const runs = Array.from({ length: 6 }, () => executable.run({ image: reference.image }));
    await executable.dispose();
    for (const { embedding } of await Promise.all(runs)) {
      assertClose(t, embedding, reference.embedding, engineTolerance, 'embedding');
    }
  });

  test(`${name}: a graph gives the same after a rest, and runs that a rest meets are not disturbed`, async (t) => {
    const own = await createEngine({ threads: 1 });
    t.teardown(() => own.dispose());
    const executable = await own.load(doubling());
    const image = randomTensor([3, 2, 2, 2]);
    const before = await executable.run({ image });
    const under = executable.run({ image });
    const resting = own.rest?.();
    const meanwhile = executable.run({ image });
    await resting;
    t.deepEqual(await Promise.all([under, meanwhile, executable.run({ image })]), [before, before, before]);
    await own.rest?.();
    await executable.dispose();
    await t.throwsAsync(executable.run({ image }), { code: 'ENGINE_FAILED', message: /disposed/ });
  });

  test(`${name}: disposing of the engine disposes of every graph`, async (t) => {
    const own = await createEngine({ threads: 1 });
    const executables = await Promise.all([own.load(doubling()), own.load(doubling())]);
    await executables[0].dispose();
    await own.dispose();
    for (const executable of executables) {
      await t.throwsAsync(executable.run({ image: randomTensor([1, 2, 2, 2]) }), { code: 'ENGINE_FAILED' });
    }
  });
}

/** image (N,2,2,2) -> twice, plus. */
function doubling(): Graph {
  const builder = new GraphBuilder('doubling');
  const image = builder.input('image', ['N', 2, 2, 2]);
  const twice = builder.add({ op: 'Mul' }, [image, builder.scalar(2)]);
  return builder.build({ twice, plus: builder.add({ op: 'Add' }, [twice, builder.scalar(1)]) });
}

/** image (N,2,2,2), seed (N,2) -> their sum. */
function twoInputs(): Graph {
  const builder = new GraphBuilder('two_inputs');
  const image = builder.input('image', ['N', 2, 2, 2]);
  const column = builder.add({ op: 'Reshape', shape: ['N', 2, 1, 1] }, [builder.input('seed', ['N', 2])]);
  return builder.build({ sum: builder.add({ op: 'Add' }, [image, column]) });
}
