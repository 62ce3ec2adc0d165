/** Bringing a graph up to date with the rows, with a snapshot of it every now and then: a kill or a stop loses minutes, not hours. */
import { throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import type { GraphBuilder, Rows } from './graph-builder.ts';
import type { ItemStore, LabelledEmbedding } from './item-store.ts';

export interface GraphJob {
  readonly store: ItemStore;
  readonly builder: GraphBuilder;
  /** The folder with the snapshot to go on from; undefined to begin with nothing. */
  readonly from: string | undefined;
  /** Makes the graph as it is, complete up to change `seq`, the snapshot that counts. */
  readonly save: (seq: number) => Promise<void>;
  /** Snapshots while it is built: after so many more vectors than half of what there are, and after so many milliseconds. */
  readonly saveAfter: { readonly vectors: number; readonly ms: number };
}

/** So many vectors travel to the builder at once: about as many as are added in a tenth of a second. */
const batchSize = 128;

/** Ends once the graph has every change there is, saved. Throws ABORTED, and what the builder and `save` throw. */
export async function buildGraph(job: GraphJob, options: LongRunning): Promise<void> {
  const { store, builder, saveAfter } = job;
  let { addedTo, removedTo, size } = await begin(job);
  let saved = { at: performance.now(), size };
  let sent: Promise<unknown> = Promise.resolve();
  for (;;) {
    const { rows, removed, seq } = store.atOnce(() => ({
      rows: store.embeddingsAfter(addedTo, batchSize),
      removed: store.removedAfter(removedTo),
      seq: store.seq(),
    }));
    // The next batch is on its way while the builder has one in hand, and no more than that.
    await sent;
    sent = Promise.all([builder.add(packed(rows)), builder.remove(removed)]);
    sent.catch(() => undefined); // thrown where it is waited for
    const complete = rows.length < batchSize;
    addedTo = complete ? seq : rows.at(-1)!.label;
    removedTo = seq;
    size += rows.length;
    options.onProgress?.({ phase: 'build index', done: size, total: Math.max(size, store.count()) });
    throwIfAborted(options.signal);
    const due =
      size - saved.size >= saveAfter.vectors + saved.size / 2 ||
      (size > saved.size && performance.now() - saved.at >= saveAfter.ms);
    // Built anew, it has few changes at first: fewer than a snapshot needs that is to be brought up to date.
    if (!complete && !(due && addedTo >= store.prunedSeq())) continue;
    await sent;
    await job.save(addedTo);
    if (complete) return;
    saved = { at: performance.now(), size };
  }
}

async function begin({ store, builder, from }: GraphJob) {
  const loaded = from === undefined ? 'not asked for' : await builder.load(from);
  if (typeof loaded !== 'string' && whyUnusable(store, loaded) === undefined) {
    return { addedTo: loaded.seq, removedTo: loaded.seq, size: loaded.size };
  }
  await builder.start(store.count());
  return { addedTo: 0, removedTo: store.seq(), size: 0 };
}

/** Undefined when a graph of that kind can be brought up to date with the rows, and is worth it. */
export function whyUnusable(
  store: ItemStore,
  graph: { readonly seq: number; readonly removed: number },
): string | undefined {
  if (graph.seq > store.seq()) return 'the snapshot is newer than the catalogue';
  if (graph.seq < store.prunedSeq()) return 'the snapshot is too old: removals since have been forgotten';
  const removed = graph.removed + store.removedAfter(graph.seq).length;
  return isWorn(removed, store.count())
    ? `${removed} of the vectors in the snapshot have been removed`
    : undefined;
}

/** More dead than alive: searches pass through the dead, and they take memory. */
export function isWorn(removed: number, size: number): boolean {
  return removed > Math.max(1000, size);
}

function packed(rows: readonly LabelledEmbedding[]): Rows {
  const dimension = rows[0]?.embedding.length ?? 0;
  const values = new Float32Array(rows.length * dimension);
  for (const [i, { embedding }] of rows.entries()) values.set(embedding, i * dimension);
  return { labels: Float64Array.from(rows, ({ label }) => label), values };
}
