/** Explanation graphs on an engine, against what PyTorch's autograd computed. An engine's own test file calls this. */
import test from 'ava';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import type { Engine, EngineOptions } from '../../src/model/engine.ts';
import { graphOf, referenceCases } from '../support/reference-cases.ts';
import { assertClose, batchSlice, repeated } from '../support/tensors.ts';

export function explanationContract(
  name: string,
  createEngine: (options?: EngineOptions) => Engine | Promise<Engine>,
): void {
  let engine: Engine;
  test.before(async () => {
    engine = await createEngine({ threads: 1 });
  });
  test.after.always(() => engine.dispose());

  for (const reference of referenceCases) {
    for (const rule of backwardRules) {
      test(`${name}: ${rule} of reference case ${reference.name} is PyTorch's`, async (t) => {
        const { image, seed } = reference;
        const { graph } = differentiate(graphOf(reference), { rule });
        t.deepEqual(graph.inputs, ['image', 'seed']);
        t.deepEqual(graph.outputs, ['features', 'embedding', 'gradient']);
        const executable = await engine.load(graph);
        const { embedding, gradient } = await executable.run({ image, seed });
        assertClose(t, embedding, reference.embedding, 1e-4, 'embedding');
        assertClose(t, gradient, reference[rule], 1e-4, rule);

        // A batch in which every picture comes twice, with its own seed and with that of another.
        const count = image.dims[0]!;
        const twice = await executable.run({ image: repeated(image, 2), seed: repeated(seed, 2) });
        assertClose(t, batchSlice(twice['gradient']!, count, 2 * count), reference[rule], 1e-4, 'in a batch');
      });

      test(`${name}: ${rule} of reference case ${reference.name}, one picture for several seeds`, async (t) => {
        const { graph } = differentiate(graphOf(reference), { rule, sharedImage: true });
        const executable = await engine.load(graph);
        for (let i = 0; i < reference.image.dims[0]!; i++) {
          const image = batchSlice(reference.image, i, i + 1);
          const seed = repeated(batchSlice(reference.seed, i, i + 1), 3);
          // The second seed is zero: its row must be zero and disturb no other.
          seed.data.fill(0, seed.dims[1], 2 * seed.dims[1]!);
          const { embedding, gradient } = await executable.run({ image, seed });
          const expected = batchSlice(reference[rule], i, i + 1);
          assertClose(t, embedding, batchSlice(reference.embedding, i, i + 1), 1e-4, 'embedding');
          assertClose(t, batchSlice(gradient!, 0, 1), expected, 1e-4, 'the first seed');
          t.true(batchSlice(gradient!, 1, 2).data.every((value) => value === 0));
          assertClose(t, batchSlice(gradient!, 2, 3), expected, 1e-4, 'the last seed');
        }
      });
    }
  }
}
