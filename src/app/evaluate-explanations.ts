/** How good explanations are, measured on pairs of a catalogue: every method, next to maps that know nothing. */
import path from 'node:path';
import { AppError, throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import { seededRandom, shuffled } from '../core/random.ts';
import { measurePair, redrawnCascade } from '../explain/measures/measure-pair.ts';
import type { MethodSummary } from '../explain/measures/summary.ts';
import { summarize } from '../explain/measures/summary.ts';
import type { Subject } from '../explain/subject.ts';
import { methodNamed, methods as allMethods } from '../explain/methods/index.ts';
import type { Model } from '../model/model.ts';
import type { Catalog } from '../search/catalog.ts';
import type { Journal, JournalPair } from './evaluate-journal.ts';
import { noJournal, openJournal } from './evaluate-journal.ts';
import { checkMaskFolder, readMask } from './evaluate-masks.ts';
import { examinePicture, isPictureProblem, readItemPicture } from './pictures.ts';
import { checkModel } from './search.ts';

export interface EvaluateExplanationsOptions extends LongRunning {
  /** Pairs of a random item and the nearest other one; 50 when absent, fewer where the catalogue has fewer. */
  readonly pairs?: number;
  /** Names of methods; when absent all that need no more than one gradient: the others take as long as ten of these. */
  readonly methods?: readonly string[];
  /** Chooses the items, and everything else that is random; 1 when absent. */
  readonly seed?: number;
  /** A folder with the masks of objects (readMask). */
  readonly masks?: string | undefined;
  /** A file that keeps the pairs that are done (evaluate-journal.ts). */
  readonly journal?: string | undefined;
  /** Go on with that file where it is there. */
  readonly resume?: boolean;
}

export interface ExplanationEvaluation {
  readonly format: 'whymatch-evaluation';
  readonly version: 1;
  /** ISO 8601. */
  readonly date: string;
  readonly model: { readonly name: string; readonly fingerprint: string; readonly engine: string };
  readonly catalog: { readonly name: string; readonly items: number };
  readonly seed: number;
  /** Pairs measured. */
  readonly pairs: number;
  /** Mean score of the pairs. */
  readonly score: number;
  /** Items whose pictures could not be read; others took their places. */
  readonly problems: readonly PictureProblem[];
  readonly methods: readonly MethodSummary[];
}

/** A picture that could not be read. */
export interface PictureProblem {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** Hits of each query: one makes the pair, the others show whether the query's map depends on the hit. */
const hitsOfQuery = 3;

/** The randomisation test costs a whole explanation for each stage; the first pairs are enough to see what it has to say. */
const randomisedPairs = 12;

/**
 * Measures explanations on pairs of a catalogue. With a journal, a run that was stopped (ABORTED) or killed can be resumed, also with
 * more pairs. Throws CATALOG_EMPTY when no two items are there, CATALOG_MODEL_MISMATCH, USAGE for a method or folder that is not
 * there, OUTPUT_EXISTS, OUTPUT_UNWRITABLE, ABORTED.
 */
export async function evaluateExplanations(
  catalog: Catalog,
  model: Model,
  options: EvaluateExplanationsOptions = {},
): Promise<ExplanationEvaluation> {
  const { seed = 1, masks } = options;
  const methods = options.methods ?? quickMethods();
  for (const name of methods) methodNamed(name);
  if (masks !== undefined) checkMaskFolder(masks);
  checkModel(catalog, model);
  const journal = await journalOf(model, methods, options);
  const run = new Evaluation(catalog, model, { ...options, methods, seed }, journal);
  const { done, problems } = await run.all();
  return {
    format: 'whymatch-evaluation',
    version: 1,
    date: new Date().toISOString(),
    model: { name: model.model, fingerprint: model.fingerprint, engine: model.engine.description },
    catalog: { name: path.basename(catalog.directory), items: catalog.count() },
    seed,
    pairs: done.length,
    score: done.reduce((sum, { score }) => sum + score, 0) / done.length,
    problems,
    methods: summarize(
      done.map(({ measures }) => measures),
      seed,
    ),
  };
}

const quickMethods = () => allMethods.filter(({ passes }) => passes <= 2).map(({ name }) => name);

function journalOf(
  model: Model,
  methods: readonly string[],
  { journal, masks, resume = false, seed = 1 }: EvaluateExplanationsOptions,
): Promise<Journal> | Journal {
  if (journal === undefined) return noJournal;
  const { model: name, fingerprint } = model;
  const folder = masks === undefined ? null : path.resolve(masks);
  const settings = { model: name, fingerprint, methods, seed, masks: folder, target: 'similarity' };
  return openJournal(journal, settings, resume);
}

type Settled = Omit<EvaluateExplanationsOptions, 'methods' | 'seed'> & {
  readonly methods: readonly string[];
  readonly seed: number;
};

/** One run over the pairs. */
class Evaluation {
  readonly #catalog: Catalog;
  readonly #model: Model;
  readonly #options: Settled;
  readonly #journal: Journal;
  /** By item. */
  readonly #problems = new Map<string, PictureProblem>();
  #redrawn: Model[] = [];

  constructor(catalog: Catalog, model: Model, options: Settled, journal: Journal) {
    this.#catalog = catalog;
    this.#model = model;
    this.#options = options;
    this.#journal = journal;
  }

  /** Items in random order, until there are as many pairs as wanted. */
  async all(): Promise<{
    readonly done: readonly JournalPair[];
    readonly problems: readonly PictureProblem[];
  }> {
    const { seed, pairs: wanted = 50, onProgress, signal } = this.#options;
    const ids = shuffled(
      Array.from(this.#catalog.items(), ({ id }) => id),
      seededRandom(seed),
    );
    const total = Math.min(wanted, ids.length);
    const known = new Map(this.#journal.done.map((pair) => [pair.query, pair]));
    const done: JournalPair[] = [];
    const tell = () =>
      onProgress?.({ phase: 'evaluate', done: done.length, total, failed: this.#problems.size });
    try {
      for (const id of ids) {
        if (done.length === wanted) break;
        throwIfAborted(signal);
        tell();
        const pair = known.get(id) ?? (await this.#pair(id, done.length));
        if (pair) done.push(pair);
      }
    } finally {
      await this.#dispose();
    }
    tell();
    const problems = [...this.#problems.values()];
    if (done.length > 0) return { done, problems };
    throw new AppError(
      'CATALOG_EMPTY',
      `expected two pictures in the catalogue ${this.#catalog.directory} that can be read and compared, received none`,
      { details: { problems } },
    );
  }

  /** Measures the pair of an item and its nearest neighbour, and writes it down; undefined where it has none. */
  async #pair(id: string, rank: number): Promise<JournalPair | undefined> {
    const item = this.#catalog.get(id);
    const query = item && (await this.#subjectOf(item));
    const hits = query ? await this.#hitsOf(item) : [];
    const [first] = hits;
    if (!query || !first) return undefined;
    const { methods, seed, signal } = this.#options;
    const masks = { query: await this.#maskOf(item), hit: await this.#maskOf(first.item) };
    const redrawn = await this.#cascade(rank);
    const measures = await measurePair(
      this.#model,
      { query, hits: hits.map(({ subject }) => subject), masks },
      { methods, seed: seed + 2 * rank, redrawn, signal },
    );
    const pair = { query: id, hit: first.item.id, score: first.score, measures };
    await this.#journal.add(pair);
    return pair;
  }

  /** The nearest items that can be read, without copies of the same bytes. */
  async #hitsOf({ id, contentHash }: Item) {
    const embedding = this.#catalog.embeddingOf(id)!;
    const found = await this.#catalog.search(embedding, { k: 2 * hitsOfQuery, exclude: [id] });
    const seen = new Set([contentHash]);
    const hits = [];
    for (const { item, score } of found.hits) {
      if (score <= 0 || seen.has(item.contentHash)) continue;
      seen.add(item.contentHash);
      const subject = await this.#subjectOf(item);
      if (subject) hits.push({ item, score, subject });
      if (hits.length === hitsOfQuery) break;
    }
    return hits;
  }

  /** Undefined, and noted, where the picture cannot be read. */
  async #subjectOf(item: Item): Promise<Subject | undefined> {
    try {
      const { subject } = await examinePicture(this.#model, { source: await readItemPicture(item) });
      return subject;
    } catch (error) {
      if (!(error instanceof AppError) || !isPictureProblem(error)) throw error;
      this.#problems.set(item.id, { id: item.id, code: error.code, message: error.message });
      return undefined;
    }
  }

  /** The models with re-drawn weights, for as long as they are needed: they take much memory. */
  async #cascade(rank: number): Promise<readonly Model[]> {
    if (rank >= randomisedPairs) await this.#dispose();
    else if (this.#redrawn.length === 0) this.#redrawn = redrawnCascade(this.#model, this.#options.seed);
    return this.#redrawn;
  }

  async #dispose(): Promise<void> {
    for (const model of this.#redrawn) await model.dispose();
    this.#redrawn = [];
  }

  #maskOf(item: Item) {
    const { masks } = this.#options;
    return masks === undefined ? undefined : readMask(masks, item, this.#model.input);
  }
}
