/** An ask as the body of POST /v1/search. */
import type { Ask, AskedPicture, Conditions } from './ask.ts';

export interface SearchRequest {
  readonly body: string | FormData;
  /** Absent for a form, whose type the browser writes. */
  readonly type?: string;
}

/** A file that the server has from an earlier search. */
export interface Uploaded {
  readonly queryId: string;
  readonly picture: number;
}

export const pageSize = 24;

/** Files that the server does not have yet travel as parts of a form, as `sent` has them; all else is JSON. */
export function searchRequest(
  ask: Ask,
  offset: number,
  uploads: { readonly get: (file: Blob) => Uploaded | undefined },
  sent: { readonly get: (file: Blob) => Blob | undefined } = new Map(),
): SearchRequest {
  const files: Blob[] = [];
  const sourceOf = ({ source }: AskedPicture): object => {
    if (source.kind === 'item') return { item: source.id };
    if (source.kind === 'url') return { url: source.url };
    const uploaded = uploads.get(source.file);
    if (uploaded) return uploaded;
    const place = files.push(source.file) - 1;
    return { part: place === 0 ? 'image' : `image:${place}` };
  };
  const query = ask.pictures.map((picture, i) => ({
    ...sourceOf(picture),
    ...(i === 0 ? {} : { weight: picture.like ? exampleWeight : counterWeight }),
    ...(picture.region ? { region: picture.region } : {}),
    ...(picture.ignore.length > 0 ? { ignore: picture.ignore } : {}),
    ...(picture.focus === undefined ? {} : { focus: picture.focus }),
  }));
  const unframe = ask.pictures[0]?.framed ? { unframe: false } : {};
  // Places are those of one picture.
  const { closely } = ask.conditions;
  const rerank = closely === undefined || query.length > 1 ? {} : { rerank: closely ? rerankedHits : 0 };
  const request = {
    query,
    k: pageSize,
    offset,
    duplicates: true,
    ...unframe,
    ...rerank,
    ...conditionsOf(ask.conditions),
  };
  if (files.length === 0) return { body: JSON.stringify(request), type: 'application/json' };
  const form = new FormData();
  form.set('request', JSON.stringify(request));
  for (const file of files) form.append('image', sent.get(file) ?? file, 'picture');
  return { body: form };
}

/** As measured in docs/evaluation.md. */
const rerankedHits = 20;

/**
 * The proportions of Rocchio's formula (1971), with more weight on what is not wanted: one picture says less than the many documents that
 * his 0.15 was made for.
 */
const exampleWeight = 0.75;
const counterWeight = -0.35;

/** Values and ranges as the API's filter; {} where there are none. */
export function filterOf({ values, ranges }: Conditions): Record<string, object> {
  const filter: Record<string, object> = {};
  for (const [field, wanted] of Object.entries(values)) filter[pointer(field)] = { in: wanted };
  for (const [field, { min, max }] of Object.entries(ranges)) {
    filter[pointer(field)] = {
      ...(min === undefined ? {} : { gte: min }),
      ...(max === undefined ? {} : { lte: max }),
    };
  }
  return filter;
}

function conditionsOf(conditions: Conditions): object {
  const { minScore, byProduct, agreeOn } = conditions;
  const filter = filterOf(conditions);
  return {
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...(minScore > 0 ? { minScore } : {}),
    ...(byProduct ? { groupBy: 'product' } : {}),
    ...(agreeOn === undefined ? {} : { agreeOn }),
  };
}

/** A field as a JSON pointer, so that no name of a field can mean an operator. */
const pointer = (field: string): string => `/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
