/** After a rush: when nothing has been asked for a while, what is kept only to be quick is let go. docs/serving.md has what comes back. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export class Rest {
  readonly #after: number;
  readonly #release: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `release` is called once `after` milliseconds have passed without work. */
  constructor(after: number, release: () => void) {
    this.#after = after;
    this.#release = release;
  }

  /** Something is in hand. */
  interrupt(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Nothing is in hand any more. */
  begin(): void {
    this.interrupt();
    this.#timer = setTimeout(this.#release, this.#after).unref();
  }
}

/** V8 collects garbage when it needs room, and a server at rest needs none: what was let go would stay for good. */
export function collectGarbage(): void {
  collect ??= exposedCollector();
  collect();
}

let collect: (() => void) | undefined;

/** The flag counts for contexts that are made after it. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
