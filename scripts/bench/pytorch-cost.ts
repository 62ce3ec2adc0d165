/** PyTorch's own cost of the same explanations (scripts/pytorch-cost.py), where there is an interpreter that has it: PYTHON, or python3. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { table } from './measure.ts';

const run = promisify(execFile);

/** A table, or a line that says that there is no torch. */
export async function pytorchCost(batch: number, rounds: number): Promise<string> {
  const python = process.env['PYTHON'] ?? 'python3';
  const version = await run(python, ['-c', 'import torch; print(torch.__version__)']).catch(() => undefined);
  if (!version)
    return `PyTorch left out: ${python} has no torch (apt install python3-torch, or name another by PYTHON)`;
  const script = fileURLToPath(new URL('../pytorch-cost.py', import.meta.url));
  const threads = availableParallelism();
  const options = { threads, batch, rounds };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(python, [script, ...flags]);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { network: string; forward: number; guided: number })
    .map(({ network, forward, guided }) => [network, forward.toFixed(2), (guided / forward).toFixed(2)]);
  return `PyTorch ${version.stdout.trim()}, ${threads} threads, hooks on the rectifiers\n\n${table(['network', 'forward ms/picture', 'guided'], rows)}`;
}
