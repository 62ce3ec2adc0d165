// A row of a table -> an item, or the reason why not. What tables have in common; each format only finds its rows and their types.

import path from 'node:path';
import type { ErrorCode } from '../../core/errors.ts';
import type { Metadata } from '../../core/item.ts';
import type { SourceEntry, SourceFailure } from './source.ts';

/** A row by its known columns; '' is an empty cell, and undefined a column that the table does not have. */
export interface Row {
  readonly file: string | undefined;
  readonly id: string | undefined;
  readonly productId: string | undefined;
  readonly metadata: Metadata;
}

/** Makes items of a table's rows. Remembers the ids that it has seen: about 100 bytes a row. */
export class RowReader {
  readonly #table: string;
  readonly #lineOf = new Map<string, number>();

  /** table: absolute path; files are relative to its folder. */
  constructor(table: string) {
    this.#table = table;
  }

  /** In a table without the column `id`, the text of `file` is the id. Lines count from 1. */
  read({ file = '', id = file, productId = '', metadata }: Row, line: number): SourceEntry {
    const problem = problemOf('file', file) ?? problemOf('id', id);
    if (problem) return this.failure(line, 'ITEM_INVALID', problem);
    const first = this.#lineOf.get(id);
    if (first !== undefined) {
      const problem = `id ${JSON.stringify(id)} was used in line ${first} already; give this row an id of its own`;
      return this.failure(line, 'ITEM_DUPLICATE', problem, id);
    }
    this.#lineOf.set(id, line);
    return {
      type: 'item',
      id,
      productId: productId === '' ? null : productId,
      file: path.resolve(path.dirname(this.#table), file),
      metadata,
    };
  }

  failure(line: number, code: ErrorCode, problem: string, id: string | null = null): SourceFailure {
    const message = `${path.basename(this.#table)}, line ${line}: ${problem}`;
    return { type: 'failure', source: `${this.#table}:${line}`, id, code, message };
  }
}

function problemOf(column: string, value: string): string | undefined {
  if (value === '') return `the cell of column "${column}" is empty`;
  if (value.includes('\0')) return `the cell of column "${column}" holds a NUL character`;
  if (column === 'file' && /^https?:\/\//i.test(value)) {
    return `expected a path in column "file", received the URL ${value}; download it first`;
  }
  return undefined;
}
