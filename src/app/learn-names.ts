/** Learning to name pictures from the items of a catalogue that have a name in a metadata field. */
import { AppError, throwIfAborted } from '../core/errors.ts';
import type { Json } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import { seededRandom, shuffled } from '../core/random.ts';
import type { Catalog } from '../search/catalog.ts';
import { textOf } from '../search/evaluate/labels.ts';
import { type Share, wilson } from '../search/evaluate/shares.ts';
import { fieldOf } from '../search/item-field.ts';
import { usualField } from '../search/meaning.ts';
import { type Example, type LearnedNames, learnNames } from '../search/naming/learn.ts';
import { isName } from '../search/naming/name-vote.ts';
import { type KnownNames, readNames, saveNames } from '../search/naming/names-file.ts';

/** So many examples say what there is to say; more would take longer, and memory. */
const mostExamples = 20_000;

/** Fewer say too little: then the vote of the nearest has to do. */
const fewestExamples = 50;

/** More names than this are those of single products rather than of kinds. */
const mostNames = 2000;

export interface LearnOptions extends LongRunning {
  /**
   * Items that have the same here are left out together. The product when absent, where other products have the same names: a customer's photo need not be of a
   * product that the catalogue has.
   */
  readonly ignoreSame?: string | undefined;
}

/**
 * Learns the values (texts) of a field from the catalogue's items. Throws USAGE where there is nothing to learn: fewer than 50 items with a
 * value, fewer than two values that several items have, or more than 2,000 values; and ABORTED.
 */
export async function learnFromCatalog(
  catalog: Catalog,
  field: string,
  { ignoreSame, ...running }: LearnOptions = {},
): Promise<LearnedNames> {
  const byProduct = await namedItems(catalog, field, { ignoreSame: ignoreSame ?? 'product_id', ...running });
  const byName = ignoreSame === undefined && !areShared(byProduct) ? withoutGroups(byProduct) : byProduct;
  const named = [...byName.values()].reduce((sum, { length }) => sum + length, 0);
  const several = [...byName.values()].filter(isShared).length;
  if (named < fewestExamples || several < 2) {
    const fields = ['product_id', ...catalog.metadataFields()].join(', ');
    throw new AppError(
      'USAGE',
      `expected a field (${fields}) of which ${fewestExamples} items of ${catalog.directory} have a text, and at least two texts that several ${ignoreSame === undefined ? 'items' : `items of different ${ignoreSame}`} have; "${field}" has ${named} and ${several}`,
    );
  }
  if (byName.size > mostNames) {
    throw new AppError(
      'USAGE',
      `expected a field with at most ${mostNames} different values, such as a category; "${field}" has ${byName.size}`,
    );
  }
  const most = evenly([...byName.values()].map(({ length }) => length));
  const examples: Example[] = [];
  for (const [name, items] of byName) {
    for (const { id, group } of shuffled(items, seededRandom(1)).slice(0, most)) {
      const embedding = catalog.embeddingOf(id);
      if (embedding) examples.push({ id, name, group, embedding });
    }
  }
  return learnNames(examples, running);
}

/** As learnFromCatalog, and keeps what was learned with the catalogue, for searches. Throws what that throws, and OUTPUT_UNWRITABLE. */
export async function learnAndKeep(
  catalog: Catalog,
  field: string,
  options: LearnOptions = {},
): Promise<KnownNames & { readonly file: string; readonly learned: LearnedNames }> {
  const { seq } = catalog.info();
  const learned = await learnFromCatalog(catalog, field, options);
  const known: KnownNames = {
    field,
    namer: learned.namer,
    examples: learned.examples.length,
    accuracy: learned.accuracy,
    date: new Date().toISOString(),
    seq,
    ignoreSame: options.ignoreSame ?? null,
  };
  return { ...known, file: await saveNames(catalog, known), learned };
}

/** Of one name, by those who have not seen the example. */
export interface JudgedName {
  readonly name: string;
  readonly examples: number;
  readonly right: Share;
  /** The name most often given instead. */
  readonly mistakenFor: string | null;
}

/** An item that shows something else, by those who have not seen it. */
export interface Suspect {
  readonly id: string;
  readonly name: string;
  readonly looksLike: string;
  /** Of that. */
  readonly probability: number;
}

export interface Judgement {
  /** The worst first. */
  readonly names: readonly JudgedName[];
  /** Where another name is at least so probable as `surely`; the surest first. */
  readonly suspects: readonly Suspect[];
}

const surely = 0.9;

/** What is said of each example by those who have not seen it: how well each name is known, and which items may be misnamed. Throws ABORTED. */
export async function judge(
  learned: LearnedNames,
  { onProgress, signal }: LongRunning = {},
): Promise<Judgement> {
  const given = new Map<string, string[]>();
  const suspects: Suspect[] = [];
  const { examples } = learned;
  for (const [i, example] of examples.entries()) {
    if (i % 20 === 0) {
      onProgress?.({ phase: 'judge names', done: i, total: examples.length });
      await new Promise(setImmediate);
      throwIfAborted(signal);
    }
    const { id, name } = example;
    const [looksLike, probability] = mostProbable(learned.judged(example));
    const names = given.get(name) ?? [];
    names.push(looksLike);
    given.set(name, names);
    if (looksLike !== name && probability >= surely) suspects.push({ id, name, looksLike, probability });
  }
  return {
    names: Array.from(given, ([name, all]) => judged(name, all)).toSorted(
      (a, b) => a.right.value - b.right.value || (a.name < b.name ? -1 : 1),
    ),
    // The only example of its name looks like another to everybody who has not seen it.
    suspects: suspects
      .filter(({ name }) => given.get(name)!.length > 1)
      .toSorted((a, b) => b.probability - a.probability),
  };
}

function judged(name: string, given: readonly string[]): JudgedName {
  const wrong = new Map<string, number>();
  for (const other of given) if (other !== name) wrong.set(other, (wrong.get(other) ?? 0) + 1);
  const [mistakenFor = null] = [...wrong].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  const right = given.filter((other) => other === name).length;
  return { name, examples: given.length, right: wilson(right, given.length), mistakenFor };
}

function mostProbable(probabilities: ReadonlyMap<string, number>): [string, number] {
  let best: [string, number] = ['', 0];
  for (const [name, probability] of probabilities) if (probability > best[1]) best = [name, probability];
  return best;
}

/**
 * Learns the field anew where the catalogue has learned it, for evaluations: those ask what search would say that has not seen the query. Undefined
 * where search knows nothing of it. Throws ABORTED.
 */
export async function learnAgain(
  catalog: Catalog,
  field: string,
  options: LearnOptions = {},
): Promise<LearnedNames | undefined> {
  if (!(await readNames(catalog)).has(field)) return undefined;
  return unlessUnlearnable(() => learnFromCatalog(catalog, field, options));
}

/** Undefined where learning throws USAGE: there is nothing to learn. */
export async function unlessUnlearnable<T>(learn: () => Promise<T>): Promise<T | undefined> {
  try {
    return await learn();
  } catch (error) {
    if (error instanceof AppError && error.code === 'USAGE') return undefined;
    throw error;
  }
}

/** Fewer changes, for each item, than this teach nothing new. */
const noticeable = 0.01;

/**
 * After pictures came or went: learns again what was learned before, as it was asked for (`before`: in another catalogue, whose pictures these are), once a hundredth has changed, and
 * the category where there is enough of it to learn. Returns what was kept. What cannot be learned any more is left as it was. Throws OUTPUT_UNWRITABLE, ABORTED.
 */
export async function refreshNames(
  catalog: Catalog,
  { before = catalog, ...running }: LongRunning & { readonly before?: Catalog } = {},
): Promise<KnownNames[]> {
  const asked = await readNames(before);
  const fields = new Set([...asked.keys(), usualField]);
  const known = await readNames(catalog);
  const { seq, items } = catalog.info();
  const kept: KnownNames[] = [];
  for (const field of fields) {
    const changes = seq - (known.get(field)?.seq ?? -Infinity);
    if (changes < noticeable * items) continue;
    const options = { ignoreSame: asked.get(field)?.ignoreSame ?? undefined, ...running };
    const learned = await unlessUnlearnable(() => learnAndKeep(catalog, field, options));
    if (learned) kept.push(learned);
  }
  return kept;
}

interface Named {
  readonly id: string;
  readonly group: string | undefined;
}

/** Do items of several groups have the name? Without one each stands for itself. */
const isShared = (items: readonly Named[]): boolean =>
  items.length > 1 && (items[0]!.group === undefined || items.some(({ group }) => group !== items[0]!.group));

/** Is that so of most items? Where each product has a name of its own, nothing could be learned with all its pictures left out. */
function areShared(byName: ReadonlyMap<string, readonly Named[]>): boolean {
  const [shared, own] = [[...byName.values()].filter(isShared), [...byName.values()]];
  const sizeOf = (all: readonly (readonly Named[])[]) => all.reduce((sum, { length }) => sum + length, 0);
  return sizeOf(shared) > sizeOf(own) / 2;
}

const withoutGroups = (byName: ReadonlyMap<string, readonly Named[]>): Map<string, Named[]> =>
  new Map(Array.from(byName, ([name, items]) => [name, items.map(({ id }) => ({ id, group: undefined }))]));

async function namedItems(
  catalog: Catalog,
  field: string,
  { ignoreSame, onProgress, signal }: LearnOptions,
): Promise<Map<string, Named[]>> {
  const byName = new Map<string, Named[]>();
  let done = 0;
  for (const item of catalog.items()) {
    if (++done % 1000 === 0) {
      onProgress?.({ phase: 'read names', done, total: catalog.count() });
      await new Promise(setImmediate);
      throwIfAborted(signal);
    }
    const name = fieldOf(item, field);
    if (!isName(name)) continue;
    const group = ignoreSame === undefined ? undefined : groupOf(fieldOf(item, ignoreSame));
    const items = byName.get(name) ?? [];
    items.push({ id: item.id, group });
    byName.set(name, items);
  }
  return byName;
}

const groupOf = (value: Json | undefined): string | undefined =>
  value === undefined || value === null ? undefined : textOf(value);

/** As many of each name as there may be, so that rare ones are not lost. */
function evenly(counts: readonly number[]): number {
  let most = 1;
  const total = (limit: number) => counts.reduce((sum, count) => sum + Math.min(count, limit), 0);
  for (let step = 2 ** 20; step >= 1; step /= 2) {
    if (total(most + step) <= mostExamples) most += step;
  }
  return most;
}
