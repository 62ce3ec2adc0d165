/** Where the objects of pictures seem to be, found once a picture. */
import type { ExaminedPicture } from '../app/pictures.ts';
import type { Region } from '../app/regions.ts';
import type { Subject } from '../explain/subject.ts';
import type { Studio } from './compute/studio.ts';

/** Asked for again with every page of hits. */
const proposed = new WeakMap<Subject, Promise<Region[]>>();

/** As proposeRegions: what stands out most first. */
export function regionsOf(
  studio: Studio,
  { subject, placement }: Pick<ExaminedPicture, 'subject' | 'placement'>,
): Promise<Region[]> {
  const known = proposed.get(subject) ?? studio.regions(subject, placement);
  proposed.set(subject, known);
  known.catch(() => proposed.delete(subject));
  return known;
}
