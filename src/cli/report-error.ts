/** What a user sees of an error: its code, its sentence, and what to do. */
import { inspect } from 'node:util';
import { AppError, errorCodes, exitCodes, messageOf } from '../core/errors.ts';
import type { Io } from './io.ts';
import { styleOf } from './style.ts';

export interface ReportOptions {
  /** On stdout, as {error: {code, message, details}}. */
  readonly json: boolean;
  /** With the stack, and the causes. */
  readonly debug: boolean;
}

/** Returns the exit code. */
export function reportError(thrown: unknown, io: Io, { json, debug }: ReportOptions): number {
  const known = thrown instanceof AppError ? thrown : undefined;
  const code = known?.code ?? 'UNEXPECTED';
  const message = messageOf(thrown);
  const exitCode = known?.exitCode ?? exitCodes.unexpected;
  if (json) {
    const stack = debug ? { stack: inspect(thrown) } : {};
    const error = { code, message, details: known?.details ?? {}, exitCode, ...stack };
    io.stdout.write(`${JSON.stringify({ error }, jsonable)}\n`);
    return exitCode;
  }
  const { red, bold, dim } = styleOf(io.stderr, io.env);
  const advice = known
    ? errorCodes[known.code][1]
    : 'This is a defect in whymatch. Please report it, with what the same command prints with --debug.';
  io.stderr.write(`${red('error')} ${bold(`${code}:`)} ${message}\n`);
  io.stderr.write(`${dim(`  ${advice}`)}\n`);
  if (debug) io.stderr.write(`${dim(inspect(thrown))}\n`);
  return exitCode;
}

/** Details may hold what JSON does not know. */
function jsonable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return messageOf(value);
  return value;
}
