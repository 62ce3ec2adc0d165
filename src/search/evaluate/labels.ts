/** What belongs together, by the metadata of items: which hits are right for a query, and which do not count. */
import { AppError } from '../../core/errors.ts';
import type { Json } from '../../core/item.ts';
import type { Catalog } from '../catalog.ts';
import { fieldOf } from '../item-field.ts';

/** A picture with what it shows, and what it comes from. */
export interface Labelled {
  readonly id: string;
  readonly label: Json;
  /** Items of one group (say, of one product) are not compared with each other. */
  readonly group?: Json | undefined;
}

export interface LabelledItem extends Labelled {
  readonly embedding: Float32Array;
}

/** The items of a catalogue that have the label. Throws USAGE when none has, naming the fields there are. */
export function labelledItems(catalog: Catalog, label: string, ignoreSame?: string): LabelledItem[] {
  const items: LabelledItem[] = [];
  for (const item of catalog.items()) {
    const own = fieldOf(item, label);
    if (own === undefined || own === null) continue;
    const embedding = catalog.embeddingOf(item.id);
    const group = ignoreSame === undefined ? undefined : fieldOf(item, ignoreSame);
    if (embedding) items.push({ id: item.id, label: own, group, embedding });
  }
  if (items.length > 0) return items;
  const fields = ['product_id', ...catalog.metadataFields()].join(', ');
  throw new AppError(
    'USAGE',
    `expected a field that items of ${catalog.directory} have (${fields}), received "${label}"`,
  );
}

/** A label as text: texts as they are, all else as JSON. */
export function textOf(label: Json): string {
  return typeof label === 'string' ? label : JSON.stringify(label);
}

/** Answers questions about the labelled items of a catalogue. */
export class Labels {
  readonly #byId: ReadonlyMap<string, Labelled>;
  readonly #ofLabel = new Map<string, number>();
  readonly #ofGroup = new Map<string, number>();
  readonly #ofBoth = new Map<string, number>();

  constructor(items: readonly Labelled[]) {
    this.#byId = new Map(items.map((item) => [item.id, item]));
    for (const item of items) {
      count(this.#ofLabel, textOf(item.label));
      const group = groupOf(item);
      if (group === undefined) continue;
      count(this.#ofGroup, group);
      count(this.#ofBoth, bothOf(item, group));
    }
  }

  get ids(): string[] {
    return [...this.#byId.keys()];
  }

  get(id: string): Labelled | undefined {
    return this.#byId.get(id);
  }

  /** How many items are right for a query: of its label, not of its group, and not itself where it is one of the items. */
  relevantTo(query: Labelled): number {
    const alike = this.#ofLabel.get(textOf(query.label)) ?? 0;
    const group = groupOf(query);
    if (group !== undefined) return alike - (this.#ofBoth.get(bothOf(query, group)) ?? 0);
    return alike - Number(this.#byId.get(query.id) === query);
  }

  /** How many items never count as hits of a query: those of its group, and itself. */
  excludedFrom(query: Labelled): number {
    const group = groupOf(query);
    return group === undefined ? Number(this.#byId.get(query.id) === query) : (this.#ofGroup.get(group) ?? 0);
  }
}

/** May the item be a hit of the query? Items are compared as objects: a query from elsewhere may have an item's id. */
export function areComparable(query: Labelled, item: Labelled): boolean {
  const group = groupOf(query);
  return query !== item && (group === undefined || group !== groupOf(item));
}

export function areAlike(a: Labelled, b: Labelled): boolean {
  return textOf(a.label) === textOf(b.label);
}

const groupOf = ({ group }: Labelled): string | undefined =>
  group === undefined || group === null ? undefined : textOf(group);

const bothOf = ({ label }: Labelled, group: string): string => JSON.stringify([textOf(label), group]);

const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
