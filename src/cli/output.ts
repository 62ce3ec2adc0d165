/**
 * All that commands say: results to stdout, everything else to stderr. With --json stdout holds JSON and nothing else, and stderr
 * stays empty.
 */
import type { Io } from './io.ts';
import { prettyJson } from './json.ts';
import type { Style } from './style.ts';
import { styleOf } from './style.ts';

export class Output {
  readonly io: Io;
  /** Whether a program reads along. */
  readonly json: boolean;
  /** Colours of stdout. */
  readonly style: Style;

  constructor(io: Io, json: boolean) {
    this.io = io;
    this.json = json;
    this.style = styleOf(io.stdout, io.env);
  }

  /** The result of a command: one JSON document with --json, lines of text without. */
  result(document: unknown, lines: () => readonly string[]): void {
    if (this.json) this.io.stdout.write(`${prettyJson(document)}\n`);
    else for (const line of lines()) this.io.stdout.write(`${line}\n`);
  }

  /** Of a command that reports as it goes, one line of JSON; says nothing without --json. */
  event(event: { readonly event: string } & Readonly<Record<string, unknown>>): void {
    if (this.json) this.io.stdout.write(`${JSON.stringify(event)}\n`);
  }

  /** For the person at the terminal; not part of the result. */
  notice(text: string): void {
    if (!this.json) this.io.stderr.write(`${text}\n`);
  }
}
