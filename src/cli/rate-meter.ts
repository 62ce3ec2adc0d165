/** How fast something goes now: over the last seconds, because a run may skip a thousand known pictures before it meets a new one. */

interface Sample {
  readonly at: number;
  readonly done: number;
}

const windowMs = 15_000;
/** Before this much time has passed, any rate is a guess; a time left is one before so much is done, or the window is full. */
const warmUpMs = 700;
const enoughDone = 20;

export class RateMeter {
  readonly #samples: Sample[] = [];

  /** at: milliseconds, never falling; done: how many are done by then. */
  add(at: number, done: number): void {
    this.#samples.push({ at, done });
    // The oldest sample inside the window's reach stays: the rate always spans the whole window.
    while (this.#samples.length > 2 && at - this.#samples[1]!.at >= windowMs) this.#samples.shift();
  }

  /** Things done a second; undefined while too little is known. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < warmUpMs) return undefined;
    return ((last.done - first.done) / (last.at - first.at)) * 1000;
  }

  /** Milliseconds until `total` are done; undefined while that cannot be said. */
  timeLeft(total: number): number | undefined {
    const rate = this.perSecond;
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!rate || rate < 0 || !first || !last) return undefined;
    const known = last.done - first.done >= enoughDone || last.at - first.at >= windowMs;
    return known ? (Math.max(0, total - last.done) / rate) * 1000 : undefined;
  }
}
