// Whether the pictures of a catalogue are still what was indexed.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import type { ItemStore } from './item-store.ts';
import type { Check } from './verify.ts';

/** Reads only files whose size or time differs from what it was. Sources that are no plain paths, such as URLs, are counted and left alone. */
export async function checkSources(store: ItemStore, options: LongRunning): Promise<Check> {
  const tally = { same: 0, missing: 0, changed: 0, elsewhere: 0 };
  const examples: string[] = [];
  const total = store.count();
  let done = 0;
  for (let after = ''; ;) {
    const page = store.list(200, after);
    if (page.length === 0) break;
    after = page.at(-1)!.id;
    const states = await Promise.all(page.map(stateOf));
    for (const [i, state] of states.entries()) {
      tally[state]++;
      if ((state === 'missing' || state === 'changed') && examples.length < 5)
        examples.push(`${page[i]!.id} (${state})`);
    }
    done += page.length;
    options.onProgress?.({ phase: 'check sources', done, total });
    throwIfAborted(options.signal);
  }
  const { same, missing, changed, elsewhere } = tally;
  const aside = elsewhere > 0 ? `; ${elsewhere} are no files here and were not looked at` : '';
  if (missing + changed === 0)
    return { name: 'sources', ok: true, found: `${same} files are as they were${aside}` };
  return {
    name: 'sources',
    ok: false,
    found: `${missing} files are missing and ${changed} have changed: ${examples.join(', ')}${missing + changed > 5 ? ', …' : ''}${aside}`,
    advice: 'Index the source again; delete items whose pictures are gone with `whymatch catalog delete`',
  };
}

async function stateOf(item: Item): Promise<'same' | 'missing' | 'changed' | 'elsewhere'> {
  if (!isAbsolute(item.source)) return 'elsewhere';
  try {
    const { size, mtimeMs } = await stat(item.source);
    if (size !== item.bytes) return 'changed';
    if (mtimeMs === item.modifiedAt) return 'same';
    const hash = createHash('sha256');
    await pipeline(createReadStream(item.source), hash);
    return hash.digest('hex') === item.contentHash ? 'same' : 'changed';
  } catch {
    return 'missing';
  }
}
