/** After a rush: when nothing has been asked for a while, what is kept only to be quick is let go. docs/serving.md has what comes back. */

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
