/** The first requests of everything, made by the server itself: what they compile, load and start nobody has to wait for. */
import { performance } from 'node:perf_hooks';
import { AppError } from '../core/errors.ts';
import { defaultMethod } from '../explain/methods/index.ts';
import { encode } from '../image/encode.ts';
import { searchOptions } from './schemas/search.ts';
import { search } from './search.ts';
import type { Parts } from './services.ts';

/** A search with a picture that was sent, and the map of its first hit. Throws what the network and the search throw. */
export async function warmUp(parts: Parts): Promise<void> {
  const { network, state, log } = parts;
  state.status = 'starting';
  const start = performance.now();
  await network.warmUp();
  const answer = await search(parts, {
    pictures: [{ part: 'image' }],
    files: [{ name: 'image', bytes: await anyPicture() }],
    options: searchOptions.parse({ duplicates: true, explain: 'none' }),
    signal: new AbortController().signal,
  });
  const [first] = answer.hits;
  if (first) await drawMap(parts, first.id);
  // Somebody may have stopped the server meanwhile.
  if (state.status === 'starting') state.status = 'ok';
  log.info({ milliseconds: Math.round(performance.now() - start) }, 'ready');
}

/** Of an item against itself. One whose picture is gone leaves that to the first who asks. */
async function drawMap({ queries, explainer, studio }: Parts, id: string): Promise<void> {
  const query = queries.source(`item:${id}`, 0);
  const method = defaultMethod;
  try {
    const pair = await explainer.explain({ query, hit: query, method, target: 'similarity', check: false });
    await studio.draw(pair, { method, side: 'hit', layer: 'map', maxSide: 256 });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

/** A square on a ground: something stands out. */
function anyPicture(): Promise<Buffer> {
  const side = 256;
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    return Math.max(Math.abs(x - side / 2), Math.abs(y - side / 2)) < side / 4 ? 40 : 200 + ((x * y) % 32);
  });
  return encode({ width: side, height: side, channels: 3, data }, 'jpeg');
}
