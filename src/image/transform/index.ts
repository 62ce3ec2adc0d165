/** The table of transformations. A new one is an entry here, or in one of the files beside. */
import { backgroundTransformations } from './background.ts';
import { geometricTransformations } from './geometry.ts';
import { lightingTransformations } from './lighting.ts';
import { occlusionTransformations } from './occlusion.ts';
import type { Transformation } from './transformation.ts';

export const transformations: readonly Transformation[] = [
  ...geometricTransformations,
  ...lightingTransformations,
  ...occlusionTransformations,
  ...backgroundTransformations,
];
