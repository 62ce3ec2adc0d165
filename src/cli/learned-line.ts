/** What was learned of names, in a line. */
import type { KnownNames } from '../search/naming/names-file.ts';
import { counted } from './format.ts';

/** "learned 20 names of category from 713 pictures: 85 % right on pictures left out (82 to 87)" */
export function learnedLine({ field, namer, examples: of, accuracy }: KnownNames): string {
  const { value, low, high } = accuracy;
  const whole = (share: number) => Math.round(100 * share);
  return `learned ${counted(namer.names.length, 'name')} of ${field} from ${counted(of, 'picture')}: ${whole(value)} % right on pictures left out (${whole(low)} to ${whole(high)})`;
}
