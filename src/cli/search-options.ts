/** The options of `whymatch search` that choose among what was found: filter, threshold, groups, order. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { filterJson, parseFilter } from '../search/filter.ts';
import type { SearchOptions } from '../search/search-request.ts';
import { number } from './options.ts';

export interface ChoiceFlags {
  readonly filter?: string;
  readonly groupByProduct?: true;
  readonly minScore?: number;
  readonly offset?: number;
  readonly diversity?: number;
}

export function addChoiceOptions(command: Command): Command {
  return command
    .option(
      '--filter <json>',
      `only items with this metadata, such as '{"category": "shoes", "price": {"lt": 50}}' (docs/filters.md)`,
    )
    .option('--group-by-product', 'of every product only its best picture, so that -k counts products')
    .addOption(new Option('--min-score <s>', 'only hits of this score or better').argParser(number))
    .addOption(new Option('--offset <n>', 'leave out so many of the best hits').argParser(count))
    .addOption(
      new Option(
        '--diversity <d>',
        'from 0, the most alike first, to 1, each as unlike the hits before it as can be',
      ).argParser(share),
    );
}

/** Throws FILTER_INVALID. */
export function choiceOf(flags: ChoiceFlags): SearchOptions {
  const filter = flags.filter === undefined ? undefined : filterJson(flags.filter);
  // Checked here, so that a slip does not wait for a model to be loaded.
  if (filter !== undefined) parseFilter(filter);
  const { minScore, offset, diversity } = flags;
  return { filter, minScore, offset, diversity, groupBy: flags.groupByProduct ? 'product' : undefined };
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of 0 or more.');
}

function share(text: string): number {
  const value = number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 1.');
}
