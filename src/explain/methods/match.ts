import type { Method } from './method.ts';

/** The match map alone: coarse, and exact. */
export const match: Method = {
  name: 'match',
  title: 'Match map',
  about:
    'The exact share of each region in the score: the shares add up to it. Coarse, one value for each place of the feature map.',
  source: 'Stylianou, Souvenir, Pless 2019, arXiv 1901.00536',
  maps: (work) => Promise.resolve(work.finish((_, i) => work.matches()[i]!)),
};
