/** The first request of everything, made by the server itself. */
import { tensor } from '../core/tensor.ts';
import { explainHits } from '../explain/explain.ts';
import { examine } from '../explain/subject.ts';
import type { Parts } from './services.ts';

/** Prepares the network, its explanation, and the index. Throws what they throw. */
export async function warmUp({ catalog, model, state, log }: Parts): Promise<void> {
  state.status = 'starting';
  const start = performance.now();
  const { width, height } = model.input;
  const [subject] = await examine(model, [tensor([3, height, width])]);
  await explainHits(model, subject!, [subject!]);
  const direction = new Float32Array(model.dimension);
  direction[0] = 1;
  await catalog.search(direction, { k: 1 });
  // Somebody may have stopped the server meanwhile.
  if (state.status === 'starting') state.status = 'ok';
  log.info({ milliseconds: Math.round(performance.now() - start) }, 'ready');
}
