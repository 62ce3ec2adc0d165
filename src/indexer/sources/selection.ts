// Which of the files of a folder or an archive are wanted.

import picomatch from 'picomatch';

export interface SelectionOptions {
  /** Patterns, one of which a file must match. Absent or empty: every file. */
  readonly include?: readonly string[] | undefined;
  /** Patterns that neither a file nor a folder above it may match. */
  readonly exclude?: readonly string[] | undefined;
}

/** Names that say "picture". Some are here only to be listed as unsupported, rather than be missing without a word. */
export const pictureName = /\.(?:jpe?g|jpe|jfif|png|webp|avif|gif|tiff?|bmp|hei[cf])$/i;

/**
 * Patterns as shells have them: * ? [a-z] {a,b}, and ** for any number of folders. One without a slash is tried on the name alone,
 * wherever it is; one with a slash on the whole path below the root.
 */
export class Selection {
  readonly #include: (path: string) => boolean;
  readonly #exclude: (path: string) => boolean;

  constructor({ include = [], exclude = [] }: SelectionOptions = {}) {
    this.#include = include.length === 0 ? () => true : matcherOf(include);
    this.#exclude = exclude.length === 0 ? () => false : matcherOf(exclude);
  }

  /** path: below the root, with forward slashes. The folders above it have been asked for before (see `enters`). */
  takes(path: string): boolean {
    return this.#include(path) && !this.#exclude(path);
  }

  /** Whether a folder is looked into. */
  enters(folder: string): boolean {
    return !this.#exclude(folder);
  }

  /** The same for a path whose folders nobody has asked for. */
  takesWhole(path: string): boolean {
    if (!this.takes(path)) return false;
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (!this.enters(path.slice(0, at))) return false;
    }
    return true;
  }
}

function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const matchers = patterns.map((pattern) => {
    // A slash at the end says "folder" to a person; at the beginning, "from the root".
    const plain = pattern.replace(/\/$/, '');
    const matches = picomatch(plain.replace(/^\//, ''), { dot: true });
    return plain.includes('/') ? matches : (path: string) => matches(path.slice(path.lastIndexOf('/') + 1));
  });
  return (path) => matchers.some((matches) => matches(path));
}
