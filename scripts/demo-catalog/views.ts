/** Plans the pictures of a product, one recipe a view. No drawing here. */
import type { Size } from '../../src/core/geometry.ts';
import {
  backdropFor,
  daylight,
  difficultLight,
  frontal,
  hiderFor,
  placed,
  seenFrom,
  standsOn,
  studioInColour,
  thingsFor,
} from './choices.ts';
import type { Kind } from './kinds/kind.ts';
import type { Random } from './svg.ts';
import { between, pick } from './svg.ts';
import type { View } from './view.ts';

/** The catalogue's views in order; more than these are further mixes. */
export const viewNames = ['studio', 'viewpoint', 'scale', 'lighting', 'occlusion'] as const;

/** Name of catalogue view number i, from 0. */
export const viewName = (i: number): string => viewNames[i] ?? `mix-${i + 1}`;

/** The view of that name. `query`, the held-out picture, changes everything at once, and so does every mix. */
export function planView(name: string, kind: Kind, random: Random): View {
  const parts = (recipes[name] ?? everythingAtOnce)(kind, random);
  return { things: [], ...parts, name, stands: standsOn(kind, parts.backdrop) };
}

type Recipe = (kind: Kind, random: Random) => Omit<View, 'name' | 'stands' | 'things'> & Partial<View>;

const square: Size = { width: 480, height: 480 };
const portrait: Size = { width: 432, height: 540 };
const landscape: Size = { width: 540, height: 432 };

const recipes: Readonly<Record<string, Recipe>> = {
  studio: (kind, random) => ({
    size: square,
    pose: { ...frontal, fill: 0.76, y: kind.stance === 'stands' ? 0.87 : 0.5 },
    backdrop: { type: 'studio', tone: pick(random, ['#f5f4f2', '#f1f3f5', '#f6f2ec', '#eef1ee']) },
    light: { ...daylight(random), falloff: 0.03, grain: 0.8 },
  }),

  viewpoint: (kind, random) => {
    const backdrop = random() < 0.5 ? studioInColour(random) : backdropFor(kind, random, 'calm');
    const pose = seenFrom(kind, random, between(random, 0.62, 0.78), 0.85);
    return { size: square, pose: placed(pose, kind, backdrop, random), backdrop, light: daylight(random) };
  },

  scale: (kind, random) => {
    const backdrop = backdropFor(kind, random, 'busy');
    const light = daylight(random);
    if (random() < 0.35) {
      const near = seenFrom(kind, random, between(random, 1.0, 1.15), 0.25);
      return { size: square, pose: { ...near, y: standsOn(kind, backdrop) ? 1.02 : 0.5 }, backdrop, light };
    }
    const far = placed(seenFrom(kind, random, between(random, 0.38, 0.5), 0.25), kind, backdrop, random);
    return { size: square, pose: far, backdrop, things: thingsFor(backdrop, random, 2), light };
  },

  lighting: (kind, random) => {
    const backdrop = backdropFor(kind, random, 'calm');
    const pose = seenFrom(kind, random, between(random, 0.6, 0.74), 0.3);
    const light = difficultLight(random, 1);
    return { size: portrait, pose: placed(pose, kind, backdrop, random), backdrop, light };
  },

  occlusion: (kind, random) => {
    const backdrop = backdropFor(kind, random, 'busy');
    const pose = seenFrom(kind, random, between(random, 0.66, 0.8), 0.3);
    return {
      size: landscape,
      pose: placed(pose, kind, backdrop, random),
      backdrop,
      things: thingsFor(backdrop, random, 1),
      hider: hiderFor(standsOn(kind, backdrop), random, 0.13, 0.31),
      light: daylight(random),
    };
  },
};

/**
 * Each change is milder than in the view that is about it alone. Together they are harder than any: enough for searches to
 * fail, and few enough for the default model to find most products on its first page.
 */
const everythingAtOnce: Recipe = (kind, random) => {
  const mood = random() < 0.6 ? 'calm' : 'busy';
  const backdrop = backdropFor(kind, random, mood);
  const pose = seenFrom(kind, random, between(random, 0.76, 0.94), 0.5);
  return {
    size: pick(random, [square, square, square, portrait, landscape]),
    pose: placed(pose, kind, backdrop, random),
    backdrop,
    things: mood === 'busy' ? thingsFor(backdrop, random, 0) : [],
    hider: hiderFor(standsOn(kind, backdrop), random, 0.1, 0.2),
    light: difficultLight(random, 0.3),
  };
};
