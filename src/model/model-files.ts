/** Reading, checking and writing the files of the registry. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { AppError, messageOf, systemCode } from '../core/errors.ts';

/** What a model file must be. */
export interface FileFacts {
  readonly bytes: number;
  /** Hex SHA-256. */
  readonly sha256: string;
}

/** The bytes of a model file. Throws MODEL_NOT_FOUND, or MODEL_INVALID when it is no file that can be read. */
export async function readModelBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw fileError(file, error);
  }
}

/**
 * Throws MODEL_CHECKSUM when the file is not the one that the facts describe, MODEL_NOT_FOUND when there is none. Reads the whole file,
 * at about a gigabyte a second. `advice` says what to do.
 */
export async function verifyFile(
  file: string,
  facts: FileFacts,
  advice = 'get the file again',
): Promise<void> {
  const problem = await checksumProblem(file, facts);
  if (problem) {
    throw new AppError('MODEL_CHECKSUM', `${file}: ${problem}; ${advice}`, { details: { file, ...facts } });
  }
}

/** Is it the file that the facts describe? False where there is no file. */
export async function matchesFacts(file: string, facts: FileFacts): Promise<boolean> {
  try {
    return (await checksumProblem(file, facts)) === undefined;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Hex SHA-256 of a file. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes a whole file or, if anything goes wrong, nothing: readers see the old content or the new. Throws OUTPUT_UNWRITABLE. */
export async function writeFileAtomic(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  await writing(file, async () => {
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/** Runs something that writes to `file`, and turns what the system says against it into OUTPUT_UNWRITABLE. */
export async function writing<T>(file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof AppError || systemCode(error) === undefined) throw error;
    const advice = 'check the permissions and the free space, or choose another folder with WHYMATCH_HOME';
    throw new AppError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${messageOf(error)}; ${advice}`, {
      cause: error,
      details: { file },
    });
  }
}

async function checksumProblem(file: string, { bytes, sha256 }: FileFacts): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size !== bytes) return `expected ${bytes} bytes, received ${size}`;
    const received = await sha256OfFile(file);
    return received === sha256 ? undefined : `expected SHA-256 ${sha256}, received ${received}`;
  } catch (error) {
    throw fileError(file, error);
  }
}

function fileError(file: string, error: unknown): AppError {
  const [code, problem] =
    systemCode(error) === 'ENOENT'
      ? (['MODEL_NOT_FOUND', 'there is no such file'] as const)
      : (['MODEL_INVALID', messageOf(error)] as const);
  return new AppError(code, `expected a model file at ${file}: ${problem}`, {
    cause: error,
    details: { file },
  });
}
