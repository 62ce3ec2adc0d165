/** whymatch search: the pictures of a catalogue that look like one. */
import path from 'node:path';
import { Option, type Command } from 'commander';
import { explainFoundName } from '../../app/explain-name.ts';
import { openToRead, type OpenedCatalog } from '../../app/open.ts';
import { type ExplainedHit, explainSearch, type PictureSearch, searchByPicture } from '../../app/search.ts';
import { throwIfAborted } from '../../core/errors.ts';
import type { Rect } from '../../core/geometry.ts';
import { defaultMethod } from '../../explain/methods/index.ts';
import type { Target } from '../../explain/targets.ts';
import { renderReport } from '../../report/report.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import { addEngineOptions, type EngineFlags } from '../engine-options.ts';
import { writeResults, writeWhole } from '../files.ts';
import { givenFile, givenItem, type GivenPicture } from '../given-picture.ts';
import { examples } from '../help.ts';
import { hitsDocument, hitsTable } from '../hits.ts';
import {
  catalogOption,
  checkOption,
  cropOption,
  methodOption,
  modelOption,
  reportMethods,
  reportOption,
  agreeOnOption,
  rerankOption,
  targetOption,
  subjectOption,
  threadsOption,
  unframeOption,
  wholeNumber,
} from '../options.ts';
import { showLaterProgress } from '../progress.ts';
import { addChoiceOptions, choiceOf, type ChoiceFlags } from '../search-options.ts';
import { searchResults } from '../search-results.ts';

interface Flags extends ChoiceFlags, EngineFlags {
  readonly catalog: string;
  readonly k: number;
  readonly id?: true;
  readonly crop?: Rect;
  readonly unframe: boolean;
  readonly subject?: true;
  readonly rerank?: number;
  readonly agreeOn?: string;
  readonly exact?: true;
  readonly report?: string;
  readonly explain?: string;
  readonly method?: readonly string[];
  readonly target: Target;
  readonly check: boolean;
  readonly model?: string;
  readonly threads?: number;
}

export function addSearchCommand(program: Command, action: Action): void {
  const command = program
    .command('search')
    .summary('find the pictures that look like one, and see why')
    .description(
      'Finds the pictures of a catalogue that look most like one. --report and --explain show for every hit which pixels, in the ' +
        'query and in the hit, made the two similar.',
    )
    .argument('<image>', 'a picture file; with --id, the id of an item of the catalogue')
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(new Option('-k <n>', 'how many hits').argParser(wholeNumber).default(10))
    .option('--id', 'search with a picture of the catalogue, and leave it out of the hits')
    .addOption(cropOption('--crop', 'the picture'))
    .addOption(unframeOption())
    .addOption(subjectOption())
    .addOption(rerankOption())
    .addOption(agreeOnOption())
    .option('--exact', 'compare with every picture, past the index');
  addChoiceOptions(command)
    .addOption(reportOption())
    .option(
      '--explain <dir>',
      'write the maps of every hit as pictures, and explanation.json, into this folder',
    )
    .addOption(methodOption())
    .addOption(targetOption())
    .addOption(checkOption())
    .addOption(modelOption('that of the catalogue'))
    .addOption(threadsOption());
  addEngineOptions(command)
    .addHelpText(
      'after',
      examples([
        'whymatch search photo.jpg --catalog shop --report report.html',
        'whymatch search photo.jpg --catalog shop -k 5 --crop 120,40,300,300 --explain why',
        'whymatch search --id shoes/12.jpg --catalog shop --json',
        `whymatch search photo.jpg --catalog shop --group-by-product --filter '{"price": {"lt": 50}}'`,
      ]),
    )
    .action(action(search));
}

async function search(invocation: Invocation, image: string, flags: Flags): Promise<Ending> {
  const { out, signal } = invocation;
  const choice = choiceOf(flags);
  const opened = await openToRead(flags.catalog, flags);
  try {
    const given = flags.id
      ? await givenItem(opened.catalog, image, flags.crop)
      : givenFile(image, flags.crop);
    const { catalog, model } = opened;
    const exclude = given.item ? [given.item.id] : [];
    const found = await searchByPicture(catalog, model, given.input, {
      ...choice,
      k: flags.k,
      exact: flags.exact,
      unframe: flags.unframe && !given.item,
      subject: flags.subject,
      rerank: flags.rerank,
      agreeOn: flags.agreeOn,
      exclude,
    });
    throwIfAborted(signal);
    const written = await writeExplanations(invocation, opened, given, found, flags);
    out.result({ ...hitsDocument(given, found, model), ...written.document }, () => [
      ...hitsTable(out, given, found, { items: catalog.count(), model: model.model }),
      ...written.lines,
    ]);
    for (const { id, code, message } of written.notExplained)
      out.notice(`not explained: ${id}: ${code}: ${message}`);
    return written.notExplained.length > 0 ? 'partial' : undefined;
  } finally {
    await opened.close();
  }
}

interface Written {
  /** What --json says of it. */
  readonly document: object;
  readonly lines: readonly string[];
  /** Hits whose pictures cannot be read any more. */
  readonly notExplained: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

/** The page and the folder that were asked for, from one explanation of all hits. */
async function writeExplanations(
  { out, signal }: Invocation,
  { catalog, model }: OpenedCatalog,
  given: GivenPicture,
  found: PictureSearch,
  flags: Flags,
): Promise<Written> {
  const { report, explain, target, check, k, method = [defaultMethod] } = flags;
  if (report === undefined && explain === undefined) return { document: {}, lines: [], notExplained: [] };
  const methods = [...new Set([...method, ...(report === undefined ? [] : reportMethods)])];
  const display = showLaterProgress(out, { title: 'Explaining', unit: 'steps' });
  const start = performance.now();
  const options = { methods, target, check, signal, onProgress: display.onProgress };
  const hits = await explainSearch(model, found.query, found.hits, options).finally(() => display.stop());
  throwIfAborted(signal);
  const search = { ...found, timings: { ...found.timings, explain: performance.now() - start } };
  const lines: string[] = [];
  if (report !== undefined) {
    const about = { name: path.basename(catalog.directory), items: catalog.count() };
    const whyName = await explainFoundName(catalog, model, found, {
      methods: method.slice(0, 1),
      check,
      signal,
    });
    const more = whyName ? { whyName } : {};
    const page = await renderReport({ search, hits, catalog: about, model: model.model, target, k, ...more });
    await writeWhole(report, page);
    lines.push(`report: ${report}`);
  }
  let explanations: readonly string[] | undefined;
  if (explain !== undefined) {
    const name = given.name;
    const results = await searchResults(model, found.query, hits, { methods: method, target, name });
    const inputs = [found.query.picture.source, ...found.hits.map(({ item }) => item.source)];
    explanations = await writeResults(explain, results, inputs);
    lines.push(`maps: ${explanations.length - 1} pictures and explanation.json in ${explain}`);
  }
  const notExplained = problemsOf(hits);
  return { document: { report, explanations, notExplained }, lines: ['', ...lines], notExplained };
}

function problemsOf(hits: readonly ExplainedHit[]): Written['notExplained'] {
  return hits.flatMap(({ item: { id }, problem }) =>
    problem ? [{ id, code: problem.code, message: problem.message }] : [],
  );
}
