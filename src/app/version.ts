import { createRequire } from 'node:module';

/** The version of this package, as package.json has it. */
export function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('whymatch/package.json') as { version: string };
  return version;
}
