/**
 * Synthetic embeddings that lie as those of pictures do: in clusters, and near a surface of far fewer dimensions than they have values.
 *
 *   z = centre + 0.7 · noise in 24 dimensions, 50 vectors a centre;  v = A·z + a little noise in all dimensions;  embedding = v / |v|
 */
import { gaussian, seededRandom } from '../../../src/core/random.ts';
import { normalize } from '../../../src/core/vector.ts';

const latent = 24;
const perCluster = 50;
const spread = 0.7;
const noise = 0.7;

/** A source of embeddings of the distribution for `count`; seed: `space` for its clusters, `draws` for the points. */
export function clusteredSource(
  count: number,
  dimension: number,
  { space = 1, draws = 1 } = {},
): () => Float32Array {
  const shape = seededRandom(space);
  const draw = (length: number) => Float32Array.from({ length }, () => gaussian(shape));
  const axes = Array.from({ length: latent }, () => draw(dimension));
  const centres = Array.from({ length: Math.ceil(count / perCluster) }, () => draw(latent));
  const random = seededRandom(1000 + draws);
  const vector = new Float64Array(dimension);
  return () => {
    const centre = centres[Math.floor(random() * centres.length)]!;
    for (let d = 0; d < dimension; d++) vector[d] = noise * (2 * random() - 1);
    for (let l = 0; l < latent; l++) {
      const axis = axes[l]!;
      const z = centre[l]! + spread * gaussian(random);
      for (let d = 0; d < dimension; d++) vector[d]! += z * axis[d]!;
    }
    return normalize(Float32Array.from(vector));
  };
}
