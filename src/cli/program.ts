/** The commands, put together. */
import { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import type { Action } from './action.ts';
import { examples } from './help.ts';
import type { Io } from './io.ts';
import { hasColors, styleOf } from './style.ts';
import { packageVersion } from '../app/version.ts';

/** Where the help goes. */
type HelpIo = Pick<Io, 'stdout' | 'stderr' | 'env'>;

type AddCommand = (program: Command, action: Action) => void;

/**
 * Each is loaded when it is wanted: that is faster, and `doctor` runs on a machine where a native package that others need does not load.
 * In the order of the help.
 */
const commands = new Map<string, () => Promise<AddCommand>>([
  ['index', async () => (await import('./commands/index-pictures.ts')).addIndexCommand],
  ['search', async () => (await import('./commands/search.ts')).addSearchCommand],
  ['name', async () => (await import('./commands/name.ts')).addNameCommand],
  ['explain', async () => (await import('./commands/explain.ts')).addExplainCommand],
  ['serve', async () => (await import('./commands/serve.ts')).addServeCommand],
  ['catalog', async () => (await import('./commands/catalog/catalog.ts')).addCatalogCommands],
  ['model', async () => (await import('./commands/model/model.ts')).addModelCommands],
  ['evaluate', async () => (await import('./commands/evaluate/evaluate.ts')).addEvaluateCommands],
  ['doctor', async () => (await import('./commands/doctor.ts')).addDoctorCommand],
]);

/** With all commands, or with the one that the arguments begin with; to print the version takes none. */
export async function createProgram(
  action: Action,
  io: HelpIo,
  argv: readonly string[] = [],
): Promise<Command> {
  const program = new Command('whymatch')
    .description('Image search that shows why it matched.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText(
      'after',
      examples([
        'whymatch index photos --catalog shop',
        'whymatch search photo.jpg --catalog shop --report report.html',
        'whymatch explain a.jpg b.jpg --output why',
      ]),
    );
  writeTo(program, io);
  const named = commands.get(argv[0] ?? '');
  const wanted = named ? [named] : argv[0] === '--version' ? [] : commands.values();
  for (const load of wanted) (await load())(program, action);
  for (const command of commandsOf(program)) finish(command);
  return program;
}

/** A command, and all below it. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** What is the same for all: the common options, and errors in our own form. */
function finish(command: Command): void {
  command.helpOption('--help', 'print this help');
  if (command.parent && command.commands.length > 0) command.helpCommand(false);
  if (command.commands.length === 0) {
    command
      .option('--json', 'print JSON, and nothing else, on stdout')
      .option('--debug', 'show where an error comes from');
  }
  command.exitOverride((error) => {
    // Help and version end here too; a group without a command has printed its help.
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new AppError('USAGE', `${message}. See: ${pathOf(command)} --help`, { cause: error });
  });
}

/** "whymatch catalog info" */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

function writeTo(program: Command, { stdout, stderr, env }: HelpIo): void {
  program.configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
    // reportError prints errors.
    outputError: () => undefined,
    getOutHelpWidth: () => Math.min(stdout.columns || 100, 100),
    getErrHelpWidth: () => Math.min(stderr.columns || 100, 100),
    getOutHasColors: () => hasColors(stdout, env),
    getErrHasColors: () => hasColors(stderr, env),
  });
  // Always coloured here: commander strips what the reader cannot see.
  const { bold } = styleOf(stdout, { FORCE_COLOR: '1' });
  program.configureHelp({ styleTitle: bold });
}
