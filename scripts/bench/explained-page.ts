/**
 * A page of ten explained hits on the default model: the hits' forward passes, both sides' maps, and the quick check beside each; with how
 * often the engine runs for it.
 */
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { stack, tensor } from '../../src/core/tensor.ts';
import { examine, explainHits, explainPage, loadModel, type Subject } from '../../src/index.ts';
import type { Engine } from '../../src/model/engine.ts';
import { Model } from '../../src/model/model.ts';
import { medians, table } from './measure.ts';

const hitCount = 10;

export async function explainedPage(rounds: number): Promise<string> {
  const loaded = await loadModel();
  const { model: name, fingerprint, input, graph } = loaded;
  const counted = counting(loaded.engine);
  const model = new Model(graph, { name, fingerprint, input, featureTensor: 'features' }, counted.engine);
  const content = { x: 0, y: 0, width: input.width, height: input.height };
  const random = seededRandom(3);
  const size = 3 * input.width * input.height;
  const picture = (): Tensor =>
    tensor(
      [3, input.height, input.width],
      Float32Array.from({ length: size }, () => random() * 2 - 1),
    );
  const [query] = (await examine(model, [picture()])) as [Subject];
  const images = Array.from({ length: hitCount }, picture);
  const hits = images.map((image) => ({ image, content }));
  const eight = stack(images.slice(0, 8));
  const pages = {
    'maps, one graph': () => explainPage(model, query, hits),
    'maps, graph by graph': async () => explainHits(model, query, await examine(model, images)),
    'maps and checks, one graph': () => explainPage(model, query, hits, { check: true }),
    'maps and checks, graph by graph': async () =>
      explainHits(model, query, await examine(model, images), { check: true }),
  };
  const time = await medians({ forward: () => model.forward(eight), ...pages }, rounds);
  const pass = time['forward'] / 8;
  const rows: string[][] = [];
  for (const [title, run] of Object.entries(pages)) {
    const before = counted.runs();
    await run();
    const took = time[title as keyof typeof pages];
    rows.push([title, String(counted.runs() - before), took.toFixed(0), (took / pass).toFixed(1)]);
  }
  await model.dispose();
  await loaded.dispose();
  return (
    `${loaded.engine.description}; ${hitCount} hits, guided-match, both sides; median of ${rounds}; a forward pass takes ` +
    `${pass.toFixed(1)} ms a picture in batches of 8\n\n${table(['page', 'engine runs', 'ms', 'forward passes'], rows)}`
  );
}

/** The engine, and how often it ran. */
function counting(engine: Engine): { readonly engine: Engine; runs(): number } {
  let runs = 0;
  const load: Engine['load'] = async (graph) => {
    const executable = await engine.load(graph);
    return {
      dispose: () => executable.dispose(),
      run(inputs, outputs) {
        runs++;
        return executable.run(inputs, outputs);
      },
    };
  };
  const { name, description } = engine;
  return { engine: { name, description, load, dispose: () => engine.dispose() }, runs: () => runs };
}
