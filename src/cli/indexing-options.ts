/** The options of `whymatch index` beside those of the engine, and what they mean. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../core/errors.ts';
import type { FetchOptions } from '../indexer/fetch-ahead.ts';
import { type OpenSourceOptions, sourceFormats } from '../indexer/sources/open.ts';
import type { EngineFlags } from './engine-options.ts';
import { wholeNumber } from './options.ts';

export interface IndexingFlags extends EngineFlags {
  readonly catalog: string;
  readonly model?: string;
  readonly batchSize?: number;
  readonly threads?: number;
  readonly force?: true;
  readonly format?: string;
  readonly name?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly mode: 'upsert' | 'sync';
  readonly allowMassDelete?: true;
  readonly dryRun?: true;
  readonly learn: boolean;
  readonly retryFailed?: true;
  readonly errors?: string;
  /** Minutes, or true for as long as it takes. */
  readonly wait?: number | true;
  readonly allowPrivateHosts?: true;
  readonly connections?: number;
  readonly connectionsPerHost?: number;
  readonly attempts?: number;
  /** Seconds. */
  readonly timeout?: number;
}

export function addIndexingOptions(command: Command): void {
  command
    .optionsGroup('What is indexed:')
    .addOption(
      new Option('--format <name>', 'what the source is, where its name does not tell').choices([
        ...sourceFormats,
      ]),
    )
    .option(
      '--include <pattern>',
      'only these pictures of a folder or an archive: "*.jpg", "shoes/**"; repeatable',
      patternList,
    )
    .option('--exclude <pattern>', 'not these, nor anything in folders of that name; repeatable', patternList)
    .option(
      '--name <name>',
      'what to call the source, where its path is not the same every night (default: its path)',
    )
    .option('--retry-failed', 'only what failed before, and what the catalogue does not have')
    .optionsGroup('What is done:')
    .addOption(
      new Option(
        '--mode <name>',
        'sync also removes what was indexed from this source and is not in it any more',
      )
        .choices(['upsert', 'sync'])
        .default('upsert'),
    )
    .option('--allow-mass-delete', 'let sync remove more than half of what was indexed from this source')
    .option('--dry-run', 'say what would be done, and what would fail, and change nothing')
    .option('--force', 'embed every picture again, changed or not')
    .option(
      '--no-learn',
      'do not learn to name pictures at the end: by category, and by what `catalog learn-names` was used for',
    )
    .option('--errors <file.jsonl>', 'write every failure to this file, a line each, as it happens')
    .option(
      '--wait [minutes]',
      'wait while another process writes to the catalogue (default: as long as it takes), instead of giving up',
      wholeNumber,
    )
    .optionsGroup('Pictures behind URLs:')
    .option('--allow-private-hosts', 'fetch from addresses of your own network and this machine, too')
    .option('--connections <n>', 'pictures that are fetched at once (default: 16)', wholeNumber)
    .option('--connections-per-host <n>', 'of one host (default: 4)', wholeNumber)
    .option('--attempts <n>', 'how often to ask for a URL before it is given up (default: 4)', wholeNumber)
    .option('--timeout <seconds>', 'for one attempt, redirects included (default: 120)', wholeNumber)
    // Those that every command has.
    .optionsGroup('Options:');
}

function patternList(text: string, before: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidArgumentError('Expected a pattern, such as "*.jpg".');
  return [...before, text];
}

/** Throws USAGE for options that do not go together. */
export function checkFlags(location: string | undefined, flags: IndexingFlags): void {
  const { mode, retryFailed, name, allowMassDelete } = flags;
  const refuse = (message: string) => {
    throw new AppError('USAGE', message);
  };
  if (location === undefined && !retryFailed)
    refuse('name a source to index, or --retry-failed for those that had failures');
  if (location === undefined && name !== undefined) refuse('--name goes with a source');
  if (retryFailed && mode === 'sync')
    refuse(
      '--retry-failed reads only a part of the source, so that sync cannot tell what is gone; run them one after the other',
    );
  if (allowMassDelete && mode !== 'sync') refuse('--allow-mass-delete goes with --mode sync');
  if (location === '-' && mode === 'sync' && name === undefined)
    refuse('sync has to know which items came from the same source before: give standard input a --name');
}

export function sourceOptions(flags: IndexingFlags): OpenSourceOptions {
  const { format, name, include, exclude } = flags;
  return { format, name, include, exclude };
}

export function fetchOptions(flags: IndexingFlags): FetchOptions {
  const { allowPrivateHosts, connections, connectionsPerHost, attempts, timeout } = flags;
  return {
    ...(allowPrivateHosts && { allowPrivate: true }),
    ...(connections !== undefined && { connections }),
    ...(connectionsPerHost !== undefined && { connectionsPerHost }),
    ...(attempts !== undefined && { attempts }),
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
  };
}

export const waitMsOf = ({ wait }: IndexingFlags): number =>
  wait === undefined ? 0 : wait === true ? Infinity : wait * 60_000;
