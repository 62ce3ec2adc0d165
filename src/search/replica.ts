/** An index that follows the rows: a graph as of some change (or none), and in its tail every embedding since, whoever wrote it. */
import { Follower } from './follower.ts';
import type { HnswIndex } from './hnsw.ts';
import type { ItemStore } from './item-store.ts';
import { LayeredIndex } from './layered-index.ts';

type Row = ReturnType<ItemStore['embeddingsAfter']>[number];

export class Replica extends Follower<Row> {
  readonly index: LayeredIndex;

  /** graph: complete up to change `seq`. Without one, no removal concerns the replica that is past. */
  constructor(
    store: ItemStore,
    dimension: number,
    graph?: { readonly index: HnswIndex; readonly seq: number },
    ef?: number,
  ) {
    super(store, graph?.seq ?? 0, graph?.seq ?? store.seq());
    this.index = new LayeredIndex(dimension, graph?.index, ef);
  }

  /** The index with all that is left applied. */
  finish(): LayeredIndex {
    this.catchUp();
    return this.index;
  }

  protected rowsAfter(seq: number, limit: number): readonly Row[] {
    return this.store.embeddingsAfter(seq, limit);
  }

  /** An item's label is the change at which its embedding was written. */
  protected take({ label, embedding }: Row): number {
    this.index.add(label, embedding);
    return label;
  }

  protected remove(label: number): void {
    this.index.remove(label);
  }
}
