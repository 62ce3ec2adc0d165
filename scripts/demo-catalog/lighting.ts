/** The light of a photograph: exposure, colour, shadows that fall across the scene, and the sensor's grain. */
import { gaussian, seededRandom } from '../../src/core/random.ts';
import type { Layer } from './raster.ts';

/** What throws the shadow: the edge of a wall, a blind, or the leaves of a tree. */
export const shadowShapes = ['band', 'blinds', 'leaves'] as const;
export type ShadowShape = (typeof shadowShapes)[number];

export interface Light {
  /** Factor on all values; 1 is right. */
  readonly exposure: number;
  /** From -1 (blue evening) over 0 (neutral) to 1 (candle light). */
  readonly warmth: number;
  /** Direction (radians) towards the brighter side, and how much brighter the edge there is. */
  readonly side: number;
  readonly falloff: number;
  readonly shadow?: {
    readonly shape: ShadowShape;
    readonly angle: number;
    readonly at: number;
    readonly strength: number;
  };
  /** Standard deviation of the noise, in values of 0 to 255. */
  readonly grain: number;
  /** Where the noise starts in its table. */
  readonly grainSeed: number;
}

/** The lit canvas as RGB bytes. */
export function illuminate(canvas: Layer, light: Light): Uint8ClampedArray {
  const { width, height, data } = canvas;
  const pixels = new Uint8ClampedArray(width * height * 3);
  const [red, green, blue] = [1 + 0.22 * light.warmth, 1 + 0.03 * light.warmth, 1 - 0.3 * light.warmth];
  const [right, down] = [Math.cos(light.side) * light.falloff, Math.sin(light.side) * light.falloff];
  const shade = shadowOf(light);
  for (let y = 0; y < height; y++) {
    const v = (2 * y) / height - 1;
    for (let x = 0; x < width; x++) {
      const u = (2 * x) / width - 1;
      const vignette = 1 + right * u + down * v - 0.07 * (u * u + v * v);
      const gain = light.exposure * vignette * (shade ? 1 - shade(u, v) : 1);
      const at = y * width + x;
      const noise = grainTable[(at * 7 + light.grainSeed) & 0xffff]! * light.grain;
      pixels[at * 3] = data[at * 4]! * gain * red + noise;
      pixels[at * 3 + 1] = data[at * 4 + 1]! * gain * green + noise;
      pixels[at * 3 + 2] = data[at * 4 + 2]! * gain * blue + noise;
    }
  }
  return pixels;
}

/** How dark the shadow is at u, v (-1 to 1 across the picture). */
function shadowOf({ shadow }: Light): ((u: number, v: number) => number) | undefined {
  if (!shadow) return undefined;
  const { at, strength } = shadow;
  const [cos, sin] = [Math.cos(shadow.angle), Math.sin(shadow.angle)];
  const profile = shadowProfiles[shadow.shape];
  return (u, v) => strength * profile(u * cos + v * sin - at, v * cos - u * sin);
}

/** Soft shapes of height 0 to 1 over distances across and along the shadow's direction. */
const shadowProfiles: Record<ShadowShape, (across: number, along: number) => number> = {
  band: (across) => smooth((across + 0.42) / 0.16) * smooth((0.42 - across) / 0.16),
  blinds: (across) => smooth(0.5 + Math.sin(across * 17) * 1.1),
  leaves: (across, along) =>
    smooth(
      0.35 +
        Math.sin(across * 7 + Math.sin(along * 5) * 1.3) +
        0.8 * Math.sin(along * 8 + Math.sin(across * 6) * 1.7),
    ),
};

function smooth(value: number): number {
  const t = Math.min(1, Math.max(0, value));
  return t * t * (3 - 2 * t);
}

/** 65,536 standard normal values; its own seed, so that every run has the same grain. */
const grainTable = ((): Float32Array => {
  const random = seededRandom(20_260);
  return Float32Array.from({ length: 1 << 16 }, () => gaussian(random));
})();
