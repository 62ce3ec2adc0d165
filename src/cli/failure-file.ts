import { closeSync, openSync, writeSync } from 'node:fs';
import { AppError, messageOf } from '../core/errors.ts';
import type { FailureListener } from '../indexer/observed-store.ts';

export interface FailureFile {
  readonly add: FailureListener;
  close(): void;
}

/**
 * A file of JSON lines with a failure each, written as it happens: a run that is killed leaves what it knew. A file of an earlier run is
 * replaced. Throws OUTPUT_UNWRITABLE.
 */
export function openFailureFile(file: string): FailureFile {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const message = `${file} cannot be written: ${messageOf(cause)}`;
      throw new AppError('OUTPUT_UNWRITABLE', message, { cause, details: { file } });
    }
  };
  const handle = attempt(() => openSync(file, 'w'));
  return {
    add: ({ attempt: nth, ...failure }) => {
      const line = { at: new Date().toISOString(), ...failure, ...(nth > 0 && { attempt: nth }) };
      attempt(() => writeSync(handle, `${JSON.stringify(line)}\n`));
    },
    close: () => closeSync(handle),
  };
}
