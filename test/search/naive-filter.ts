// What filters mean, written down a second time without SQL: the measure of src/search/filter-sql.ts.
import type { Json, Metadata } from '../../src/core/item.ts';

export interface Row {
  readonly id: string;
  readonly productId: string | null;
  readonly metadata: Metadata;
}

export function matches(filter: Json, row: Row): boolean {
  return Object.entries(filter as Metadata).every(([name, value]) => {
    if (name === 'and') return (value as Json[]).every((part) => matches(part, row));
    if (name === 'or') return (value as Json[]).some((part) => matches(part, row));
    if (name === 'not') return !matches(value, row);
    const found = valueAt(name, row);
    if (typeof value !== 'object' || value === null) return found === value;
    return Object.entries(value).every(([operator, operand]) =>
      // An item without a product has the product null, which does not exist.
      name === 'product_id' && operator === 'exists'
        ? (found !== null) === operand
        : holds(operator, found, operand),
    );
  });
}

function valueAt(name: string, row: Row): Json | undefined {
  if (name === 'id') return row.id;
  if (name === 'product_id') return row.productId;
  const keys = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    : [name];
  let value: Json | undefined = row.metadata;
  for (const key of keys) {
    const inside: unknown = value;
    if (
      typeof inside !== 'object' ||
      inside === null ||
      Array.isArray(inside) ||
      !Object.hasOwn(inside, key)
    ) {
      return undefined;
    }
    value = (inside as Metadata)[key];
  }
  return value;
}

function holds(operator: string, found: Json | undefined, operand: Json): boolean {
  switch (operator) {
    case 'eq':
      return found === operand;
    case 'ne':
      return found !== operand;
    case 'in':
      return (operand as Json[]).some((value) => value === found);
    case 'contains':
      return Array.isArray(found) && found.includes(operand);
    case 'exists':
      return (found !== undefined) === operand;
    default: {
      if (typeof found !== typeof operand || (typeof found !== 'number' && typeof found !== 'string'))
        return false;
      const order = compare(found, operand as number | string);
      if (operator === 'gt') return order > 0;
      if (operator === 'gte') return order >= 0;
      return operator === 'lt' ? order < 0 : order <= 0;
    }
  }
}

/** Text by code points, as its UTF-8 bytes compare. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
