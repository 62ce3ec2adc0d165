/** whymatch evaluate retrieval: how often search finds what belongs together. */
import type { Command } from 'commander';
import { readCatalog } from '../../../app/open.ts';
import { AppError } from '../../../core/errors.ts';
import type { Catalog } from '../../../search/catalog.ts';
import type {
  ClassResult,
  LabelledItem,
  RetrievalResult,
  Share,
} from '../../../search/evaluate/retrieval.ts';
import { evaluateRetrieval } from '../../../search/evaluate/retrieval.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { count } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { facts, table } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly label: string;
  readonly ignoreSame?: string;
}

export function addRetrievalCommand(evaluate: Command, action: Action): void {
  evaluate
    .command('retrieval')
    .summary('how often search finds what belongs together')
    .description(
      'Searches with every picture of a catalogue, leaving itself out, and measures how often pictures of the same label are found. Exact search; the pictures themselves are not needed.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .requiredOption('--label <field>', 'the metadata field (or product_id) that says what belongs together')
    .option('--ignore-same <field>', 'never count a hit that has the same value here (say, the same product)')
    .addHelpText(
      'after',
      examples([
        'whymatch evaluate retrieval --catalog shop --label category',
        'whymatch evaluate retrieval --catalog shop --label category --ignore-same product_id --json',
      ]),
    )
    .action(action(retrieval));
}

async function retrieval({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
  try {
    const items = labelledItems(catalog, flags);
    const result = await evaluateRetrieval(items, { signal });
    const { model } = catalog.space;
    out.result({ catalog: catalog.directory, model, label: flags.label, ...result }, () =>
      lines(result, model),
    );
  } finally {
    catalog.close();
  }
  return undefined;
}

/** Items that have the label. Throws USAGE when none has, naming the fields there are. */
function labelledItems(catalog: Catalog, { label, ignoreSame }: Flags): LabelledItem[] {
  const items: LabelledItem[] = [];
  for (const item of catalog.items()) {
    const value = (field: string) => (field === 'product_id' ? item.productId : item.metadata[field]);
    const own = value(label);
    if (own === undefined || own === null) continue;
    const embedding = catalog.embeddingOf(item.id);
    if (embedding) items.push({ id: item.id, label: own, group: ignoreSame && value(ignoreSame), embedding });
  }
  if (items.length > 0) return items;
  const fields = ['product_id', ...catalog.metadataFields()].join(', ');
  throw new AppError(
    'USAGE',
    `expected a field that items of ${catalog.directory} have (${fields}), received "${label}"`,
  );
}

function lines(result: RetrievalResult, model: string): string[] {
  const recall = Object.entries(result.recall).map(
    ([k, share]) => [`recall at ${k}`, percent(share)] as const,
  );
  return [
    ...facts([
      ['model', model],
      [
        'queries',
        `${count(result.queries)}${result.leftOut > 0 ? ` (${count(result.leftOut)} more are the only one of their label)` : ''}`,
      ],
      ...recall,
      ['mAP at 10', result.mapAt10.toFixed(3)],
    ]),
    '',
    ...table<ClassResult>(
      [
        { title: 'label (worst first)', cell: ({ label }) => label, maxWidth: 40 },
        { title: 'queries', cell: ({ queries }) => count(queries), align: 'right' },
        { title: 'recall at 1', cell: ({ recallAt1 }) => percent(recallAt1), align: 'right' },
        {
          title: 'most often taken for',
          cell: ({ mistakenFor }) =>
            mistakenFor ? `${mistakenFor.label} (${count(mistakenFor.queries)})` : '',
          maxWidth: 40,
        },
      ],
      result.classes,
    ),
  ];
}

/** "61.4 % (57.8 to 64.9)" */
function percent({ value, low, high }: Share): string {
  const digits = (share: number) => (100 * share).toFixed(1);
  return `${digits(value)} % (${digits(low)} to ${digits(high)})`;
}
