/**
 * Explanations on request: computed once, kept, and together for the hits of one query that are asked about at the same time, because
 * they share the query's forward pass.
 */
import { LRUCache } from 'lru-cache';
import type { ExaminedPicture } from '../app/pictures.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { Explanation } from '../explain/explain.ts';
import { methodNamed } from '../explain/methods/index.ts';
import type { Network } from './compute/network.ts';
import { type ExaminedPictures, keyOf, type QuerySource } from './examined.ts';

export interface PairRequest {
  readonly query: QuerySource;
  readonly hit: QuerySource;
  readonly method: string;
  readonly target: 'similarity' | 'cosine';
  /** With the faithfulness check of each map. */
  readonly check: boolean;
}

export interface Pair {
  readonly query: ExaminedPicture;
  readonly hit: ExaminedPicture;
  readonly explanation: Explanation;
}

/** More would share no more, and let searches wait longer. */
const mostTogether = 8;

interface Waiting {
  readonly request: PairRequest;
  readonly signal: AbortSignal | undefined;
  resolve(explanation: Explanation): void;
  reject(error: unknown): void;
}

export class Explainer {
  readonly #network: Network;
  readonly #pictures: ExaminedPictures;
  readonly #kept: LRUCache<string, Explanation>;
  /** By query, method, target and check, in the order of arrival. */
  readonly #groups = new Map<string, Waiting[]>();
  #running = false;

  constructor(network: Network, pictures: ExaminedPictures, cacheBytes: number) {
    this.#network = network;
    this.#pictures = pictures;
    this.#kept = new LRUCache({ maxSize: cacheBytes, sizeCalculation: memoryOf });
  }

  /** Throws USAGE for an unknown method, ABORTED, and what examining the pictures throws. */
  async explain(request: PairRequest, signal?: AbortSignal): Promise<Pair> {
    methodNamed(request.method);
    const explanation = this.#kept.get(pairKey(request)) ?? (await this.#enqueue(request, signal));
    const [query, hit] = await Promise.all([
      this.#pictures.ofQuery(request.query, signal),
      this.#pictures.ofQuery(request.hit, signal),
    ]);
    return { query, hit, explanation };
  }

  /** Lets go of all that can be made again. */
  forget(): void {
    this.#kept.clear();
  }

  #enqueue(request: PairRequest, signal: AbortSignal | undefined): Promise<Explanation> {
    return new Promise((resolve, reject) => {
      const key = groupKey(request);
      this.#groups.set(key, [...(this.#groups.get(key) ?? []), { request, signal, resolve, reject }]);
      // A page asks about all its hits in one breath.
      setTimeout(() => void this.#pump(), 2);
    });
  }

  /** Never rejects. One group at a time: the engine uses all processors anyway. */
  async #pump(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let group = this.#next(); group; group = this.#next()) {
      try {
        await this.#explainGroup(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = false;
  }

  #next(): Waiting[] | undefined {
    const [first] = this.#groups;
    if (!first) return undefined;
    const [key, group] = first;
    const taken = group.splice(0, Math.min(mostTogether, this.#network.batchSize));
    if (group.length === 0) this.#groups.delete(key);
    return taken;
  }

  async #explainGroup(group: readonly Waiting[]): Promise<void> {
    const wanted = new Map<string, Waiting[]>();
    for (const waiting of group) {
      const key = pairKey(waiting.request);
      const known = this.#kept.get(key);
      if (known) waiting.resolve(known);
      else if (isWanted(waiting)) wanted.set(key, [...(wanted.get(key) ?? []), waiting]);
    }
    const first = [...wanted.values()][0]?.[0];
    if (!first) return;
    const { query, method, target, check } = first.request;
    const { subject } = await this.#pictures.ofQuery(query);
    const hits = await this.#hits([...wanted.values()]);
    const subjects = hits.map(({ hit }) => hit.subject);
    const options = { methods: [method], target, check };
    const explanations = await this.#network.explain(subject, subjects, options);
    for (const [i, { waiting }] of hits.entries()) {
      const explanation = explanations[i]!;
      this.#kept.set(pairKey(waiting[0]!.request), explanation);
      for (const { resolve } of waiting) resolve(explanation);
    }
  }

  /** Those whose pictures can be read; the others' waiting hear what is wrong. */
  async #hits(wanted: readonly Waiting[][]) {
    const examined = await Promise.all(
      wanted.map(async (waiting) => {
        try {
          return { waiting, hit: await this.#pictures.ofQuery(waiting[0]!.request.hit) };
        } catch (error) {
          for (const { reject } of waiting) reject(error);
          return undefined;
        }
      }),
    );
    return examined.filter((hit) => hit !== undefined);
  }
}

/** False, and told so, when nobody waits any more. */
function isWanted({ signal, reject }: Waiting): boolean {
  try {
    throwIfAborted(signal);
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

const groupKey = ({ query, method, target, check }: PairRequest): string =>
  JSON.stringify([keyOf(query), method, target, check]);

const pairKey = (request: PairRequest): string => JSON.stringify([groupKey(request), keyOf(request.hit)]);

function memoryOf({ shares, maps }: Explanation): number {
  const all = [shares, ...Object.values(maps)].flatMap(({ query, hit }) => [query, hit]);
  return 1024 + all.reduce((sum, { data }) => sum + data.byteLength, 0);
}
