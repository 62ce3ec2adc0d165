/** whymatch doctor: does it work here, how fast, and what to install for more. */
import type { Command } from 'commander';
import { type Checkup, checkUp } from '../../app/doctor/checkup.ts';
import { type EngineCheck, isOf } from '../../app/doctor/engines.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import { bytes, rate } from '../format.ts';
import { gpuAdvice } from '../gpu-advice.ts';
import { examples } from '../help.ts';
import type { Output } from '../output.ts';
import { showLaterProgress } from '../progress.ts';
import { facts, oneLine } from '../table.ts';
import { packageVersion } from '../../app/version.ts';

export function addDoctorCommand(program: Command, action: Action): void {
  program
    .command('doctor')
    .summary('see what works here, and how fast')
    .description(
      'Looks at the machine, the native packages, the models, and every engine, device and backend; runs the default model on each that ' +
        'is there for about a second; and says what to install for a GPU. Ends with 0 when the default works.',
    )
    .argument('[engines...]', 'engines to try besides the default, such as ort:cuda or tfjs (default: all)')
    .addHelpText('after', examples(['whymatch doctor', 'whymatch doctor ort:cuda --json']))
    .action(action(doctor));
}

async function doctor({ out, signal }: Invocation, engines: readonly string[]): Promise<Ending> {
  const only = engines.length > 0 ? engines : undefined;
  const display = showLaterProgress(out, { title: 'Trying engines', unit: 'steps' });
  const checkup = await checkUp({ only, signal, onProgress: display.onProgress }).finally(() =>
    display.stop(),
  );
  const whymatch = packageVersion();
  const gpu = gpuAdvice(checkup.system, checkup.engines);
  out.result({ whymatch, ...checkup, gpu }, () => report(out, whymatch, checkup, gpu));
  return checkup.works ? undefined : 'unexpected';
}

function report(out: Output, whymatch: string, checkup: Checkup, gpu: readonly string[]): string[] {
  const { system, parts, engines, models, cache, works } = checkup;
  const { bold, red, green } = out.style;
  const mark = (fine: boolean) => (fine ? green('ok') : red('!!'));
  const graphics = system.gpus?.join('; ') ?? 'no NVIDIA one found (there is no nvidia-smi)';
  const missing = cache.exists ? '' : ' (not there yet)';
  return [
    ...facts([
      ['whymatch', whymatch],
      ['node', `${system.node}, ${system.platform} ${system.arch}, ${system.os}`],
      ['processor', `${system.cpu}, ${system.threads} threads`],
      ['memory', `${bytes(system.memoryBytes)}, ${bytes(system.freeMemoryBytes)} free`],
      ['graphics', graphics],
    ]),
    '',
    bold('Packages'),
    ...parts.map(({ name, works, detail }) => `  ${mark(works)} ${name.padEnd(15)} ${oneLine(detail)}`),
    '',
    bold('Engines'),
    ...engines.map((engine) => engineLine(engine, checkup.defaultEngine, out)),
    '',
    bold('Models'),
    ...models.map(
      ({ name, works, problem = 'checksum is right' }) =>
        `  ${mark(works)} ${oneLine(name).padEnd(15)} ${oneLine(problem)}`,
    ),
    `  ${mark(cache.writable)} kept in ${cache.folder}${missing}${cache.problem ? `: ${oneLine(cache.problem)}` : ''}`,
    '',
    ...gpu,
    '',
    works
      ? green('whymatch works here.')
      : red('whymatch does not work here: see the lines marked !! above.'),
  ];
}

function engineLine(engine: EngineCheck, defaultEngine: string, { style }: Output): string {
  const { name, starts, description, passesPerSecond, difference = 0, problem } = engine;
  const isDefault = isOf(name, defaultEngine);
  const title = name.padEnd(15);
  // What nobody asked for may well be missing.
  if (!starts)
    return `  ${isDefault ? style.red('!!') : style.dim('--')} ${title} ${style.dim(oneLine(problem!))}`;
  const speed = `${rate(passesPerSecond!)} pictures${isDefault ? ', the default' : ''}`;
  const differs = difference > 1e-4 ? style.red(`; differs by ${difference.toPrecision(2)}`) : '';
  return `  ${style.green('ok')} ${title} ${speed.padEnd(25)} ${description!}${differs}`;
}
