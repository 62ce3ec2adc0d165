/** Many downloads: so many at once, so many of one host, again when it may help, and hosts that are down are left alone. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { AppError, throwIfAborted } from '../core/errors.ts';
import { type Agents, type Download, download, type Validators } from './download.ts';
import type { Resolve } from './public-address.ts';

export interface FetcherOptions {
  /** Downloads at once; 16 when absent. */
  readonly connections?: number;
  /** Of one host; 4 when absent. */
  readonly connectionsPerHost?: number;
  /** How often a URL is asked before it is given up; 4 when absent. */
  readonly attempts?: number;
  readonly maxBytes?: number;
  /** Milliseconds for one attempt, redirects included; 2 minutes when absent. */
  readonly timeoutMs?: number;
  readonly connectMs?: number;
  readonly idleMs?: number;
  /** Milliseconds: attempt n waits a random time up to backoffMs · 2^(n-1), at most 30 s. 500 when absent. */
  readonly backoffMs?: number;
  /** URLs of one host given up in a row, after which it is left alone for restMs. 10 and one minute when absent. */
  readonly strikes?: number;
  readonly restMs?: number;
  /** Addresses of the own network too. */
  readonly allowPrivate?: boolean;
  /** The name service; the system's when absent. */
  readonly resolve?: Resolve;
}

const defaults = {
  connections: 16,
  connectionsPerHost: 4,
  attempts: 4,
  maxBytes: 64 * 1024 * 1024,
  timeoutMs: 120_000,
  connectMs: 10_000,
  idleMs: 20_000,
  backoffMs: 500,
  strikes: 10,
  restMs: 60_000,
  allowPrivate: false,
};

const longestBackoffMs = 30_000;
/** A server that asks for more patience than this is not waited for: the URL fails, and a later run asks again. */
const longestRetryAfterMs = 120_000;

export class Fetcher {
  readonly #options: typeof defaults & FetcherOptions;
  readonly #queue: PQueue;
  readonly #hosts = new Map<string, Host>();
  readonly #agents: Agents;

  constructor(options: FetcherOptions = {}) {
    this.#options = { ...defaults, ...options };
    const { connections, connectionsPerHost: maxSockets } = this.#options;
    this.#queue = new PQueue({ concurrency: connections });
    this.#agents = {
      http: new HttpAgent({ keepAlive: true, maxSockets }),
      https: new HttpsAgent({ keepAlive: true, maxSockets }),
    };
  }

  /** As `download`, which says what it throws, but again after failures that may pass. */
  async fetch(address: string, known?: Validators, signal?: AbortSignal): Promise<Download> {
    const host = this.#hostOf(address);
    const { attempts, strikes, restMs } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await host.queue.add(() => this.#attempt(address, host, known, signal));
        host.strikes = 0;
        return answer;
      } catch (error) {
        const delay = this.#delay(error, attempt);
        if (delay !== undefined && attempt < attempts && host.restsUntil <= Date.now()) {
          await sleep(delay, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
          continue;
        }
        if (mayPass(error) && ++host.strikes >= strikes && host.restsUntil <= Date.now())
          host.restsUntil = Date.now() + restMs;
        // A host that says "no" is not down.
        if (!mayPass(error) && detailsOf(error).status !== undefined) host.strikes = 0;
        throw error;
      }
    }
  }

  /** Ends connections that are kept. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** In the host's turn: waits while the host wants to be left alone, and takes a place among all only then. */
  async #attempt(address: string, host: Host, known?: Validators, signal?: AbortSignal): Promise<Download> {
    throwIfAborted(signal);
    if (host.restsUntil > Date.now()) throw resting(host, this.#options);
    const pause = host.pausedUntil - Date.now();
    if (pause > 0)
      await sleep(pause, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
    return this.#queue.add(() =>
      download(address, { ...this.#options, known, signal, agents: this.#agents }).catch((error: unknown) => {
        const { retryAfterMs } = detailsOf(error);
        if (retryAfterMs !== undefined && retryAfterMs <= longestRetryAfterMs)
          host.pausedUntil = Math.max(host.pausedUntil, Date.now() + retryAfterMs);
        throw error;
      }),
    );
  }

  /** Milliseconds before the next attempt; undefined when there should be none. Full jitter: aws.amazon.com/builders-library, "Timeouts, retries, and backoff with jitter". */
  #delay(error: unknown, attempt: number): number | undefined {
    const { retryAfterMs = 0 } = detailsOf(error);
    if (!mayPass(error) || retryAfterMs > longestRetryAfterMs) return undefined;
    const ceiling = Math.min(longestBackoffMs, this.#options.backoffMs * 2 ** (attempt - 1));
    return retryAfterMs + Math.random() * ceiling;
  }

  #hostOf(address: string): Host {
    const name = URL.canParse(address) ? new URL(address).host : '';
    let host = this.#hosts.get(name);
    if (!host) {
      if (this.#hosts.size >= mostHosts) this.#forgetIdle();
      const queue = new PQueue({ concurrency: this.#options.connectionsPerHost });
      host = { name, queue, strikes: 0, pausedUntil: 0, restsUntil: 0 };
      this.#hosts.set(name, host);
    }
    return host;
  }

  #forgetIdle(): void {
    for (const [name, { queue, restsUntil }] of this.#hosts) {
      if (queue.size + queue.pending === 0 && restsUntil < Date.now()) this.#hosts.delete(name);
    }
  }
}

/** Beyond this many, those that are idle are forgotten. */
const mostHosts = 1000;

interface Host {
  readonly name: string;
  readonly queue: PQueue;
  /** URLs given up in a row. */
  strikes: number;
  /** The host asked for it (Retry-After). */
  pausedUntil: number;
  /** It is down: URLs fail at once until then. After that one more failure is enough. */
  restsUntil: number;
}

function resting({ name }: Host, { strikes, restMs }: typeof defaults): AppError {
  const message = `the URL was not asked for: ${strikes} URLs of ${name} failed in a row, so it is left alone for ${restMs / 1000} s`;
  return new AppError('URL_FAILED', message, { details: { retry: false } });
}

interface FailureDetails {
  readonly status?: number;
  readonly retry?: boolean;
  readonly retryAfterMs?: number;
}

const detailsOf = (error: unknown): FailureDetails =>
  error instanceof AppError && error.code === 'URL_FAILED' ? error.details : {};

const mayPass = (error: unknown): boolean => detailsOf(error).retry === true;
