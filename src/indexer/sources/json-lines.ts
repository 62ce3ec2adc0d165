// JSON lines (.jsonl, .ndjson): an object a line.

import { messageOf } from '../../core/errors.ts';
import type { Json } from '../../core/item.ts';
import { type TextInput, unreadable } from './input.ts';
import { countLines, type Line, linesOf } from './lines.ts';
import { type RowEntry, RowReader, typedRow } from './rows.ts';
import type { ItemSource } from './source.ts';

/**
 * The objects of a JSON lines file. Fields: `file` (relative to the table's folder) or `url`; `id` (default: the text of `file` or
 * `url`) and `product_id`, text or whole numbers; every other field becomes metadata with the type that it has in JSON, lists and
 * objects included; null is left out. A line that cannot be used is a failure, and the others are read.
 */
export async function openJsonLines(input: TextInput): Promise<ItemSource> {
  return {
    kind: 'jsonl',
    location: input.location,
    entries: () => readEntries(input),
    count: async (signal) => (input.repeatable ? countLines(input.open(), signal) : undefined),
  };
}

export async function* readEntries(input: TextInput): AsyncGenerator<RowEntry> {
  const rows = new RowReader(input);
  try {
    for await (const line of linesOf(input.open())) yield readLine(rows, line);
  } catch (error) {
    throw unreadable(input, error);
  }
}

function readLine(rows: RowReader, line: Line): RowEntry {
  const { number } = line;
  const record = 'problem' in line ? line.problem : parse(line.text);
  const row = typeof record === 'string' ? record : typedRow(record);
  return typeof row === 'string' ? rows.failure(number, 'ITEM_INVALID', row) : rows.read(row, number);
}

/** Or what is wrong with it. */
function parse(text: string): Record<string, Json> | string {
  try {
    const value = JSON.parse(text) as Json;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, Json>;
    return `expected a JSON object, received ${text.slice(0, 60)}`;
  } catch (error) {
    return `expected a JSON object (${messageOf(error)})`;
  }
}
