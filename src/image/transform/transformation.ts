/** What a transformation of a picture is: one of the things that happen between a catalogue's picture and a customer's photo. */
import type { Pixels } from '../pixels.ts';

/** The challenges of visual search that the transformations stand for. */
export const challenges = ['scale', 'viewpoint', 'lighting', 'occlusion', 'background'] as const;
export type Challenge = (typeof challenges)[number];

/** What a transformation may use besides the picture. */
export interface Surroundings {
  /** Numbers in [0, 1): where the randomness comes from. The same sequence for every grade of a picture. */
  readonly random: () => number;
  /** Another picture, for transformations that need something that does not belong there. */
  readonly other: Pixels;
  /** Of the picture's size, 1 on the object and 0 beside it, row by row; where somebody has drawn one. */
  readonly mask: Float32Array | undefined;
}

export interface Transformation {
  /** Unique; lower case, with hyphens. */
  readonly name: string;
  readonly title: string;
  readonly challenge: Challenge;
  /** What the values of the grades are, for people. */
  readonly measure: string;
  /** From the mildest to the hardest; the middle one is what promises are made about. */
  readonly grades: readonly number[];
  /** Only for pictures that have a mask. */
  readonly needsMask?: boolean;
  /** Pure: the same picture, grade and random numbers give the same pixels. Pixels are RGB; so is the result. */
  apply(pixels: Pixels, grade: number, surroundings: Surroundings): Pixels | Promise<Pixels>;
}

/** The grade in the middle; the harder of two. */
export function middleGrade({ grades }: Pick<Transformation, 'grades'>): number {
  return grades[Math.floor(grades.length / 2)]!;
}
