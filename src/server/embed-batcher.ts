/**
 * Brings the pictures of concurrent requests through the network together.
 *
 *   request 1 --prepare--> |
 *   request 2 --prepare--> |--one forward pass--> subjects
 *   request 3 --prepare--------> | next pass
 *
 * A pass begins when as many pictures wait as one takes, when nobody else is on the way, or when the first has waited long enough.
 * While a pass runs, the next batch gathers.
 */
import { setImmediate } from 'node:timers/promises';
import type { ExaminedPicture, PreparedInput } from '../app/pictures.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { Subject } from '../explain/subject.ts';
import type { Network } from './compute/network.ts';

interface Waiting {
  readonly input: PreparedInput;
  readonly signal: AbortSignal | undefined;
  resolve(examined: ExaminedPicture): void;
  reject(error: unknown): void;
}

export class EmbedBatcher {
  readonly #network: Network;
  readonly #delay: number;
  readonly #onBatch: (size: number) => void;
  #waiting: Waiting[] = [];
  #onTheWay = 0;
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(network: Network, delayMs: number, onBatch: (size: number) => void = () => undefined) {
    this.#network = network;
    this.#delay = delayMs;
    this.#onBatch = onBatch;
  }

  /** Prepares a picture and runs it through the network. Throws what `prepare` throws, and ABORTED. */
  async examine(prepare: () => Promise<PreparedInput>, signal?: AbortSignal): Promise<ExaminedPicture> {
    this.#onTheWay++;
    let input: PreparedInput;
    try {
      input = await prepare();
      throwIfAborted(signal);
    } catch (error) {
      this.#onTheWay--;
      this.#flushIfReady();
      throw error;
    }
    this.#onTheWay--;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, signal, resolve, reject });
      this.#flushIfReady();
    });
  }

  #flushIfReady(): void {
    if (this.#running || this.#waiting.length === 0) return;
    if (this.#waiting.length >= this.#network.quickBatch || this.#onTheWay === 0) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), this.#delay);
  }

  /** Never rejects: what fails is told to those who wait. */
  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running) return;
    this.#running = true;
    const batch = this.#next();
    try {
      if (batch.length > 0) {
        this.#onBatch(batch.length);
        const subjects = await this.#network.examine(
          batch.map(({ input }) => input.image),
          batch.map(({ input }) => input.placement.target),
        );
        void deliver(batch, subjects);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running = false;
    }
    this.#flushIfReady();
  }

  /** The next batch, without those that nobody waits for any more. */
  #next(): Waiting[] {
    const taken = this.#waiting.splice(0, this.#network.quickBatch);
    return taken.filter(({ signal, reject }) => {
      try {
        throwIfAborted(signal);
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
  }
}

/** One in each turn of the event loop: what they do next takes milliseconds each. */
async function deliver(batch: readonly Waiting[], subjects: readonly Subject[]): Promise<void> {
  for (const [i, { input, resolve }] of batch.entries()) {
    const { picture, placement } = input;
    resolve({ picture, placement, subject: subjects[i]! });
    await setImmediate();
  }
}
