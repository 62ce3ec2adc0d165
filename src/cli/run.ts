/** One run of the command line, from its arguments to its exit code; main.ts gives it the process, tests their own streams. */
import { CommanderError } from 'commander';
import { AppError, exitCodes } from '../core/errors.ts';
import { actionsOn } from './action.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** argv: the arguments alone, without the program's name. Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  try {
    const action = actionsOn(io, (code) => (exitCode = code));
    const program = await createProgram(action, io, argv);
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help and version were asked for, or help is shown because no command was named.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    const debug = argv.includes('--debug') || Boolean(io.env['WHYMATCH_DEBUG']);
    return reportError(asStopped(error, io), io, { json: argv.includes('--json'), debug });
  }
}

/** Stopped on request: whatever was thrown because of it, that is what happened. */
function asStopped(error: unknown, io: Io): unknown {
  if (!io.signal.aborted || error instanceof AppError) return error;
  return new AppError('ABORTED', 'stopped on request', { cause: error });
}
