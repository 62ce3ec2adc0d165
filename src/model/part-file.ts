/**
 * A file on its way in. It grows under a name of its own, outlives a failed or killed download so that the next one can go on from
 * there, and appears under its final name only when it is whole.
 *
 *   net.onnx.4711-9f3c.part   being written by process 4711
 *   net.onnx.part             left behind by a download that failed
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../core/errors.ts';
import { sha256OfFile, writing } from './model-files.ts';

/** The parts that this process writes to. */
const ownParts = new Set<string>();

export class PartFile {
  readonly path: string;
  readonly #target: string;
  readonly #handle: FileHandle;
  #size: number;

  private constructor(target: string, location: string, handle: FileHandle, size: number) {
    this.path = location;
    this.#target = target;
    this.#handle = handle;
    this.#size = size;
  }

  /**
   * A part of `target` that nobody else writes to: the largest that was left behind, or a new one. Downloads of one file at the same
   * time never share a part. Throws OUTPUT_UNWRITABLE.
   */
  static async claim(target: string): Promise<PartFile> {
    return writing(target, async () => {
      const own = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
      ownParts.add(own);
      for (const { file } of await leftParts(target)) {
        if (await renamed(file, own)) break;
      }
      const handle = await open(own, constants.O_RDWR | constants.O_CREAT);
      const { size } = await handle.stat();
      return new PartFile(target, own, handle, size);
    });
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await writing(this.path, async () => {
      for (let rest = chunk; rest.length > 0;) {
        const { bytesWritten } = await this.#handle.write(rest, 0, rest.length, this.#size);
        this.#size += bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
    });
  }

  /** Throws away what is there. */
  async clear(): Promise<void> {
    await writing(this.path, () => this.#handle.truncate(0));
    this.#size = 0;
  }

  /** Hex SHA-256 of what is there. */
  async sha256(): Promise<string> {
    return sha256OfFile(this.path);
  }

  /** Makes it durable, gives it its final name, and removes other parts that were left behind. */
  async commit(): Promise<void> {
    await writing(this.#target, async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.path, this.#target);
      ownParts.delete(this.path);
      for (const { file } of await leftParts(this.#target)) await rm(file, { force: true });
    });
  }

  /** Leaves it to a later download. */
  async release(): Promise<void> {
    await this.#handle.close();
    if (this.#size > 0) await renamed(this.path, `${this.#target}.part`);
    else await rm(this.path, { force: true });
    ownParts.delete(this.path);
  }
}

/** Parts that nobody writes to any more, the largest first. */
async function leftParts(target: string): Promise<{ file: string; size: number }[]> {
  const folder = path.dirname(target);
  const prefix = `${path.basename(target)}.`;
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix));
  const parts = await Promise.all(
    names.map(async (name) => {
      const match = /^(?:(\d+)-[0-9a-f]{8}\.)?part$/.exec(name.slice(prefix.length));
      const file = path.join(folder, name);
      // Another download may have claimed it since the folder was read.
      const info = match && (await stat(file).catch(() => undefined));
      const left = info && (match[1] === undefined || isLeft(file, Number(match[1]), info.mtimeMs));
      return left ? [{ file, size: info.size }] : [];
    }),
  );
  return parts.flat().sort((a, b) => b.size - a.size);
}

/** Process ids come again, in a container on every start: an hour without a byte, or a part that we do not know, is left too. */
function isLeft(file: string, writer: number, modifiedAt: number): boolean {
  if (ownParts.has(file)) return false;
  return writer === process.pid || !isAlive(writer) || Date.now() - modifiedAt > 3_600_000;
}

/** Signal 0 asks whether a process is there. EPERM: it is, and belongs to somebody else. */
function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** False when the file is gone: renaming succeeds for one of those who want it. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
