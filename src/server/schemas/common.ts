/** Schemas that several routes share. Every named schema is a component of the OpenAPI document. */
import { z } from 'zod';
import type { Rect } from '../../core/geometry.ts';
import type { Json } from '../../core/item.ts';

/** The named schemas. */
export const components = z.registry<{ id: string }>();

export function component<T extends z.ZodType>(id: string, schema: T): T {
  components.add(schema, { id });
  return schema;
}

export const rect = component(
  'Rect',
  z
    .strictObject({
      x: z.number(),
      y: z.number(),
      width: z.number().positive(),
      height: z.number().positive(),
    })
    .describe('A rectangle in pixels; x, y is its top left corner.'),
);

/** A rectangle in a query string. */
export const rectText = z
  .string()
  .max(200)
  .transform((text) => text.split(',').map(Number))
  .pipe(z.tuple([z.number(), z.number(), z.number().positive(), z.number().positive()]))
  .transform(([x, y, width, height]): Rect => ({ x, y, width, height }));

export const size = component('Size', z.strictObject({ width: z.int().min(1), height: z.int().min(1) }));

export const point = component('Point', z.strictObject({ x: z.number(), y: z.number() }));

const deepest = 16;

/** Any JSON, not too deep: recursion over it must end. */
export const json = component(
  'Json',
  z
    .unknown()
    .refine((value) => isShallow(value, deepest), `expected at most ${deepest} levels`)
    .transform((value) => value as Json)
    .describe('Any JSON value.'),
);

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

export const metadata = component(
  'Metadata',
  z
    .record(z.string().min(1).max(200), z.unknown())
    .refine((value) => isShallow(value, deepest), `expected at most ${deepest} levels`)
    .refine((value) => !Object.hasOwn(value, '__proto__'), 'expected other names than __proto__')
    .describe('Facts about an item, by name.'),
);

export const itemId = z.string().min(1).max(1024).describe('The id of an item.');

export const problem = component(
  'Problem',
  z
    .strictObject({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      detail: z.string(),
      code: z.string().describe('A code of docs/errors.md.'),
      requestId: z.string(),
      errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    })
    .describe('RFC 9457 problem details.'),
);

/** A JSON text in a query string or a form field, of a schema. */
export function jsonText<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .max(100_000)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.issues.push({ code: 'custom', message: 'expected JSON', input: text });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** A filter in a query string. */
export const filterText = jsonText(json).describe('As JSON text: the grammar of docs/filters.md.');

/** A whole number in a query string. */
export const wholeNumber = (min: number, max: number) =>
  written(z.coerce.number<string>().pipe(z.int().min(min).max(max)), {
    type: 'integer',
    minimum: min,
    maximum: max,
  });

export const numberText = (min: number, max: number) =>
  written(z.coerce.number<string>().pipe(z.number().min(min).max(max)), {
    type: 'number',
    minimum: min,
    maximum: max,
  });

/** How the OpenAPI document writes a schema whose input says less than what it becomes. */
export const writtenAs = new WeakMap<object, Readonly<Record<string, unknown>>>();

function written<T extends z.ZodType>(schema: T, as: Readonly<Record<string, unknown>>): T {
  writtenAs.set(schema, as);
  return schema;
}

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** Names with commas in a query string. */
export const nameList = z
  .string()
  .max(2000)
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.string().min(1)).max(50));
