/**
 * What filters let through, kept equal to the rows whoever changes them. Carrying a filter out on all items may take seconds, and happens
 * in another thread; after that only what has changed is looked at.
 *
 *   all items, in a thread, as of change s ──step, step, …──> nearly current ──finish──> current
 */
import { setImmediate } from 'node:timers/promises';
import { moduleBesides, Thread } from '../threads/thread.ts';
import type { Connection } from './database.ts';
import type { Filter } from './filter.ts';
import type { FilterTasks } from './filter-worker.ts';
import { Follower } from './follower.ts';
import type { ItemStore } from './item-store.ts';
import { LabelSet } from './label-set.ts';
import { findMatching, matchesAfter } from './matching.ts';

/** The sets of so many filters are kept, those that were used last. */
const keptSets = 16;

/** With so many items, or fewer, a thread is not worth it. */
const fewItems = 2000;

export class FilterSets {
  readonly #connection: Connection;
  readonly #store: ItemStore;
  readonly #directory: string;
  readonly #thread = new Thread<FilterTasks>(moduleBesides(import.meta, 'filter-worker'));
  /** By filter; the one that was used last is last. */
  readonly #sets = new Map<string, FilterSet>();
  readonly #finding = new Map<string, Promise<void>>();

  /** directory: the catalogue's. */
  constructor(connection: Connection, store: ItemStore, directory: string) {
    this.#connection = connection;
    this.#store = store;
    this.#directory = directory;
  }

  /** Finds what matches until little is left for `current` to do, without holding up this thread. */
  async prepare(filter: Filter): Promise<void> {
    const key = keyOf(filter);
    const known = this.#known(key);
    if (known) {
      while (!known.isNearlyCurrent && known.canFollow && known.step()) await setImmediate();
    } else if (this.#hasMany()) {
      const finding = this.#finding.get(key) ?? this.#find(key, filter);
      this.#finding.set(key, finding);
      await finding;
    }
  }

  /**
   * What matches at this moment; undefined when it has to be prepared (again). To be used before whatever made the moment one
   * (`store.atOnce`) ends.
   */
  current(filter: Filter): LabelSet | undefined {
    const key = keyOf(filter);
    const known = this.#known(key);
    if (known) return known.finish();
    if (this.#hasMany()) return undefined;
    return this.#keep(key, filter, findMatching(this.#connection, filter), this.#store.seq()).finish();
  }

  /** A search that is under way ends first. */
  close(): void {
    void this.#thread.close();
  }

  async #find(key: string, filter: Filter): Promise<void> {
    try {
      const { labels, seq } = await this.#thread.call('find', this.#directory, filter);
      this.#keep(key, filter, labels, seq);
    } finally {
      this.#finding.delete(key);
    }
  }

  /** Undefined also for one that can be brought up to date no more. */
  #known(key: string): FilterSet | undefined {
    const known = this.#sets.get(key);
    this.#sets.delete(key);
    if (!known?.canFollow) return undefined;
    this.#sets.set(key, known);
    return known;
  }

  #keep(key: string, filter: Filter, labels: ArrayLike<number>, seq: number): FilterSet {
    const set = new FilterSet(this.#connection, this.#store, filter, new LabelSet(labels), seq);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size >= keptSets) this.#sets.delete(oldest!);
    this.#sets.set(key, set);
    return set;
  }

  /** Counting them would take longer than a search where there are millions. */
  #hasMany(): boolean {
    return this.#store.hasMoreThan(fewItems);
  }
}

const keyOf = (filter: Filter): string => JSON.stringify(filter);

type Row = ReturnType<typeof matchesAfter>[number];

/** What one filter lets through. */
class FilterSet extends Follower<Row> {
  readonly #connection: Connection;
  readonly #filter: Filter;
  readonly #labels: LabelSet;

  /** labels: as of the change `seq`, or later. */
  constructor(connection: Connection, store: ItemStore, filter: Filter, labels: LabelSet, seq: number) {
    super(store, seq, seq);
    this.#connection = connection;
    this.#filter = filter;
    this.#labels = labels;
  }

  /** The set after a look at all that is left. */
  finish(): LabelSet {
    this.catchUp();
    return this.#labels;
  }

  protected rowsAfter(seq: number, limit: number): readonly Row[] {
    return matchesAfter(this.#connection, this.#filter, seq, limit);
  }

  protected take({ seq, label, matches }: Row): number {
    if (matches === 1) this.#labels.add(label);
    else this.#labels.remove(label);
    return seq;
  }

  protected remove(label: number): void {
    this.#labels.remove(label);
  }
}
