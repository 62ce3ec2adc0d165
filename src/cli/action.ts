/** The frame around every command: what it is given, and what its end means. */
import type { Command } from 'commander';
import { exitCodes } from '../core/errors.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';

/** What every command is given besides its arguments. */
export interface Invocation {
  readonly out: Output;
  /** Fires when the user wants the command to stop. */
  readonly signal: AbortSignal;
}

/** How a command ended that did not throw: as errors.ts has it; nothing for success. */
export type Ending =
  Extract<keyof typeof exitCodes, 'partial' | 'interrupted' | 'catalog' | 'unexpected'> | undefined;

/** A command: its arguments, then its options, as commander hands them over. */
export type Handler<Args extends unknown[]> = (invocation: Invocation, ...args: Args) => Promise<Ending>;

/** Makes a handler into what commander calls. */
export type Action = <Args extends unknown[]>(handler: Handler<Args>) => (...args: Args) => Promise<void>;

/** The options that every command has. */
export interface CommonOptions {
  readonly json?: true;
  readonly debug?: true;
}

/** Actions on `io`; `end` is told the exit code of each that ends. */
export function actionsOn(io: Io, end: (exitCode: number) => void): Action {
  return (handler) =>
    async (...args) => {
      const command = args.at(-1) as Command;
      const { json = false } = command.opts<CommonOptions>();
      const ending = await handler({ out: new Output(io, json), signal: io.signal }, ...args);
      end(ending ? exitCodes[ending] : 0);
    };
}
