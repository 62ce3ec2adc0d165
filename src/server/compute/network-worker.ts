/** The thread of the network: loads the model, and answers. */
import type { Rect } from '../../core/geometry.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Subject } from '../../explain/subject.ts';
import { loadModel } from '../../model/load-model.ts';
import type { Model } from '../../model/model.ts';
import { type ModelChoice, networkOf, type Questions } from './network.ts';
import { runTasks } from '../../threads/thread.ts';

export type NetworkTasks = ReturnType<typeof tasksOf>;

runTasks(async (choice) => {
  const { model: name, ...options } = choice as ModelChoice;
  const model = await loadModel(name, options);
  return { tasks: tasksOf(model), end: () => model.dispose() };
});

function tasksOf(model: Model) {
  const network = networkOf(model);
  const { model: name, fingerprint, dimension, input, batchSize, quickBatch } = network;
  const engine = model.engine.description;
  const facts = { model: name, fingerprint, dimension, input, batchSize, quickBatch, engine };
  return {
    facts: () => Promise.resolve(facts),
    async examine(images: readonly Tensor[], contents: readonly Rect[]): Promise<Omit<Subject, 'image'>[]> {
      const subjects = await network.examine(images, contents);
      return subjects.map(({ image: _image, ...subject }) => subject);
    },
    explain: (query: Subject, hits: readonly Subject[], options: Questions) =>
      network.explain(query, hits, options),
    explainName: (subject: Subject, reasons: Float32Array, options: Omit<Questions, 'target'>) =>
      network.explainName(subject, reasons, options),
    warmUp: () => network.warmUp(),
    rest: () => network.rest(),
  };
}
