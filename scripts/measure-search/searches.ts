/** Ways to search a catalogue in memory with a query that was looked at. Each ranks the items, the best first, without the query's own. */
import { likenessOfLooks } from '../../src/app/looks.ts';
import { fused } from '../../src/app/query-views.ts';
import { dot } from '../../src/core/vector.ts';
import { crossed, type Look } from './looks.ts';
import { componentsOf, whitened } from './whitening.ts';

export interface Item {
  readonly label: string;
  readonly look: Look;
}

/** own: the item that the query is a picture of. Gives indices of items; at least ten. */
export type Search = (query: Look, own: number) => readonly number[];

export interface WayToSearch {
  readonly name: string;
  /** Forward passes for a query; a catalogue's are said in the name. */
  readonly passes: number;
  prepare(items: readonly Item[]): Search;
}

type View = (look: Look) => Float32Array;
type Scores = Float64Array;

const whole: View = ({ whole }) => whole;

type LookName = keyof Look['closely'];

/** As src/app/rerank.ts. */
const closely = { query: ['whole', 'object'], items: ['whole', 'middle'] } as const;

export const searches: readonly WayToSearch[] = [
  plain('whole picture', 1, whole),
  plain('mirror fused', 2, crossed),
  plain('subject alone', 2, ({ subject }) => subject),
  plain('subject fused', 2, ({ whole, subject }) => fused([whole, subject])),
  plain('subject and mirrors fused', 4, ({ whole, mirror, subject, subjectMirror }) =>
    fused([whole, mirror, subject, subjectMirror]),
  ),
  plain('centre fused', 2, ({ whole, centre }) => fused([whole, centre])),
  plain('centre and mirror fused', 3, ({ whole, mirror, centre }) => fused([whole, mirror, centre])),
  best('best of whole and subject', 2, [whole, ({ subject }) => subject]),
  best('best of whole and centre', 2, [whole, ({ centre }) => centre]),
  best('best of whole, subject, centre', 3, [whole, ({ subject }) => subject, ({ centre }) => centre]),
  plain('catalogue and query mirror fused', 2, crossed, crossed),
  plain(
    'catalogue subject fused',
    2,
    ({ whole, subject }) => fused([whole, subject]),
    ({ whole, subject }) => fused([whole, subject]),
  ),
  best(
    'catalogue: whole or subject',
    2,
    [whole, ({ subject }) => subject],
    [whole, ({ subject }) => subject],
  ),
  lessMean('query less 0.5 of the mean', 0.5),
  lessMean('query less the mean', 1),
  lessMean('query less the mean, mirror fused', 1, crossed),
  centred('mean taken off', 0, Infinity),
  centred('whitened, power 0.25', 0.25, Infinity),
  centred('whitened, power 0.5', 0.5, Infinity),
  centred('whitened, power 1', 1, Infinity),
  centred('whitened, power 0.5, 128 dims', 0.5, 128),
  centred('whitened, power 1, 128 dims', 1, 128),
  centred('whitened, power 1, 64 dims', 1, 64),
  centred('not centred, power 0.5', 0.5, Infinity, false),
  expanded('expanded by 1', 1, 1),
  expanded('expanded by 3', 3, 1),
  expanded('expanded by 3, weights s^3', 3, 3),
  expanded('expanded by 5, weights s^3', 5, 3),
  expanded('expanded by 10, weights s^3', 10, 3),
  reranked('re-ranked 20 by places', 20),
  reranked('re-ranked 20 by places alone', 20, { weight: 1e6 }),
  reranked("re-ranked 20 with the items' middles", 20, { items: ['whole', 'middle'] }),
  reranked('re-ranked 20 with the object', 20, { query: ['whole', 'object'] }),
  reranked('re-ranked 20 with both', 20, closely),
  reranked('re-ranked 20 with both, weight 1', 20, { ...closely, weight: 1 }),
  reranked('re-ranked 50 with both', 50, closely),
];

function plain(name: string, passes: number, view: View, catalogue: View = whole): WayToSearch {
  return best(name, passes, [view], [catalogue]);
}

/** The score is the largest of all pairs of views. */
function best(
  name: string,
  passes: number,
  views: readonly View[],
  catalogue: readonly View[] = [whole],
): WayToSearch {
  return {
    name,
    passes,
    prepare: (items) => {
      const rows = catalogue.map((view) => items.map(({ look }) => view(look)));
      return (query, own) => {
        const scores = new Float64Array(items.length).fill(-Infinity);
        for (const view of views) {
          const unit = view(query);
          for (const row of rows) {
            for (const [i, item] of row.entries()) scores[i] = Math.max(scores[i]!, dot(unit, item));
          }
        }
        return ranked(scores, own);
      };
    },
  };
}

function centred(name: string, power: number, count: number, centre = true): WayToSearch {
  return {
    name,
    passes: 1,
    prepare: (items) => {
      const components = memoised(items);
      const options = { count, power, centre };
      const rows = items.map(({ look }) => whitened(look.whole, components, options));
      return (query, own) => ranked(scoresOf(whitened(query.whole, components, options), rows), own);
    },
  };
}

/** What all items have in common says nothing about which is nearer to a query: taken off the query alone, so that any index serves. */
function lessMean(name: string, share: number, view: View = whole): WayToSearch {
  return {
    name,
    passes: view === whole ? 1 : 2,
    prepare: (items) => {
      const { mean } = memoised(items);
      const rows = items.map(({ look }) => look.whole);
      return (query, own) =>
        ranked(
          scoresOf(
            view(query).map((value, i) => value - share * mean[i]!),
            rows,
          ),
          own,
        );
    },
  };
}

const known = new WeakMap<readonly Item[], ReturnType<typeof componentsOf>>();

function memoised(items: readonly Item[]) {
  const components = known.get(items) ?? componentsOf(items.map(({ look }) => look.whole));
  known.set(items, components);
  return components;
}

/** α-query expansion (Radenović, Tolias, Chum 2018): the query plus its first k hits, each by its score to the power α. */
function expanded(name: string, k: number, alpha: number): WayToSearch {
  return {
    name,
    passes: 1,
    prepare: (items) => {
      const rows = items.map(({ look }) => look.whole);
      return (query, own) => {
        const first = scoresOf(query.whole, rows);
        const near = ranked(first, own).slice(0, k);
        const weights = near.map((i) => Math.max(0, first[i]!) ** alpha);
        const wider = fused([query.whole, ...near.map((i) => rows[i]!)], [1, ...weights]);
        return ranked(scoresOf(wider, rows), own);
      };
    },
  };
}

/**
 * The first `count` in the order of likenessOfLooks, of these looks at the query and at the items; a large weight makes it that of places alone.
 */
function reranked(
  name: string,
  count: number,
  {
    weight,
    query: ofQuery = ['whole'],
    items: ofItems = ['whole'],
  }: {
    readonly weight?: number;
    readonly query?: readonly LookName[];
    readonly items?: readonly LookName[];
  } = {},
): WayToSearch {
  return {
    name,
    passes: ofQuery.length,
    prepare: (items) => {
      const rows = items.map(({ look }) => look.whole);
      return (query, own) => {
        const near = ranked(scoresOf(query.whole, rows), own).slice(0, count);
        const looks = ofQuery.map((name) => query.closely[name]);
        const value = (i: number) => {
          const others = ofItems.map((name) => items[i]!.look.closely[name]);
          return likenessOfLooks(looks, others, weight).value;
        };
        return near
          .map((i) => [i, value(i)] as const)
          .toSorted(([, a], [, b]) => b - a)
          .map(([i]) => i);
      };
    },
  };
}

function scoresOf(query: Float32Array, rows: readonly Float32Array[]): Scores {
  return Float64Array.from(rows, (row) => dot(query, row));
}

/** The best 60, without the query's own. */
function ranked(scores: Scores, own: number): number[] {
  const order = Array.from(scores.keys()).filter((i) => i !== own);
  return order.sort((a, b) => scores[b]! - scores[a]!).slice(0, 60);
}
