/**
 * npx tsx scripts/check-gpu.ts [ENGINE...]: does whymatch compute rightly here, on the GPU above all? Prints a report to paste into an
 * issue. Every engine is tried in a process of its own, so that one that crashes is a line of the report. Without names: all.
 */
import { execFile, spawn } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { engineLabel, parseEngine } from '../src/model/engine-choice.ts';
import { allEngines } from '../src/model/engines.ts';
import type { Trial } from './check-gpu/trial.ts';
import { trialMark, tryHere } from './check-gpu/trial.ts';

const [first, ...rest] = process.argv.slice(2);
if (first === '--trial') {
  console.log(`${trialMark}${JSON.stringify(await tryHere(parseEngine(rest[0]!)))}`);
} else {
  await report(first === undefined ? allEngines.map(engineLabel) : [first, ...rest]);
}

async function report(names: readonly string[]): Promise<void> {
  for (const name of names) parseEngine(name);
  console.log('## whymatch on this machine\n\n```text');
  console.log(await environment());
  const trials: Trial[] = [];
  for (const name of names) {
    const trial = await tryApart(name);
    trials.push(trial);
    console.log(`\n${'-'.repeat(72)}\n${words(trial, trials[0]!)}`);
  }
  console.log('```');
  const wrong = trials
    .filter(({ right, problem }) => problem === undefined && !right)
    .map(({ name }) => name);
  const crashed = trials.filter(({ crashed }) => crashed).map(({ name }) => name);
  console.log(
    `\nright: ${
      trials
        .filter(({ right }) => right)
        .map(({ name }) => name)
        .join(', ') || 'none'
    }`,
  );
  if (wrong.length > 0) console.log(`WRONG: ${wrong.join(', ')}`);
  if (crashed.length > 0) console.log(`CRASHED: ${crashed.join(', ')}`);
  process.exitCode = wrong.length + crashed.length > 0 ? 1 : 0;
}

async function environment(): Promise<string> {
  const { node, v8 } = process.versions;
  const relevant = Object.entries(process.env).filter(([name]) =>
    /^(?:CUDA|NVIDIA_|TF_\w*(?:GPU|CPP|CUDNN|TF32)|LD_LIBRARY_PATH|WHYMATCH_ENGINE)/.test(name),
  );
  const libraries = (await outputOf('ldconfig', ['-p']))
    .split('\n')
    .filter((line) => /lib(?:cudart|cudnn|cublas|cufft|curand|cuda)\.so/.test(line))
    .map((line) => line.trim());
  return [
    `node ${node}, v8 ${v8}, ${process.platform} ${process.arch}, ${os.type()} ${os.release()}`,
    `cpu ${os.cpus()[0]?.model ?? 'unknown'}, ${os.availableParallelism()} threads; ${(os.totalmem() / 1e9).toFixed(1)} GB`,
    `commit ${(await outputOf('git', ['log', '-1', '--format=%h %cs'])).trim()}`,
    ...relevant.map(([name, value]) => `${name}=${value}`),
    '',
    (await outputOf('nvidia-smi', [])).trimEnd(),
    '',
    'CUDA libraries that ldconfig lists:',
    ...(libraries.length > 0 ? libraries : ['none']),
  ].join('\n');
}

async function outputOf(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { timeout: 20_000 })).stdout;
  } catch (error) {
    return `${command}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

/** What an engine's own process found, or how it ended. */
async function tryApart(name: string): Promise<Trial> {
  const child = spawn(process.execPath, ['--import=tsx', fileURLToPath(import.meta.url), '--trial', name], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = await new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  const line = stdout.split('\n').find((line) => line.startsWith(trialMark));
  const output = stderr.trim();
  if (line === undefined)
    return { name, right: false, crashed: true, problem: `the process ended with ${ended}`, output };
  return { ...(JSON.parse(line.slice(trialMark.length)) as Trial), output };
}

function words(trial: Trial, base: Trial): string {
  const { name, description, cases = [], forwardMs, explanationMs, problem, output } = trial;
  const ratio = (own?: number, other?: number) =>
    own === undefined
      ? ''
      : `${own.toFixed(2)} ms a picture${other === undefined ? '' : `, ${(other / own).toFixed(2)} times as fast as ${base.name}`}`;
  const lines = [name, description === undefined ? '' : `  ${description}`];
  if (cases.length > 0) {
    const wrong = cases.filter(({ right }) => !right);
    lines.push(
      `  reference cases: ${cases.length - wrong.length} of ${cases.length} right (relative error below 0.0001)`,
    );
    for (const { name, error } of wrong) lines.push(`    WRONG ${name}: ${error}`);
    lines.push(`  forward, batch 8: ${ratio(forwardMs, base.forwardMs)}`);
    lines.push(`  explanation, batch 8: ${ratio(explanationMs, base.explanationMs)}`);
  }
  if (problem !== undefined) lines.push(`  ${problem.replaceAll('\n', '\n  ')}`);
  if (output) lines.push('  it wrote to stderr:', `    ${output.replaceAll('\n', '\n    ')}`);
  return lines.filter((line) => line !== '').join('\n');
}
