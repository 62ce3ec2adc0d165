/** Runs the command line: in this process with its own streams, or as the process that users start. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { Sink } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { moduleBesides } from '../../src/threads/thread.ts';
import { checkout } from '../support/checkout.ts';

/** The user's models of this test process: none. */
const home = mkdtempSync(path.join(tmpdir(), 'whymatch-home-'));
process.env['WHYMATCH_HOME'] = home;
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

const fixture = (name: string) => checkout(`test/fixtures/backward/${name}/model.onnx`);

/** A model that is quick: 24×24 pixels in, 12 features at 10×10 places out. And another one. */
export const tinyModel = fixture('plain-conv');
export const otherModel = fixture('residual-bn');

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Streams that are a terminal of so many columns. */
  readonly columns?: number;
}

/** `whymatch ...argv` in this process. */
export async function whymatch(argv: readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const [stdout, stderr] = [new TextSink(around.columns), new TextSink(around.columns)];
  const { env = {}, signal = new AbortController().signal } = around;
  const exitCode = await run(argv, { stdout, stderr, env, signal });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** Whatever JSON.parse gives. */
export type Parsed = ReturnType<typeof JSON.parse>;

/** What a command prints with --json, parsed; fails the test unless it ends with `exitCode` and prints nothing else. */
export async function json(t: ExecutionContext, argv: readonly string[], exitCode = 0): Promise<Parsed> {
  const outcome = await whymatch([...argv, '--json']);
  t.is(outcome.exitCode, exitCode, outcome.stdout + outcome.stderr);
  t.is(outcome.stderr, '');
  return JSON.parse(outcome.stdout);
}

/** The last line of JSON lines, parsed. */
export function lastEvent(stdout: string): Parsed {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

class TextSink implements Sink {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  constructor(columns: number | undefined) {
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

/** The command as a process of its own. It is killed after the test, should it still run. */
export function startCommand(
  t: ExecutionContext,
  argv: readonly string[],
  env = process.env,
): ChildProcessWithoutNullStreams {
  const main = fileURLToPath(moduleBesides(import.meta, '../../src/cli/main'));
  const child = spawn(process.execPath, [main, ...argv], { env });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Waits for the end of a process. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: string) => (stdout += text));
  child.stderr.on('data', (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
