// Whether a catalogue is what it should be: every check, what it found, and what to do about it.
import { messageOf, throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import { seededRandom } from '../core/random.ts';
import { norm } from '../core/vector.ts';
import { isSqliteError } from './database.ts';
import { decodeEmbedding } from './embedding-blob.ts';
import type { VectorRow } from './item-statements.ts';
import type { LabelledEmbedding } from './item-store.ts';
import type { CatalogParts } from './maintenance.ts';
import { checkSources } from './verify-sources.ts';
import { TopK } from './top-k.ts';
import type { VectorIndex } from './vector-index.ts';

export interface VerifyOptions extends LongRunning {
  /** Also read every item's picture file whose size or time has changed, and compare its bytes with those that were indexed. */
  readonly sources?: boolean;
  /** Items with which the index is tried; 100 unless given. */
  readonly sample?: number;
}

export interface Check {
  readonly name: 'database' | 'rows' | 'embeddings' | 'filters' | 'index' | 'search' | 'sources';
  readonly ok: boolean;
  /** What was looked at, or what is wrong. */
  readonly found: string;
  /** What to do; only where something is wrong. */
  readonly advice?: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** Undefined where the rows are damaged. */
  readonly items: number | undefined;
  readonly checks: readonly Check[];
  /** The share of sampled items that find themselves first, and the share of the true 10 nearest that the index finds. */
  readonly selfHits: number | undefined;
  readonly recallAt10: number | undefined;
}

/** An index that finds less than this of the truth is not worth keeping. Healthy ones have 0.97 and more. */
const lowestRecall = 0.9;
const lowestSelfHits = 0.99;

const restore =
  'Save what can be read with `whymatch catalog export`, import it into a new folder, and index the sources again';
const rebuild = 'Build the index anew: whymatch catalog rebuild';

export async function verifyCatalog(parts: CatalogParts, options: VerifyOptions): Promise<VerifyReport> {
  const checks: Check[] = [];
  const { items, index } = parts;
  const add = (name: Check['name'], advice: string, work: () => string | Problem) =>
    checks.push(checked(name, advice, work));
  const step = (phase: string) => {
    throwIfAborted(options.signal);
    options.onProgress?.({ phase, done: checks.length });
  };

  step('check database');
  add('database', restore, () => checkDatabase(parts));
  add('rows', restore, () => items.atOnce(() => checkRows(parts)));
  step('check embeddings');
  add('embeddings', `Index the sources of these items again with --force, or: ${restore}`, () =>
    checkEmbeddings(parts),
  );
  add('filters', 'Remove the index of the field and make it again: whymatch catalog index-field NAME', () =>
    checkFieldValues(parts),
  );
  // Nothing below makes sense on rows that cannot be read.
  if (checks.some(({ ok }) => !ok)) return report(checks, undefined);

  step('check index');
  const stored = await index.checkSnapshot();
  if (stored.problem !== undefined) {
    checks.push({ name: 'index', ok: false, found: stored.problem, advice: rebuild });
  }
  await index.prepare(options);
  const agreed = items.atOnce(() => {
    const current = index.current();
    return current && { current, problem: disagreement(parts, current) };
  });
  if (!agreed) return report(checks, items.count());
  if (agreed.problem !== undefined) {
    checks.push({ name: 'index', ok: false, found: agreed.problem, advice: rebuild });
  } else if (stored.problem === undefined) {
    checks.push({
      name: 'index',
      ok: true,
      found: `${agreed.current.method}, ${stored.state}, agrees with the rows`,
    });
  }
  step('try index');
  const tried = items.atOnce(() => trySearches(parts, agreed.current, options.sample ?? 100));
  checks.push(tried.check);
  if (options.sources) {
    step('check sources');
    checks.push(await checkSources(items, options));
  }
  return { ...report(checks, items.count()), selfHits: tried.selfHits, recallAt10: tried.recallAt10 };
}

interface Problem {
  readonly problem: string;
}

function report(checks: readonly Check[], items: number | undefined): VerifyReport {
  return { ok: checks.every(({ ok }) => ok), items, checks, selfHits: undefined, recallAt10: undefined };
}

function checked(name: Check['name'], advice: string, work: () => string | Problem): Check {
  try {
    const found = work();
    if (typeof found === 'string') return { name, ok: true, found };
    return { name, ok: false, found: found.problem, advice };
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    return { name, ok: false, found: messageOf(error), advice };
  }
}

function checkDatabase({ connection }: CatalogParts): string | Problem {
  const rows = connection.prepare<[], string>('PRAGMA integrity_check(20)').pluck().all();
  if (rows.length === 1 && rows[0] === 'ok') return 'every page of the database is sound';
  return { problem: `SQLite finds the database damaged: ${rows.join('; ')}` };
}

function checkRows({ connection, items }: CatalogParts): string | Problem {
  const number = (text: string) => Number(connection.prepare(text).pluck().get() ?? 0);
  const orphans = connection.pragma('foreign_key_check') as unknown[];
  const bare = number('SELECT count(*) FROM items WHERE label NOT IN (SELECT label FROM embeddings)');
  const latest = number('SELECT max(max(seq), max(label)) FROM items');
  const buried = number('SELECT count(*) FROM tombstones WHERE label IN (SELECT label FROM items)');
  const seq = items.seq();
  if (orphans.length > 0) return { problem: `${orphans.length} rows belong to items that there are not` };
  if (bare > 0) return { problem: `${bare} items have no embedding` };
  if (buried > 0) return { problem: `${buried} items are recorded as removed` };
  if (latest > seq) return { problem: `the latest change is ${seq}, but an item has change ${latest}` };
  return `${items.count()} items, each with an embedding`;
}

function checkEmbeddings({ connection, items }: CatalogParts): string | Problem {
  const dimension = Number(
    connection.prepare(`SELECT value FROM meta WHERE key = 'dimension'`).pluck().get(),
  );
  const bad: number[] = [];
  let zeros = 0;
  const rows = connection.prepare<[], VectorRow>('SELECT label, vector FROM embeddings ORDER BY label');
  for (const { label, vector } of rows.iterate()) {
    // Bytes of another number need not be float32 at all.
    const length = vector.length === 4 * dimension ? norm(decodeEmbedding(vector)) : Number.NaN;
    if (length === 0) zeros++;
    else if (!(Math.abs(length - 1) < 1e-3)) bad.push(label);
  }
  if (bad.length === 0) return `all of length 1${zeros > 0 ? `, but for ${zeros} of zeros` : ''}`;
  const named = bad
    .slice(0, 5)
    .map((label) => items.byLabel(label)?.id ?? `label ${label}`)
    .join(', ');
  return {
    problem: `${bad.length} embeddings are not ${dimension} finite values of length 1: ${named}${bad.length > 5 ? ', …' : ''}`,
  };
}

function checkFieldValues({ connection }: CatalogParts): string | Problem {
  const columns = 'field, kind, value, label';
  const [kept, current] = [
    `SELECT ${columns} FROM field_values`,
    `SELECT ${columns} FROM current_field_values`,
  ];
  const differing = connection
    .prepare<[], number>(
      `SELECT count(*) FROM (SELECT * FROM (${kept} EXCEPT ${current}) UNION ALL SELECT * FROM (${current} EXCEPT ${kept}))`,
    )
    .pluck()
    .get();
  const fields = Number(connection.prepare('SELECT count(*) FROM indexed_fields').pluck().get());
  if (differing === 0) return `${fields} indexed fields agree with the metadata`;
  return { problem: `${differing} values in the index of metadata fields differ from the metadata` };
}

/** Undefined when the index holds exactly the labels of the rows. */
function disagreement({ items }: CatalogParts, index: VectorIndex): string | undefined {
  const labels = items.labels();
  const missing = labels.filter((label) => !index.has(label)).length;
  const foreign = index.size - (labels.length - missing);
  if (missing === 0 && foreign === 0) return undefined;
  return `the index lacks ${missing} items and has ${foreign} that there are not`;
}

interface Tried {
  readonly check: Check;
  readonly selfHits: number | undefined;
  readonly recallAt10: number | undefined;
}

/** Sampled items as queries: the index against a scan of all rows, which is made once for all of them. */
function trySearches({ items }: CatalogParts, index: VectorIndex, size: number): Tried {
  const sample = sampled(items.labels(), size);
  if (sample.length === 0) {
    const check: Check = { name: 'search', ok: true, found: 'there is nothing to search' };
    return { check, selfHits: undefined, recallAt10: undefined };
  }
  const queries = [...items.embeddingsOf(sample)];
  const truths = nearestOfAll(items.embeddings(), queries, index.dimension);
  let [selfHits, found, wanted] = [0, 0, 0];
  for (const [i, { embedding }] of queries.entries()) {
    const truth = truths[i]!;
    const hits = index.search(embedding, 10);
    // Equal embeddings are each as good as the other, and so are equal scores at the end of the page.
    if (hits[0] && hits[0].score >= truth[0]!.score - 1e-4) selfHits++;
    const floor = truth.at(-1)!.score - 1e-5;
    found += hits.filter(({ score }) => score >= floor).length;
    wanted += truth.length;
  }
  const [selfRate, recallAt10] = [selfHits / queries.length, Math.min(1, found / wanted)];
  const ok = selfRate >= lowestSelfHits && recallAt10 >= lowestRecall;
  const text = `of ${queries.length} items ${(selfRate * 100).toFixed(1)} % find themselves; recall at 10 is ${recallAt10.toFixed(3)}`;
  const check: Check = { name: 'search', ok, found: text, ...(ok ? {} : { advice: rebuild }) };
  return { check, selfHits: selfRate, recallAt10 };
}

/** Different labels, the same ones for the same catalogue. */
function sampled(labels: readonly number[], size: number): number[] {
  if (labels.length <= size) return [...labels];
  const random = seededRandom(labels.length);
  const chosen = new Set<number>();
  while (chosen.size < size) chosen.add(labels[Math.floor(random() * labels.length)]!);
  return [...chosen];
}

function nearestOfAll(
  all: Iterable<LabelledEmbedding>,
  queries: readonly LabelledEmbedding[],
  dimension: number,
) {
  const best = queries.map(() => new TopK(10));
  for (const { label, embedding } of all) {
    for (const [i, { embedding: query }] of queries.entries()) {
      let score = 0;
      for (let d = 0; d < dimension; d++) score += query[d]! * embedding[d]!;
      if (score >= best[i]!.floor) best[i]!.offer(label, score);
    }
  }
  return best.map((top) => top.sorted());
}
