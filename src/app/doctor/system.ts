/** The machine: Node, processor, memory, graphics card, and the folder that models are kept in. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf, systemCode } from '../../core/errors.ts';
import { modelFolders, type RegistryOptions } from '../../model/registry.ts';

export interface System {
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  /** Of the system's own naming. */
  readonly os: string;
  readonly cpu: string;
  /** Threads that this process may use. */
  readonly threads: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  /** As nvidia-smi names them, with memory and driver; null where there is no nvidia-smi. */
  readonly gpus: readonly string[] | null;
}

export interface CacheCheck {
  readonly folder: string;
  readonly exists: boolean;
  readonly writable: boolean;
  readonly problem?: string;
}

export async function describeSystem(): Promise<System> {
  return {
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    os: `${os.type()} ${os.release()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    threads: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    freeMemoryBytes: os.freemem(),
    gpus: await nvidiaGpus(),
  };
}

async function nvidiaGpus(): Promise<string[] | null> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000 });
    return stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  } catch {
    return null;
  }
}

/** Can models be kept? A folder that is not there yet can be made where the nearest one above it can be written. */
export async function checkCache(registry: RegistryOptions): Promise<CacheCheck> {
  const folder = modelFolders(registry).user;
  const nearest = await nearestExisting(folder);
  const exists = nearest === folder;
  try {
    if (!(await stat(nearest)).isDirectory()) throw new Error(`${nearest} is not a folder`);
    await access(nearest, constants.W_OK);
    return { folder, exists, writable: true };
  } catch (error) {
    return { folder, exists, writable: false, problem: messageOf(error) };
  }
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch (error) {
    const parent = path.dirname(folder);
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
    return missing && parent !== folder ? nearestExisting(parent) : folder;
  }
}
