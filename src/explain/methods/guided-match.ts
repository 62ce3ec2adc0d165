import { multiplyMaps, resizeMap } from '../../image/heat-map.ts';
import type { Method } from './method.ts';
import { largestOverChannels } from './saliency.ts';

/** Guided backpropagation where the match map says that the match is: the similarity counterpart of Guided Grad-CAM. */
export const guidedMatch: Method = {
  name: 'guided-match',
  title: 'Guided match',
  about: 'Pixel detail, weighted by each region’s exact share in the score. The default.',
  source: 'after Selvaraju et al. 2017 (Guided Grad-CAM), arXiv 1610.02391',
  rule: 'guided',
  passes: 2,
  async maps(work) {
    const gradients = await work.gradients('guided');
    const matches = await work.matches();
    return work.finish((_, i) => {
      const pixels = largestOverChannels(gradients[i]!);
      const share = resizeMap(matches[i]!, pixels);
      // A region that speaks against the target (contrast, cosine) has no part in the match.
      for (let at = 0; at < share.data.length; at++) if (share.data[at]! < 0) share.data[at] = 0;
      return multiplyMaps(pixels, share);
    });
  },
};
