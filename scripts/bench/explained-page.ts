/** A page of ten explained hits on the default model: the hits' forward passes, both sides' maps, and the quick check beside each. */
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { stack, tensor } from '../../src/core/tensor.ts';
import { examine, explainHits, loadModel, type Subject } from '../../src/index.ts';
import { medians, table } from './measure.ts';

const hitCount = 10;

export async function explainedPage(rounds: number): Promise<string> {
  const model = await loadModel();
  const { width, height } = model.input;
  const random = seededRandom(3);
  const picture = (): Tensor =>
    tensor(
      [3, height, width],
      Float32Array.from({ length: 3 * width * height }, () => random() * 2 - 1),
    );
  const [query] = (await examine(model, [picture()])) as [Subject];
  const hits = Array.from({ length: hitCount }, picture);
  const one = stack(hits.slice(0, 1));
  const time = await medians(
    {
      forward: () => model.forward(one),
      maps: async () => explainHits(model, query, await examine(model, hits)),
      'maps and checks': async () => explainHits(model, query, await examine(model, hits), { check: true }),
    },
    rounds,
  );
  await model.dispose();
  const rows = (['maps', 'maps and checks'] as const).map((name) => [
    `${hitCount} hits: ${name}`,
    time[name].toFixed(0),
    (time[name] / time.forward).toFixed(1),
  ]);
  return `${model.engine.description}; method guided-match, both sides; a forward pass of one picture takes ${time.forward.toFixed(1)} ms\n\n${table(
    ['page', 'ms, median', 'forward passes'],
    rows,
  )}`;
}
