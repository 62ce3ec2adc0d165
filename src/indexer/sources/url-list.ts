// A list of URLs (.urls, .txt): one a line.

import { type TextInput, unreadable } from './input.ts';
import { countLines, linesOf } from './lines.ts';
import { type RowEntry, RowReader } from './rows.ts';
import type { ItemSource } from './source.ts';

/** The URL is the id. Blank lines, and lines that start with #, are left out. */
export async function openUrlList(input: TextInput): Promise<ItemSource> {
  return {
    kind: 'urls',
    location: input.location,
    entries: () => readEntries(input),
    count: async (signal) => (input.repeatable ? countLines(input.open(), signal) : undefined),
  };
}

async function* readEntries(input: TextInput): AsyncGenerator<RowEntry> {
  const rows = new RowReader(input);
  try {
    for await (const line of linesOf(input.open())) {
      if ('problem' in line) yield rows.failure(line.number, 'ITEM_INVALID', line.problem);
      else if (!line.text.startsWith('#')) {
        const row = { file: undefined, url: line.text, id: undefined, productId: undefined, metadata: {} };
        yield rows.read(row, line.number);
      }
    }
  } catch (error) {
    throw unreadable(input, error);
  }
}
