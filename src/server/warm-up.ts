/** The first request of everything, made by the server itself. */
import type { Parts } from './services.ts';

/** Prepares the network, its explanation, and the index. Throws what they throw. */
export async function warmUp({ catalog, network, state, log }: Parts): Promise<void> {
  state.status = 'starting';
  const start = performance.now();
  await network.warmUp();
  const direction = new Float32Array(network.dimension);
  direction[0] = 1;
  await catalog.search(direction, { k: 1 });
  // Somebody may have stopped the server meanwhile.
  if (state.status === 'starting') state.status = 'ok';
  log.info({ milliseconds: Math.round(performance.now() - start) }, 'ready');
}
