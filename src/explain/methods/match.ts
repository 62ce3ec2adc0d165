import type { Method } from './method.ts';

/** The match map alone: coarse, and exact. For a class it is Grad-CAM. */
export const match: Method = {
  name: 'match',
  title: 'Match map',
  about:
    'The exact share of each region in the score: the shares add up to it. Coarse, one value for each place of the feature map.',
  source:
    'Stylianou, Souvenir, Pless 2019, arXiv 1901.00536; for a class Grad-CAM, Selvaraju et al. 2017, arXiv 1610.02391',
  passes: 0,
  async maps(work) {
    const matches = await work.matches();
    return work.finish((_, i) => matches[i]!);
  },
};
