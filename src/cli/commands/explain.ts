/** whymatch explain: why two pictures are similar. */
import type { Command } from 'commander';
import { explainPair, type ExplainedPair } from '../../app/explain-pair.ts';
import { openToRead } from '../../app/open.ts';
import { throwIfAborted } from '../../core/errors.ts';
import type { Rect } from '../../core/geometry.ts';
import { defaultMethod } from '../../explain/methods/index.ts';
import type { Target } from '../../explain/targets.ts';
import { loadModel, type LoadedModel } from '../../model/load-model.ts';
import { captionOf, drawMap, drawOverlay, drawSideBySide, sides } from '../../report/overlays.ts';
import { renderPairReport } from '../../report/report.ts';
import type { Catalog } from '../../search/catalog.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import {
  addCorrespondenceOptions,
  type CorrespondenceFlags,
  type Correspondences,
  correspondencesOf,
} from '../correspondence.ts';
import { addEngineOptions, type EngineFlags } from '../engine-options.ts';
import { explanationHeader, pairFacts } from '../explanation-document.ts';
import { type Results, writeResults, writeWhole } from '../files.ts';
import { givenFile, givenItem, type GivenPicture } from '../given-picture.ts';
import { examples } from '../help.ts';
import { prettyJson } from '../json.ts';
import { methodHelp } from '../method-help.ts';
import {
  catalogOption,
  checkOption,
  cropOption,
  methodOption,
  modelOption,
  reportMethods,
  reportOption,
  targetOption,
  threadsOption,
} from '../options.ts';
import { showLaterProgress } from '../progress.ts';
import { facts } from '../table.ts';

interface Flags extends EngineFlags, CorrespondenceFlags {
  readonly output: string;
  readonly catalog?: string;
  readonly model?: string;
  readonly method?: readonly string[];
  readonly target: Target;
  readonly cropQuery?: Rect;
  readonly cropHit?: Rect;
  readonly report?: string;
  readonly check: boolean;
  readonly threads?: number;
}

export function addExplainCommand(program: Command, action: Action): void {
  const command = program
    .command('explain')
    .summary('see why two pictures are similar')
    .description(
      'Compares two pictures and marks the pixels, in both, that make them similar to the model. Writes query.png and hit.png (the ' +
        'maps on the pictures), side-by-side.png, query-map.png and hit-map.png (the maps alone, transparent) and explanation.json. ' +
        'Files of a second method have its name at the end.',
    )
    .argument('<query>', 'a picture file; with --catalog, an item’s id or a file')
    .argument('<hit>', 'the other one, likewise')
    .requiredOption('--output <dir>', 'the folder for the results')
    .addOption(catalogOption())
    .addOption(modelOption('that of the catalogue, or whymatch-s'))
    .addOption(methodOption())
    .addOption(targetOption())
    .addOption(cropOption('--crop-query', 'the query'))
    .addOption(cropOption('--crop-hit', 'the hit'));
  addCorrespondenceOptions(command)
    .addOption(reportOption())
    .addOption(checkOption())
    .addOption(threadsOption());
  addEngineOptions(command)
    .addHelpText('after', methodHelp())
    .addHelpText(
      'after',
      examples([
        'whymatch explain a.jpg b.jpg --output why',
        'whymatch explain photo.jpg shoes/12.jpg --catalog shop --method guided-match,match --output why',
        'whymatch explain a.jpg b.jpg --point 120,45 --matches 8 --output why',
      ]),
    )
    .action(action(explain));
}

async function explain(
  { out, signal }: Invocation,
  query: string,
  hit: string,
  flags: Flags,
): Promise<Ending> {
  const { model, given, close } = await open(query, hit, flags);
  try {
    const { target, check, report, method = [defaultMethod] } = flags;
    const methods = [...new Set([...method, ...(report === undefined ? [] : reportMethods)])];
    const display = showLaterProgress(out, { title: 'Explaining', unit: 'steps' });
    const options = { methods, target, check, signal, onProgress: display.onProgress };
    const pair = await explainPair(model, given.query.input, given.hit.input, options).finally(() =>
      display.stop(),
    );
    throwIfAborted(signal);
    const captions = captionsOf(pair, given);
    const answers = await correspondencesOf(pair, captions, flags);
    const document = { ...explanationHeader(model, target, method), ...pairFacts(pair), ...answers.document };
    const inputs = [pair.query.picture.source, pair.hit.picture.source];
    const results = await drawPair(pair, method, { captions, answers, document });
    const files = await writeResults(flags.output, results, inputs);
    if (report !== undefined) {
      await writeWhole(report, await renderPairReport({ ...pair, model: model.model, target }));
      files.push(report);
    }
    out.result({ ...document, files }, () => [
      ...facts([
        ['score', `${out.style.bold(document.score.toFixed(4))}  cosine similarity by ${model.model}`],
        ...document.methods.map(({ name, title, ...rule }) => [name, `${title}${ruleWords(rule)}`] as const),
      ]),
      ...checkLines(pair, method),
      ...answers.lines,
      '',
      ...files.map((file) => `wrote ${file}`),
    ]);
  } finally {
    await close();
  }
  return undefined;
}

function ruleWords({ rule, activations }: { rule?: string; activations?: number }): string {
  return rule === undefined ? '' : `: ${activations} of ${activations} activations follow the ${rule} rule`;
}

/** The verdict on each map. */
function checkLines({ explanation: { checks = {} } }: ExplainedPair, methods: readonly string[]): string[] {
  const lines = methods.flatMap((method) =>
    sides.flatMap((side) => {
      const check = checks[method]?.[side];
      return check ? [`${method}, ${side}: ${check.sentence}`] : [];
    }),
  );
  return lines.length > 0 ? ['', ...lines] : [];
}

interface Opened {
  readonly model: LoadedModel;
  readonly given: { readonly query: GivenPicture; readonly hit: GivenPicture };
  close(): Promise<void>;
}

async function open(query: string, hit: string, flags: Flags): Promise<Opened> {
  const { cropQuery, cropHit } = flags;
  if (flags.catalog === undefined) {
    const model = await loadModel(flags.model, flags);
    const given = { query: givenFile(query, cropQuery), hit: givenFile(hit, cropHit) };
    return { model, given, close: () => model.dispose() };
  }
  const { catalog, model, close } = await openToRead(flags.catalog, flags);
  try {
    const given = {
      query: await pictureIn(catalog, query, cropQuery),
      hit: await pictureIn(catalog, hit, cropHit),
    };
    return { model, given, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An item where the catalogue has one of that id, else a file. */
function pictureIn(
  catalog: Catalog,
  name: string,
  crop: Rect | undefined,
): Promise<GivenPicture> | GivenPicture {
  return catalog.has(name) ? givenItem(catalog, name, crop) : givenFile(name, crop);
}

type Captions = Readonly<Record<'query' | 'hit', string>>;

const captionsOf = (pair: ExplainedPair, given: Opened['given']): Captions => ({
  query: captionOf(pair.query, given.query.name),
  hit: captionOf(pair.hit, given.hit.name),
});

/** The pictures of each method, what was asked for beside them, and the document. */
async function drawPair(
  pair: ExplainedPair,
  methods: readonly string[],
  rest: { readonly captions: Captions; readonly answers: Correspondences; readonly document: object },
): Promise<Results> {
  const results = new Map<string, Uint8Array | string>();
  const files: object[] = [];
  for (const [i, method] of methods.entries()) {
    const fileOf = (name: string) => `${name}${i > 0 ? `-${method}` : ''}.png`;
    const overlays = {
      query: await drawOverlay(pair, method, 'query'),
      hit: await drawOverlay(pair, method, 'hit'),
    };
    for (const side of sides) {
      results.set(fileOf(side), overlays[side]);
      results.set(fileOf(`${side}-map`), await drawMap(pair, method, side));
    }
    results.set(fileOf('side-by-side'), await drawSideBySide(pair, method, overlays, rest.captions));
    files.push({ method, query: fileOf('query'), hit: fileOf('hit'), sideBySide: fileOf('side-by-side') });
  }
  for (const [name, picture] of rest.answers.files) results.set(name, picture);
  return results.set('explanation.json', `${prettyJson({ ...rest.document, files })}\n`);
}
