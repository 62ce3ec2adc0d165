/** Asks as links: those of indexed items and addresses survive in a link; a file does not, it is on the person's own machine. */
import type { Rect } from '../../../src/core/geometry.ts';
import type { Ask, AskedPicture, Conditions, PictureSource, Range } from './ask.ts';
import { noConditions } from './ask.ts';

/** The search part of a link, or undefined where a picture is a file. */
export function linkOf({ pictures, conditions }: Ask): string | undefined {
  const link = new URLSearchParams();
  for (const { source, like, region, ignore, focus, framed } of pictures) {
    if (source.kind === 'file') return undefined;
    const name = source.kind === 'url' ? 'url' : like ? 'like' : 'unlike';
    link.append(name, source.kind === 'url' ? source.url : source.id);
    if (region) link.set('region', written(region));
    for (const rect of ignore) link.append('ignore', written(rect));
    if (focus !== undefined) link.set('focus', focus);
    if (framed) link.set('frame', 'counts');
  }
  for (const [field, values] of Object.entries(conditions.values)) {
    for (const value of values) link.append(`is.${field}`, JSON.stringify(value));
  }
  for (const [field, { min, max }] of Object.entries(conditions.ranges)) {
    link.set(`in.${field}`, `${min ?? ''}..${max ?? ''}`);
  }
  if (conditions.minScore > 0) link.set('min', String(conditions.minScore));
  if (conditions.byProduct) link.set('by', 'product');
  const { closely, agreeOn } = conditions;
  if (closely !== undefined) link.set('look', closely ? 'closely' : 'once');
  if (agreeOn !== undefined) link.set('agree', agreeOn);
  return link.toString();
}

/** The ask of a link; undefined where it asks for nothing. What cannot be read is left out. */
export function askOf(text: string): Ask | undefined {
  const link = new URLSearchParams(text);
  const pictures: AskedPicture[] = [];
  for (const [name, value] of link) {
    const source = sourceOf(name, value);
    if (source) pictures.push({ source, like: name !== 'unlike', ignore: [] });
  }
  const [first, ...others] = pictures;
  if (!first?.like) return undefined;
  const region = readRect(link.get('region') ?? '');
  const focus = link.get('focus');
  const subject = {
    ...first,
    ...(region ? { region } : {}),
    ...(focus === null ? {} : { focus }),
    ...(link.get('frame') === 'counts' ? { framed: true as const } : {}),
    ignore: link.getAll('ignore').flatMap((rect) => readRect(rect) ?? []),
  };
  return { pictures: [subject, ...others], conditions: conditionsOf(link) };
}

function sourceOf(name: string, value: string): PictureSource | undefined {
  if (name === 'url') return { kind: 'url', url: value };
  return name === 'like' || name === 'unlike' ? { kind: 'item', id: value } : undefined;
}

function conditionsOf(link: URLSearchParams): Conditions {
  // A field may have any name, __proto__ too.
  const values = new Map<string, (string | number | boolean | null)[]>();
  const ranges = new Map<string, Range>();
  for (const [name, text] of link) {
    const field = name.slice(3);
    if (name.startsWith('is.')) values.set(field, [...(values.get(field) ?? []), scalar(text)]);
    const range = name.startsWith('in.') ? readRange(text) : {};
    if (Object.keys(range).length > 0) ranges.set(field, range);
  }
  const minScore = Number(link.get('min') ?? 0) || 0;
  return {
    ...noConditions,
    values: Object.fromEntries(values),
    ranges: Object.fromEntries(ranges),
    minScore,
    byProduct: link.get('by') === 'product',
    closely: link.has('look') ? link.get('look') === 'closely' : undefined,
    agreeOn: link.get('agree') ?? undefined,
  };
}

function scalar(text: string): string | number | boolean | null {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object') return value as string | number | boolean | null;
  } catch {
    // Written by hand: plain text.
  }
  return text;
}

function readRange(text: string): Range {
  const [min, max] = text.split('..').map((end) => (end === '' ? Number.NaN : Number(end)));
  return {
    ...(Number.isFinite(min) ? { min: min! } : {}),
    ...(Number.isFinite(max) ? { max: max! } : {}),
  };
}

const written = ({ x, y, width, height }: Rect): string => [x, y, width, height].map(Math.round).join(',');

function readRect(text: string): Rect | undefined {
  const [x, y, width, height] = text.split(',').map(Number);
  if (text === '' || ![x, y, width, height].every(Number.isFinite)) return undefined;
  return { x: x!, y: y!, width: width!, height: height! };
}
