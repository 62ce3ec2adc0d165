/** whymatch name: what a picture shows, and why. */
import type { Command } from 'commander';
import { explainPictureName, type ExplainedName } from '../../app/explain-name.ts';
import { openToRead } from '../../app/open.ts';
import { throwIfAborted } from '../../core/errors.ts';
import type { Rect } from '../../core/geometry.ts';
import { defaultMethod } from '../../explain/methods/index.ts';
import { drawMap, drawnAlone, drawOverlay } from '../../report/overlays.ts';
import type { Vote } from '../../search/naming/name-vote.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import { addEngineOptions, type EngineFlags } from '../engine-options.ts';
import { cellsOf, explanationHeader, pictureFacts } from '../explanation-document.ts';
import { type Results, writeResults } from '../files.ts';
import { percent } from '../format.ts';
import { givenFile, givenItem } from '../given-picture.ts';
import { examples } from '../help.ts';
import { prettyJson } from '../json.ts';
import { methodHelp } from '../method-help.ts';
import {
  catalogOption,
  checkOption,
  cropOption,
  methodOption,
  modelOption,
  threadsOption,
  unframeOption,
} from '../options.ts';
import { showLaterProgress } from '../progress.ts';
import { table } from '../table.ts';

interface Flags extends EngineFlags {
  readonly catalog: string;
  readonly id?: true;
  readonly field?: string;
  readonly value?: string;
  readonly crop?: Rect;
  readonly unframe: boolean;
  readonly output?: string;
  readonly method?: readonly string[];
  readonly check: boolean;
  readonly model?: string;
  readonly threads?: number;
}

export function addNameCommand(program: Command, action: Action): void {
  const command = program
    .command('name')
    .summary('what a picture shows, and which pixels say so')
    .description(
      'Names a picture by what a catalogue has learned (`whymatch catalog learn-names`), and marks the pixels that speak for the name rather than for the ' +
        'others. With --output writes name.png (the map on the picture), name-map.png (the map alone, transparent) and explanation.json. Files of a ' +
        'second method have its name at the end.',
    )
    .argument('<image>', 'a picture file; with --id, the id of an item of the catalogue')
    .addOption(catalogOption().makeOptionMandatory())
    .option('--id', 'the picture is one of the catalogue (which has learned from it)')
    .option('--field <field>', 'the metadata field of the names (default: that of which searches take them)')
    .option('--value <name>', 'why this name? (default: the likeliest)')
    .addOption(cropOption('--crop', 'the picture'))
    .addOption(unframeOption())
    .option('--output <dir>', 'the folder for the results')
    .addOption(methodOption())
    .addOption(checkOption())
    .addOption(modelOption('that of the catalogue'))
    .addOption(threadsOption());
  addEngineOptions(command)
    .addHelpText('after', methodHelp())
    .addHelpText(
      'after',
      examples([
        'whymatch name photo.jpg --catalog shop --output why',
        'whymatch name photo.jpg --catalog shop --field category --value shirt --output why-a-shirt',
        'whymatch name --id shoes/12.jpg --catalog shop --json',
      ]),
    )
    .action(action(name));
}

async function name({ out, signal }: Invocation, image: string, flags: Flags): Promise<Ending> {
  const { field, value, check, output, method: methods = [defaultMethod] } = flags;
  const { catalog, model, close } = await openToRead(flags.catalog, flags);
  try {
    const given = flags.id ? await givenItem(catalog, image, flags.crop) : givenFile(image, flags.crop);
    const display = showLaterProgress(out, { title: 'Explaining', unit: 'steps' });
    const exclude = given.item ? [given.item.id] : [];
    const unframe = flags.unframe && !given.item;
    const options = {
      field,
      value,
      exclude,
      unframe,
      methods,
      check,
      signal,
      onProgress: display.onProgress,
    };
    const explained = await explainPictureName(catalog, model, given.input, options).finally(() =>
      display.stop(),
    );
    throwIfAborted(signal);
    const { reasons, explanation, picture } = explained;
    const document = {
      ...explanationHeader(model, 'name', methods),
      field: reasons.field,
      value: reasons.value,
      probability: reasons.probability,
      names: reasons.names,
      query: pictureFacts(picture),
      shares: cellsOf(explanation.shares),
      ...(explanation.checks && { checks: explanation.checks }),
    };
    const files =
      output === undefined
        ? []
        : await writeResults(output, await drawn(explained, methods, document), [picture.picture.source]);
    out.result({ ...document, files }, () => [
      ...lines(explained),
      '',
      ...Object.entries(explanation.checks ?? {}).map(([method, { sentence }]) => `${method}: ${sentence}`),
      ...files.map((file) => `wrote ${file}`),
    ]);
  } finally {
    await close();
  }
  return undefined;
}

/** So many names are shown; --json has all. */
const shownNames = 5;

function lines({ reasons: { field, value, probability, names } }: ExplainedName): string[] {
  return [
    `${field}: ${value} (${percent(probability)})`,
    '',
    ...table<Vote>(
      [
        { title: field, cell: ({ value: other }) => other, maxWidth: 60 },
        { title: 'probability', align: 'right', cell: ({ share }) => percent(share) },
      ],
      names.slice(0, shownNames),
    ),
  ];
}

async function drawn(
  { picture, explanation }: ExplainedName,
  methods: readonly string[],
  document: object,
): Promise<Results> {
  const pair = drawnAlone(picture, explanation.maps);
  const results = new Map<string, Uint8Array | string>();
  const files: object[] = [];
  for (const [i, method] of methods.entries()) {
    const fileOf = (what: string) => `${what}${i > 0 ? `-${method}` : ''}.png`;
    results.set(fileOf('name'), await drawOverlay(pair, method, 'query'));
    results.set(fileOf('name-map'), await drawMap(pair, method, 'query'));
    files.push({ method, name: fileOf('name'), map: fileOf('name-map') });
  }
  return results.set('explanation.json', `${prettyJson({ ...document, files })}\n`);
}
