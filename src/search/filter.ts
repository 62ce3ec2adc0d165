/**
 * Filters on what is known of items, as JSON: {"category": "shoes", "price": {"lt": 50}}. docs/filters.md has the grammar. Here text and
 * JSON become a checked tree; filter-sql.ts makes SQL of it. Every error names its place in the filter.
 */
import { AppError, messageOf } from '../core/errors.ts';
import type { Json } from '../core/item.ts';
import { nearMisses } from '../core/near-misses.ts';

export type Scalar = string | number | boolean | null;

/** A column of the catalogue, or the keys that lead to a value in the metadata. */
export type Field = { readonly column: Column } | { readonly keys: readonly string[] };
export type Column = 'id' | 'product_id';
export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte';

export type Filter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: Comparison; readonly field: Field; readonly value: Scalar }
  | { readonly op: 'contains'; readonly field: Field; readonly value: Scalar }
  | { readonly op: 'in'; readonly field: Field; readonly values: readonly Scalar[] }
  | { readonly op: 'exists'; readonly field: Field };

/** What a filter may be made of; far from what SQLite can take. */
export const filterLimits = { depth: 16, conditions: 256, values: 10_000 } as const;

/** Throws FILTER_INVALID with the place in the filter, as the path of JSON that leads there, and a hint. */
export function parseFilter(value: unknown): Filter {
  return new Parser().filter(value, '$', 1);
}

/** The same from text. */
export function parseFilterText(text: string): Filter {
  return parseFilter(filterJson(text));
}

/** The JSON of a filter's text. Throws FILTER_INVALID where it is none. */
export function filterJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw invalid(
      '$',
      `expected JSON, received ${shown(text)} (${messageOf(error)})`,
      `Write names and text in double quotes, and the whole in single quotes for the shell: '{"category": "shoes"}'`,
    );
  }
}

/** The field that a name means. A name that starts with a slash is a JSON pointer (RFC 6901) into the metadata. */
export function fieldOf(name: string): Field {
  if (name === 'id' || name === 'product_id') return { column: name };
  if (!name.startsWith('/')) return { keys: [name] };
  const keys = name.slice(1).split('/');
  return { keys: keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')) };
}

const comparisons = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'contains', 'exists'] as const;
type Operator = (typeof comparisons)[number];

class Parser {
  #conditions = 0;

  filter(value: unknown, path: string, depth: number): Filter {
    if (depth > filterLimits.depth)
      throw invalid(path, `expected at most ${filterLimits.depth} levels, received more`, 'Nest less deeply');
    if (!isObject(value)) {
      throw invalid(
        path,
        `expected an object, received ${shown(value)}`,
        'Write a condition such as {"category": "shoes"}',
      );
    }
    const parts = Object.entries(value).map(([name, part]) =>
      this.#member(name, part, at(path, name), depth),
    );
    return all(parts);
  }

  #member(name: string, value: unknown, path: string, depth: number): Filter {
    if (name === 'not') return { op: 'not', filter: this.filter(value, path, depth + 1) };
    if (name !== 'and' && name !== 'or') return this.#condition(fieldOf(name), value, path);
    if (!Array.isArray(value) || value.length === 0) {
      throw invalid(
        path,
        `expected a list of filters, received ${shown(value)}`,
        `Write {"${name}": [{"category": "shoes"}, {"price": {"lt": 50}}]}; for a field of that name write "/${name}"`,
      );
    }
    const filters = value.map((part, i) => this.filter(part, `${path}[${i}]`, depth + 1));
    return { op: name, filters };
  }

  #condition(field: Field, value: unknown, path: string): Filter {
    if (Array.isArray(value)) {
      throw invalid(
        path,
        `expected a value or operators, received a list`,
        'For one of several values write {"in": [...]}; for a list that has a value write {"contains": ...}',
      );
    }
    if (!isObject(value)) return this.#operation(field, 'eq', value, path);
    const entries = Object.entries(value);
    if (entries.length === 0) {
      throw invalid(path, 'expected operators, received {}', `Operators are ${comparisons.join(', ')}`);
    }
    return all(
      entries.map(([name, operand]) => {
        if (!isOperator(name)) throw unknownOperator(at(path, name), name);
        return this.#operation(field, name, operand, at(path, name));
      }),
    );
  }

  #operation(field: Field, operator: Operator, operand: unknown, path: string): Filter {
    if (++this.#conditions > filterLimits.conditions) {
      throw invalid(
        path,
        `expected at most ${filterLimits.conditions} conditions, received more`,
        'Use "in" for many values of one field',
      );
    }
    if (operator === 'in') return { op: 'in', field, values: listOf(operand, path) };
    if (operator === 'exists') {
      if (typeof operand !== 'boolean')
        throw invalid(path, `expected true or false, received ${shown(operand)}`, 'Write {"exists": true}');
      return operand ? { op: 'exists', field } : { op: 'not', filter: { op: 'exists', field } };
    }
    const value = scalarOf(operand, path);
    if (operator === 'ne') return { op: 'not', filter: { op: 'eq', field, value } };
    if (
      operator !== 'eq' &&
      operator !== 'contains' &&
      typeof value !== 'number' &&
      typeof value !== 'string'
    ) {
      throw invalid(
        path,
        `expected a number or text, received ${shown(value)}`,
        'Only numbers and text have an order; use "eq" for true, false and null',
      );
    }
    return { op: operator, field, value };
  }
}

function all(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : { op: 'and', filters };
}

function listOf(value: unknown, path: string): readonly Scalar[] {
  if (!Array.isArray(value)) {
    throw invalid(path, `expected a list, received ${shown(value)}`, 'Write {"in": ["red", "blue"]}');
  }
  if (value.length > filterLimits.values) {
    throw invalid(
      path,
      `expected at most ${filterLimits.values} values, received ${value.length}`,
      'Search several times, or keep what they have in common as metadata',
    );
  }
  return value.map((entry, i) => scalarOf(entry, `${path}[${i}]`));
}

function scalarOf(value: unknown, path: string): Scalar {
  // Half a surrogate pair is no text that SQLite could compare.
  if (typeof value === 'string' && !/\p{Surrogate}/u.test(value)) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'boolean' || value === null) return value;
  throw invalid(
    path,
    `expected text, a number, true, false or null, received ${shown(value)}`,
    'For a value inside an object name the way to it: {"/size/eu": 40}',
  );
}

function unknownOperator(path: string, name: string): AppError {
  const [near] = nearMisses(name.replace(/^\$/, ''), comparisons);
  const hint = `${near ? `Did you mean "${near}"?` : `Operators are ${comparisons.join(', ')}.`} For a value inside an object name the way to it: {"/size/eu": 40}`;
  return invalid(path, `expected an operator, received "${name}"`, hint);
}

function invalid(path: string, message: string, hint: string): AppError {
  return new AppError('FILTER_INVALID', `the filter is wrong at ${path}: ${message}. ${hint}`, {
    details: { path, hint },
  });
}

function at(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function isOperator(name: string): name is Operator {
  return (comparisons as readonly string[]).includes(name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
