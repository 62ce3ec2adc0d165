/** Finds TensorFlow.js: the only importer of its packages, all of them optional. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError, messageOf, systemCode } from '../../core/errors.ts';
import { tfjsBackends, type TfjsBackend } from '../engine-choice.ts';
import type { Tf } from './layout.ts';

export interface OpenedBackend {
  readonly tf: Tf;
  readonly backend: TfjsBackend;
  /** The package that was loaded, and its version. */
  readonly version: string;
}

/** What to install for each. */
const tfjsPackages: Readonly<Record<TfjsBackend, readonly string[]>> = {
  'node-gpu': ['@tensorflow/tfjs-node-gpu'],
  node: ['@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu'],
  cpu: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'],
};

/**
 * The backend asked for (with `allowFallback`, or else the next after it that starts), or the first that is installed and starts.
 * Throws ENGINE_UNAVAILABLE with the reason of each that was tried, and what to install.
 */
export function openBackend(wanted?: TfjsBackend, allowFallback = false): Promise<OpenedBackend> {
  const opened = opening.then(() => firstThatStarts(wanted, allowFallback));
  opening = opened.catch(() => undefined);
  return opened;
}

/** One after the other: TensorFlow.js gives up the start of a backend when that of another begins. */
let opening: Promise<unknown> = Promise.resolve();

async function firstThatStarts(
  wanted: TfjsBackend | undefined,
  allowFallback: boolean,
): Promise<OpenedBackend> {
  const failures: unknown[] = [];
  const reasons: string[] = [];
  const from = wanted ? tfjsBackends.indexOf(wanted) : 0;
  for (const backend of tfjsBackends.slice(from, wanted && !allowFallback ? from + 1 : undefined)) {
    try {
      return { ...(await openers[backend]()), backend };
    } catch (error) {
      failures.push(error);
      reasons.push(`${backend}: ${messageOf(error).split('\n')[0]}`);
    }
  }
  const install = `npm install ${tfjsPackages[wanted ?? 'wasm'].join(' ')}`;
  throw new AppError(
    'ENGINE_UNAVAILABLE',
    `TensorFlow.js does not start here (${reasons.join('; ')}). Install it: ${install}`,
    { cause: failures.length === 1 ? failures[0] : new AggregateError(failures) },
  );
}

type Opened = Omit<OpenedBackend, 'backend'>;

const openers: Readonly<Record<TfjsBackend, () => Promise<Opened>>> = {
  'node-gpu': () => openNative('@tensorflow/tfjs-node-gpu'),
  node: () => openNative('@tensorflow/tfjs-node'),
  wasm: openWasm,
  cpu: openCpu,
};

/** Which of the two native packages has loaded: they share a name inside TensorFlow.js, so that a process can have only one. */
let nativePackage: string | undefined;

async function openNative(name: string): Promise<Opened> {
  const version = packageVersion(name);
  checkNodeVersion(name, version);
  if (nativePackage !== undefined && nativePackage !== name)
    throw new Error(`this process runs ${nativePackage} already, and can have only one of the two`);
  // Full precision on the GPU too: scores must agree with the CPU's to 1e-4.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  const tf = (await import(name)) as Tf;
  nativePackage = name;
  await start(tf, 'tensorflow');
  // Without its CUDA it computes on the CPU and says so only in its log.
  const { isUsingGpuDevice } = tf.backend() as { readonly isUsingGpuDevice?: boolean };
  if (name.endsWith('-gpu') && isUsingGpuDevice === false)
    throw new Error(
      `${name} ${version} starts, but finds no GPU; it needs an NVIDIA driver, CUDA 11.2 and cuDNN 8.1`,
    );
  return { tf, version: `${name} ${version}` };
}

/**
 * tfjs-node up to 4.22 calls util.isNullOrUndefined, which Node 23 removed: it loads there, and then fails in the middle of a run
 * (tensorflow/tfjs#8609; mended in its repository, and not released when this was written).
 */
function checkNodeVersion(name: string, version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (Number(process.versions.node.split('.')[0]) < 23 || major > 4 || (major === 4 && minor > 22)) return;
  throw new Error(`${name} ${version} works with Node 22 and older, this is Node ${process.versions.node}`);
}

async function openWasm(): Promise<Opened> {
  const version = versionsOf('wasm');
  const tf = await import('@tensorflow/tfjs-core');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // Kernels that the WebAssembly backend lacks do not fall back by themselves, so none is used; see operators.ts.
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${path.dirname(entry)}${path.sep}`);
  await start(tf, 'wasm');
  return { tf, version };
}

async function openCpu(): Promise<Opened> {
  const version = versionsOf('cpu');
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  await start(tf, 'cpu');
  return { tf, version };
}

async function start(tf: Tf, name: string): Promise<void> {
  // Without its advice to install another backend, which goes to stderr.
  tf.enableProdMode();
  if (!(await tf.setBackend(name))) throw new Error(`the backend "${name}" does not start`);
  await tf.ready();
}

/** The backend's own package and its version. Throws where one of its packages is not installed. */
function versionsOf(backend: TfjsBackend): string {
  const [, own] = tfjsPackages[backend].map((name) => `${name} ${packageVersion(name)}`);
  return own!;
}

function packageVersion(name: string): string {
  const require = createRequire(import.meta.url);
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch (error) {
    if (systemCode(error) === 'MODULE_NOT_FOUND')
      throw new Error(`${name} is not installed`, { cause: error });
    throw error;
  }
}
