/** whymatch model list: what is installed, and what can be pulled. */
import type { Command } from 'commander';
import { defaultModel, listModels } from '../../../model/registry.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { bytes } from '../../format.ts';
import { examples } from '../../help.ts';
import { oneLine, table, type Column } from '../../table.ts';

export function addListCommand(model: Command, action: Action): void {
  model
    .command('list')
    .summary('list models')
    .description('Lists the models that are installed, and those that can be pulled.')
    .addHelpText('after', examples(['whymatch model list']))
    .action(action(list));
}

/** What installed and available models have in common. */
interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly input: { readonly width: number; readonly height: number };
  readonly licence: string;
  readonly description: string;
}

async function list({ out }: Invocation): Promise<Ending> {
  const { models, available, broken } = await listModels();
  const installed = models.map(({ manifest, file, origin }) => ({ ...manifest, file, origin }));
  out.result({ default: defaultModel, installed, available, broken }, () => {
    const { bold, dim, red } = out.style;
    // One table, so that both parts line up.
    const [titles, ...rows] = table(columns, [...installed, ...available]);
    return [
      dim(`  ${titles!}`),
      ...rows.slice(0, installed.length).map((row) => `  ${row}`),
      ...(available.length > 0 ? ['', bold('to download with: whymatch model pull NAME')] : []),
      ...rows.slice(installed.length).map((row) => `  ${row}`),
      ...broken.flatMap(({ manifestFile, problem }) => [
        '',
        `${red('not usable:')} ${manifestFile}: ${oneLine(problem)}`,
      ]),
    ];
  });
  return undefined;
}

const columns: readonly Column<Row>[] = [
  { title: 'name', cell: ({ name }) => (name === defaultModel ? `${name} (default)` : name) },
  { title: 'size', align: 'right', cell: (row) => bytes(row.bytes) },
  { title: 'input', cell: ({ input }) => `${input.width}×${input.height}` },
  { title: 'licence', cell: ({ licence }) => licence, maxWidth: 24 },
  { title: 'description', cell: ({ description }) => description },
];
