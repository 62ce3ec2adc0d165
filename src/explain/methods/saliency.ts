import type { HeatMap } from '../../core/heat-map.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { BackwardRule } from '../rules.ts';
import type { Method } from './method.ts';

const facts: Record<BackwardRule, Pick<Method, 'title' | 'about' | 'source'>> = {
  guided: {
    title: 'Guided backpropagation',
    about:
      'Fine detail that excites the shared features. Sharp, but hardly changes from hit to hit: look at guided-match too.',
    source: 'Springenberg et al. 2014, arXiv 1412.6806',
  },
  deconvnet: {
    title: 'Deconvnet',
    about:
      'The older way to send a signal back. Noisier, and without max-pooling it hardly depends on the picture.',
    source: 'Zeiler, Fergus 2013, arXiv 1311.2901',
  },
  gradient: {
    title: 'Gradient (saliency)',
    about: 'Which pixels would change the score most if they changed a little. Exact, and noisy.',
    source: 'Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034',
  },
};

/** The pixel saliency under a backward rule: the largest |gradient| over the channels. */
export function saliency(rule: BackwardRule): Method {
  return {
    name: rule,
    ...facts[rule],
    rule,
    passes: 2,
    async maps(work) {
      const gradients = await work.gradients(rule);
      return work.finish((_, i) => largestOverChannels(gradients[i]!));
    },
  };
}

/** (3,H,W) -> max over channels of the absolute value. */
export function largestOverChannels(gradient: Tensor): HeatMap {
  const [channels = 0, height = 0, width = 0] = gradient.dims;
  const size = height * width;
  const data = new Float32Array(size);
  for (let c = 0; c < channels; c++) {
    for (let i = 0, at = c * size; i < size; i++, at++)
      data[i] = Math.max(data[i]!, Math.abs(gradient.data[at]!));
  }
  return { width, height, data };
}
