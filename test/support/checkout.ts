import { createRequire } from 'node:module';
import path from 'node:path';

const folder = path.dirname(createRequire(import.meta.url).resolve('whymatch/package.json'));

/** The absolute path of a place in the checkout. Tests run compiled, from build/test, and what is not compiled is elsewhere. */
export function checkout(place = '.'): string {
  return path.join(folder, place);
}
