/**
 * The match map (Stylianou, Souvenir, Pless 2019, arXiv 1901.00536): with average pooling the score is a sum over pairs of places,
 *
 *   M[z,w] = <F_q(z), F_p(w)> / (hw · h'w' · |f_q| |f_p|),    Σ M = s exactly.
 *
 * Row sums give the query's map, column sums the hit's; both need only the other side's mean, so M itself is never stored.
 */
import type { HeatMap } from '../core/heat-map.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Subject } from './subject.ts';
import type { Job } from './targets.ts';

/**
 * The share of each place in t = <f, direction>: a map (h,w) that sums to t. Negative where a place speaks against it.
 * weights (C): take the place of the direction for jobs that are not at the embedding (grad-cam.ts).
 */
export function matchMap({ subject, direction }: Job, weights: Float32Array = direction): HeatMap {
  if (weights.length !== subject.embedding.length) {
    throw new RangeError(`expected ${subject.embedding.length} weights, received ${weights.length}`);
  }
  const map = project(subject.features, weights);
  const places = map.data.length;
  return { ...map, data: map.data.map((value) => value / places) };
}

/**
 * Row z of M: where in the hit the place z of the query matched (or the other way round). A map (h',w') of the other picture.
 * place: index into the h·w places of `from`, row by row.
 */
export function correspondence(from: Subject, place: number, to: Subject): HeatMap {
  const [channels = 0, height = 0, width = 0] = from.features.dims;
  const places = height * width;
  if (!Number.isInteger(place) || place < 0 || place >= places) {
    throw new RangeError(`expected a place from 0 to ${places - 1}, received ${place}`);
  }
  const feature = Float32Array.from({ length: channels }, (_, c) => from.features.data[c * places + place]!);
  const map = project(to.features, feature);
  const divisor = places * map.data.length * from.norm * to.norm;
  return { ...map, data: map.data.map((value) => (divisor > 0 ? value / divisor : 0)) };
}

/** <F(z), direction> for every place z. */
function project(features: Tensor, direction: Float32Array): HeatMap {
  const [channels = 0, height = 0, width = 0] = features.dims;
  const places = height * width;
  const sums = new Float64Array(places);
  for (let c = 0; c < channels; c++) {
    const weight = direction[c]!;
    if (weight === 0) continue;
    for (let z = 0, i = c * places; z < places; z++, i++) sums[z]! += weight * features.data[i]!;
  }
  return { width, height, data: Float32Array.from(sums) };
}
