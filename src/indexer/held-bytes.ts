/** Counts the bytes of pictures that somebody still needs, so that whoever reads ahead can wait. */
export class HeldBytes {
  readonly #limit: number;
  #held = 0;
  #waiting: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits until one more picture may be read, whatever its size. For one caller at a time. */
  async room(): Promise<void> {
    while (this.#held > this.#limit) await new Promise<void>((resolve) => (this.#waiting = resolve));
  }

  take(bytes: number): void {
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
