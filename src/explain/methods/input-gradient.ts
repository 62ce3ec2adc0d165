import type { HeatMap } from '../../core/heat-map.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Method } from './method.ts';

/** Picture times gradient: each pixel's part in the score's first-order change from the mean colour to the picture. */
export const inputGradient: Method = {
  name: 'input-gradient',
  title: 'Input × gradient',
  about:
    'The gradient weighted by how far each pixel lies from the mean colour: what is there, not what could be changed. Signed and noisy.',
  source: 'Shrikumar et al. 2016, arXiv 1605.01713',
  rule: 'gradient',
  passes: 2,
  async maps(work) {
    const gradients = await work.gradients('gradient');
    return work.finish(({ subject }, i) => sumOfProducts(subject.image, gradients[i]!));
  },
};

/** Σ over channels of a · b: (3,H,W) twice -> a signed map. */
export function sumOfProducts(a: Tensor, b: Tensor): HeatMap {
  const [channels = 0, height = 0, width = 0] = a.dims;
  const size = height * width;
  const data = new Float32Array(size);
  for (let c = 0; c < channels; c++) {
    for (let i = 0, at = c * size; i < size; i++, at++) data[i]! += a.data[at]! * b.data[at]!;
  }
  return { width, height, data };
}
