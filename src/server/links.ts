/** Where things are found: the one place that writes the API's paths into answers. */
import type { LookedAtParts, Rect } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';

const part = encodeURIComponent;

/** The version in a link makes what it leads to unchanging, so that clients may keep it. */
const version = ({ contentHash }: Item): string => contentHash.slice(0, 12);

export const itemLink = (id: string): string => `/v1/items/${part(id)}`;
export const imageLink = (item: Item): string => `${itemLink(item.id)}/image?v=${version(item)}`;
export const thumbnailLink = (item: Item): string => `${itemLink(item.id)}/thumbnail?v=${version(item)}`;
export const similarLink = (id: string): string => `${itemLink(id)}/similar`;
export const queryPictureLink = (queryId: string, picture: number): string =>
  `/v1/queries/${part(queryId)}/pictures/${picture}`;

/** Those that differ from the defaults. */
type Parameters = Readonly<Record<string, string | number>>;

/** What of a pair is explained where hits were looked at more closely. */
export const partParameters = ({ query, hit }: LookedAtParts): Parameters => ({
  ...(query && { queryPart: rectText(query) }),
  ...(hit && { hitPart: rectText(hit) }),
});

const rectText = ({ x, y, width, height }: Rect): string => [x, y, width, height].join(',');

export const explanationLink = (queryId: string, itemId: string, parameters: Parameters = {}): string =>
  withParameters(`/v1/explanations/${part(queryId)}/${part(itemId)}`, parameters);
/** Why a picture of a query gets its name. */
export const nameLink = (queryId: string, parameters: Parameters = {}): string =>
  withParameters(`/v1/queries/${part(queryId)}/name`, parameters);

function withParameters(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  return query.size > 0 ? `${path}?${query.toString()}` : path;
}
