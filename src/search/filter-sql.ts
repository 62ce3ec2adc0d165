/**
 * A filter as SQL over the row of an item. Names, paths and values are bound, never written into the text, so the text depends on
 * the shape of the filter alone. Each part is 0 or 1, never NULL: "not" is the exact opposite of what it stands before.
 */
import type { Column, Comparison, Field, Filter, Scalar } from './filter.ts';

export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** How field_values sorts values, which never equal one of another kind. 4, lists and objects, is only asked whether it exists. */
export const valueKinds = { null: 0, boolean: 1, number: 2, string: 3 } as const;

const symbols: Record<Comparison, string> = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' };

/** A condition on the columns of `items`. `fieldIndex` gives the number of a path of metadata that is indexed. */
export function filterSql(filter: Filter, fieldIndex: (path: string) => number | undefined): Sql {
  switch (filter.op) {
    case 'and':
    case 'or': {
      if (filter.filters.length === 0) return sql('1');
      const parts = filter.filters.map((part) => filterSql(part, fieldIndex));
      const text = parts.map((part) => part.text).join(filter.op === 'and' ? ' AND ' : ' OR ');
      return sql(`(${text})`, ...parts.flatMap((part) => part.values));
    }
    case 'not': {
      const { text, values } = filterSql(filter.filter, fieldIndex);
      return sql(`NOT ${text}`, ...values);
    }
    default:
      return conditionSql(filter, fieldIndex);
  }
}

/** The path of SQLite's JSON functions: $."size"."eu". Its quoted keys are JSON strings. */
export function jsonPath(keys: readonly string[]): string {
  return `$${keys.map((key) => `.${JSON.stringify(key)}`).join('')}`;
}

type Condition = Exclude<Filter, { op: 'and' | 'or' | 'not' }>;

function conditionSql(condition: Condition, fieldIndex: (path: string) => number | undefined): Sql {
  const { field } = condition;
  if ('column' in field) return columnSql(field.column, condition);
  const path = jsonPath(field.keys);
  if (condition.op === 'contains') return containsSql(path, condition.value);
  const number = fieldIndex(path);
  return number === undefined ? metadataSql(path, condition) : indexedSql(number, condition);
}

function columnSql(column: Column, condition: Condition): Sql {
  switch (condition.op) {
    case 'exists':
      return sql(`(${column} IS NOT NULL)`);
    case 'contains':
      return sql('0');
    case 'in': {
      const texts = condition.values.filter((value) => typeof value === 'string');
      const listed = sql(`ifnull(${column} IN (SELECT value FROM json_each(?)), 0)`, JSON.stringify(texts));
      return condition.values.includes(null) ? anyOf([listed, sql(`(${column} IS NULL)`)]) : listed;
    }
    default: {
      if (condition.value === null) return sql(`(${column} IS NULL)`);
      if (typeof condition.value !== 'string') return sql('0');
      return sql(`ifnull(${column} ${symbols[condition.op]} ?, 0)`, condition.value);
    }
  }
}

/** Without an index: the metadata of every row is parsed. */
function metadataSql(path: string, condition: Exclude<Condition, { op: 'contains' }>): Sql {
  const type = sql('json_type(metadata, ?)', path);
  const value = sql('json_extract(metadata, ?)', path);
  switch (condition.op) {
    case 'exists':
      return sql(`(${type.text} IS NOT NULL)`, path);
    case 'in':
      return anyOf(
        groupsOf(condition.values).map(({ sample, list }) => typed(type, value, sample, 'in', list)),
      );
    default:
      return typed(type, value, condition.value, condition.op, condition.value);
  }
}

function containsSql(path: string, value: Scalar): Sql {
  const element = typed(sql('element.type'), sql('element.value'), value, 'eq', value);
  return sql(
    `(json_type(metadata, ?) IS 'array' AND EXISTS (SELECT 1 FROM json_each(metadata, ?) AS element WHERE ${element.text}))`,
    path,
    path,
    ...element.values,
  );
}

/** Whether a JSON value of a type that SQLite names so is of the kind of `sample`, and compares to `operand` as `op` says. */
function typed(type: Sql, value: Sql, sample: Scalar, op: Comparison | 'in', operand: Scalar | string): Sql {
  if (sample === null) return sql(`ifnull(${type.text} = 'null', 0)`, ...type.values);
  if (typeof sample === 'boolean') return sql(`ifnull(${type.text} = ?, 0)`, ...type.values, String(sample));
  const number = typeof sample === 'number';
  const isKind = number ? `IN ('integer', 'real')` : `= 'text'`;
  // Whole numbers beyond 2^53 are written inexactly in JSON, and compared as what they are in JavaScript.
  const left = number ? `CAST(${value.text} AS REAL)` : value.text;
  const right = op === 'in' ? `IN (${listSql(number)})` : `${symbols[op]} ?`;
  return sql(
    `ifnull(${type.text} ${isKind} AND ${left} ${right}, 0)`,
    ...type.values,
    ...value.values,
    operand as string | number,
  );
}

function indexedSql(field: number, condition: Exclude<Condition, { op: 'contains' }>): Sql {
  const within = (where: string, ...values: (string | number)[]) =>
    sql(`label IN (SELECT label FROM field_values WHERE field = ?${where})`, field, ...values);
  switch (condition.op) {
    case 'exists':
      return within('');
    case 'in':
      return anyOf(
        groupsOf(condition.values).map(({ sample, list }) =>
          typeof list === 'string'
            ? within(
                ` AND kind = ? AND value IN (${listSql(typeof sample === 'number')})`,
                kindOf(sample),
                list,
              )
            : within(' AND kind = ? AND value = ?', kindOf(sample), stored(sample)),
        ),
      );
    default: {
      const { value, op } = condition;
      return within(` AND kind = ? AND value ${symbols[op]} ?`, kindOf(value), stored(value));
    }
  }
}

/** The values of "in" by kind: numbers and texts as one JSON list each, true, false and null one by one. */
function groupsOf(values: readonly Scalar[]): { sample: Scalar; list: Scalar | string }[] {
  const numbers = values.filter((value) => typeof value === 'number');
  const texts = values.filter((value) => typeof value === 'string');
  const others = [true, false, null].filter((value) => values.includes(value));
  return [
    ...(numbers.length > 0 ? [{ sample: numbers[0]!, list: JSON.stringify(numbers) }] : []),
    ...(texts.length > 0 ? [{ sample: texts[0]!, list: JSON.stringify(texts) }] : []),
    ...others.map((value) => ({ sample: value, list: value })),
  ];
}

function listSql(numbers: boolean): string {
  return `SELECT ${numbers ? 'CAST(value AS REAL)' : 'value'} FROM json_each(?)`;
}

function anyOf(parts: readonly Sql[]): Sql {
  if (parts.length === 0) return sql('0');
  return sql(`(${parts.map(({ text }) => text).join(' OR ')})`, ...parts.flatMap(({ values }) => values));
}

function kindOf(value: Scalar): number {
  return value === null ? valueKinds.null : valueKinds[typeof value as 'boolean' | 'number' | 'string'];
}

/** A value as field_values holds it. */
function stored(value: Scalar): string | number {
  return value === null ? 0 : typeof value === 'boolean' ? Number(value) : value;
}

function sql(text: string, ...values: (string | number)[]): Sql {
  return { text, values };
}

/** The name of a field as a filter has it. */
export function fieldName(field: Field): string {
  if ('column' in field) return field.column;
  const [first] = field.keys;
  if (field.keys.length === 1 && !/^(\/|(id|product_id|and|or|not)$)/.test(first!)) return first!;
  return field.keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
