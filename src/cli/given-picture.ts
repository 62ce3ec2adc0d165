/** A picture as the command line names it: a file, or an item of a catalogue. */
import { readItemPicture, type PictureInput } from '../app/pictures.ts';
import { AppError } from '../core/errors.ts';
import type { Rect } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import type { Catalog } from '../search/catalog.ts';

export interface GivenPicture {
  /** As the user wrote it. */
  readonly name: string;
  readonly input: PictureInput;
  /** The item, where it is one. */
  readonly item?: Item;
}

export function givenFile(file: string, crop?: Rect): GivenPicture {
  return { name: file, input: { source: file, crop } };
}

/** Throws ITEM_NOT_FOUND, ITEM_CHANGED and the IMAGE_ codes. */
export async function givenItem(catalog: Catalog, id: string, crop?: Rect): Promise<GivenPicture> {
  const item = itemOf(catalog, id);
  return { name: id, item, input: { source: await readItemPicture(item), crop } };
}

/** The item of that id. Throws ITEM_NOT_FOUND. */
export function itemOf(catalog: Catalog, id: string): Item {
  const item = catalog.get(id);
  if (item) return item;
  const example = catalog.list({ limit: 1 })[0]?.id;
  const hint = example === undefined ? 'the catalogue has no items' : `ids look like "${example}"`;
  throw new AppError('ITEM_NOT_FOUND', `the catalogue ${catalog.directory} has no item "${id}"; ${hint}`, {
    details: { directory: catalog.directory, id },
  });
}
