/** whymatch catalog duplicates: the same picture twice, and pictures that nearly are. */
import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Duplicate,
  duplicatesReport,
  duplicateThresholds,
  duplicateTiers,
  findDuplicates,
} from '../../../app/duplicates.ts';
import { readCatalog } from '../../../app/open.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { writeWhole } from '../../files.ts';
import { count } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption, number, reportOption } from '../../options.ts';
import type { Output } from '../../output.ts';
import { showLaterProgress } from '../../progress.ts';
import { table } from '../../table.ts';
import { shellWord } from '../../../core/shell-word.ts';

interface Flags {
  readonly catalog: string;
  readonly minScore: number;
  readonly report?: string;
}

export function addDuplicatesCommand(catalog: Command, action: Action): void {
  catalog
    .command('duplicates')
    .summary('find pictures that are there twice')
    .description(
      'Finds pairs of pictures in four tiers: identical bytes; the same picture, encoded anew or resized; the same picture, edited ' +
        '(near-duplicate); and look-alikes. Changes nothing. Pairs of `whymatch catalog not-duplicate` are left out.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(
      new Option('--min-score <s>', 'the score from which pictures are look-alikes')
        .argParser(number)
        .default(duplicateThresholds.minScore),
    )
    .addOption(reportOption())
    .addHelpText(
      'after',
      examples([
        'whymatch catalog duplicates --catalog shop --report duplicates.html',
        'whymatch catalog duplicates --catalog shop --min-score 0.97 --json',
      ]),
    )
    .action(action(duplicates));
}

async function duplicates({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
  const display = showLaterProgress(out, { title: 'Comparing', unit: 'pictures' });
  try {
    const { minScore, report } = flags;
    const found = await findDuplicates(catalog, {
      minScore,
      signal,
      onProgress: display.onProgress,
    }).finally(() => display.stop());
    if (report !== undefined) {
      const name = path.basename(catalog.directory);
      await writeWhole(report, await duplicatesReport(catalog, found, { name, signal }));
    }
    const written = report === undefined ? {} : { report };
    out.result({ ...documentOf(found, minScore), ...written }, () => [
      ...lines(out, found, flags.catalog),
      ...(report === undefined ? [] : [`report: ${report}`]),
    ]);
  } finally {
    catalog.close();
  }
  return undefined;
}

function documentOf(found: readonly Duplicate[], minScore: number) {
  return {
    thresholds: { ...duplicateThresholds, minScore },
    pairs: found.map(({ tier, a, b, score, pixels }) => ({ tier, a: a.id, b: b.id, score, ...pixels })),
  };
}

function lines({ style }: Output, found: readonly Duplicate[], directory: string): string[] {
  if (found.length === 0) return ['no picture is there twice'];
  const [titles, ...rows] = table(
    [
      { title: 'tier', cell: ({ tier }) => tier },
      { title: 'score', align: 'right', cell: ({ score }) => score.toFixed(4) },
      {
        title: 'difference',
        align: 'right',
        cell: ({ tier, pixels }) =>
          pixels ? pixels.difference.toFixed(1) : tier === 'identical' ? '0.0' : 'unknown',
      },
      { title: 'picture', cell: ({ a }) => a.id },
      { title: 'and', cell: ({ b }) => b.id },
    ],
    found,
  );
  const counts = duplicateTiers
    .map((tier) => ({ tier, pairs: found.filter((pair) => pair.tier === tier).length }))
    .filter(({ pairs }) => pairs > 0)
    .map(({ tier, pairs }) => `${count(pairs)} ${tier}`);
  return [
    style.dim(titles!),
    ...rows,
    '',
    `pairs: ${counts.join(', ')}`,
    style.dim(`to keep both: whymatch catalog not-duplicate ID ID --catalog ${shellWord(directory)}`),
  ];
}
