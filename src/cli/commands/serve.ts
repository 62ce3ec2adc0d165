/** whymatch serve: the HTTP API and the page. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { checkField } from '../../app/rerank.ts';
import { AppError } from '../../core/errors.ts';
import { createApp } from '../../server/app.ts';
import { readKeys } from '../../server/keys.ts';
import { isLoopback, listen } from '../../server/listen.ts';
import { type OpenedService, openService } from '../../server/open.ts';
import { collectLessOften } from '../../server/memory.ts';
import type { ServerOptions } from '../../server/options.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import { addEngineOptions, type EngineFlags } from '../engine-options.ts';
import { examples } from '../help.ts';
import { agreeOnOption, catalogOption, modelOption, rerankOption, threadsOption } from '../options.ts';

interface Flags extends EngineFlags {
  readonly catalog: string;
  readonly host: string;
  readonly port: number;
  readonly model?: string;
  readonly threads?: number;
  readonly keys?: string;
  readonly rate?: number;
  readonly rerank?: number;
  readonly agreeOn?: string;
  readonly cors?: readonly string[];
  readonly allowPrivateUrls?: true;
  readonly open?: true;
  readonly log: string;
}

export function addServeCommand(program: Command, action: Action): void {
  const command = program
    .command('serve')
    .summary('search by photo in the browser, and an HTTP API')
    .description(
      'Serves a catalogue: a page for searching by photo, and an HTTP API that is described at /docs. On this machine alone no keys are ' +
        'needed; to serve others, name a file of API keys. --rerank and --agree-on hold for searches that do not say otherwise.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .option('--port <n>', 'the port; 0 for any that is free', portNumber, 8080)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--keys <file>', 'a JSON file of API keys and what they may do')
    .option(
      '--rate <n>',
      'requests a minute for each key or address; 0 for no limit (default: 3000 with keys)',
      count,
    )
    .addOption(rerankOption())
    .addOption(agreeOnOption())
    .option('--cors <origin>', 'pages of this origin may use the API; may be repeated', list)
    .option('--allow-private-urls', 'fetch pictures from private and local addresses too')
    .option('--open', 'open the page in the browser')
    .option('--log <level>', 'trace, debug, info, warn, error, silent', 'info')
    .addOption(modelOption('that of the catalogue'))
    .addOption(threadsOption());
  addEngineOptions(command)
    .addHelpText(
      'after',
      examples([
        'whymatch serve --catalog shop --open',
        'whymatch serve --catalog shop --agree-on category --rerank 20',
        'whymatch serve --catalog shop --host 0.0.0.0 --keys keys.json --cors https://shop.example',
        'whymatch serve --catalog shop --device cuda',
      ]),
    )
    .action(action(serve));
}

async function serve({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  collectLessOften();
  const options = await serverOptions(flags);
  const { model, threads, engine, backend, device, allowFallback } = flags;
  const opened = await openService(flags.catalog, {
    ...(model === undefined ? {} : { model }),
    ...(threads === undefined ? {} : { threads }),
    ...(engine === undefined ? {} : { engine }),
    backend,
    device,
    allowFallback,
  });
  try {
    if (flags.agreeOn !== undefined && opened.catalog.count() > 0) checkField(opened.catalog, flags.agreeOn);
    await serveUntil(signal, opened, { out, flags, options });
  } finally {
    await opened.close();
  }
  return undefined;
}

/** Throws USAGE for a server that everybody could use. */
async function serverOptions(flags: Flags): Promise<ServerOptions> {
  const keys = flags.keys === undefined ? undefined : await readKeys(flags.keys);
  if (!keys && !isLoopback(flags.host)) {
    throw new AppError(
      'USAGE',
      `without API keys everybody who reaches ${flags.host} could read and change the catalogue. Name a file with --keys, or listen on 127.0.0.1`,
    );
  }
  const requestsPerMinute = flags.rate ?? (keys ? 3000 : 0);
  return {
    keys,
    corsOrigins: flags.cors ?? [],
    allowPrivateUrls: flags.allowPrivateUrls ?? false,
    localOnly: !keys,
    webRoot: builtPage(),
    order: { rerank: flags.rerank, agreeOn: flags.agreeOn },
    limits: { requestsPerMinute },
  };
}

interface Serving {
  readonly out: Invocation['out'];
  readonly flags: Flags;
  readonly options: ServerOptions;
}

async function serveUntil(
  signal: AbortSignal,
  { catalog, network, studio }: OpenedService,
  { out, flags, options }: Serving,
) {
  const log = pino({ level: flags.log, base: null }, pino.destination({ dest: 2, sync: false }));
  const app = createApp({ catalog, network, studio, options, log });
  const server = await listen(app.handler, flags);
  out.event({
    event: 'listening',
    url: server.url,
    catalog: catalog.directory,
    items: catalog.count(),
    engine: network.engine,
  });
  out.notice(
    `${catalog.directory}: ${catalog.count()} items at ${server.url}  (the API: ${server.url}/docs)`,
  );
  if (!options.keys) out.notice('no API keys: everybody on this machine may search and change the catalogue');
  try {
    await app.warmUp();
    if (flags.open) openBrowser(server.url);
    await stopped(signal);
  } finally {
    app.retire();
    await server.close();
    await app.close();
  }
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The page as `npm run build` puts it into the package, unless it was not built. */
function builtPage(): string | undefined {
  const packageFile = createRequire(import.meta.url).resolve('whymatch/package.json');
  const folder = path.join(path.dirname(packageFile), 'dist', 'web');
  return existsSync(path.join(folder, 'index.html')) ? folder : undefined;
}

/** Failing to do so is no failure of the server. */
function openBrowser(url: string): void {
  const commands: Partial<Record<NodeJS.Platform, string[]>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  };
  const [command = 'xdg-open', ...args] = commands[process.platform] ?? [];
  spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of 0 or more.');
}

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
