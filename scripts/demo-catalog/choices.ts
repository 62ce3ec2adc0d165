/** Chooses the parts of a picture at random: pose, surroundings, what is in the way, the light. */
import type { Kind } from './kinds/kind.ts';
import type { Light } from './lighting.ts';
import { shadowShapes } from './lighting.ts';
import { clutter, litter } from './surroundings/clutter.ts';
import { hiders } from './surroundings/hiders.ts';
import { surfaces } from './surroundings/surfaces.ts';
import { walls } from './surroundings/walls.ts';
import type { Random } from './svg.ts';
import { between, pick } from './svg.ts';
import type { Backdrop, Hider, Pose, Thing } from './view.ts';

export const frontal: Pose = { fill: 0.75, roll: 0, yaw: 0, pitch: 0, turn: 0, x: 0.5, y: 0.5 };

/** Whether a thing stands on the floor of the backdrop; on a ground seen from above even a chair lies. */
export const standsOn = (kind: Kind, backdrop: Backdrop): boolean =>
  kind.stance === 'stands' && backdrop.type !== 'flat';

/** A pose seen `strength` (0 to 1) away from the front. What stands tilts little; what lies may lie at any angle near upright. */
export function seenFrom(kind: Kind, random: Random, fill: number, strength: number): Pose {
  const stands = kind.stance === 'stands';
  return {
    ...frontal,
    fill,
    roll: signed(random, 0, stands ? 0.07 : 0.55) * (0.3 + 0.7 * strength),
    yaw: signed(random, 0.35, 0.75) * strength,
    pitch: signed(random, 0.05, 0.4) * strength * (stands ? 0.4 : 1),
    turn: kind.round ? signed(random, 0.25, 0.6) * strength : 0,
  };
}

/** The pose at a place where the object is wholly in the picture, if it fits, and on the floor, if it stands. */
export function placed(pose: Pose, kind: Kind, backdrop: Backdrop, random: Random): Pose {
  const free = Math.max(0, 0.96 - pose.fill) / 2;
  const x = 0.5 + between(random, -free, free);
  if (!standsOn(kind, backdrop)) return { ...pose, x, y: 0.5 + between(random, -free, free) };
  const edge = backdrop.type === 'stage' ? backdrop.edge : 0.7;
  const foot = Math.max(edge + between(random, 0.1, 0.24), pose.fill + 0.06);
  return { ...pose, x, y: Math.min(0.96, foot) };
}

export function studioInColour(random: Random): Backdrop {
  const tones = ['#dfe9ee', '#f3dfd6', '#e3ead8', '#efe3c3', '#e2dcec', '#cfd8d6'];
  return { type: 'studio', tone: pick(random, tones) };
}

/** Surroundings for a kind: mostly a room or a street for what stands; a ground for what lies. */
export function backdropFor(kind: Kind, random: Random, mood: 'calm' | 'busy'): Backdrop {
  const calm = mood === 'calm';
  const surface = pick(
    random,
    calm ? ['wood', 'boards', 'linen', 'concrete', 'marble'] : Object.keys(surfaces),
  );
  if (kind.stance === 'lies' || random() < 0.2) {
    return { type: 'flat', surface, angle: between(random, -0.5, 0.5), zoom: between(random, 1.02, 1.2) };
  }
  const behind = Object.keys(walls).filter((wall) => wall !== 'plaster');
  const wall = pick(random, calm ? ['plaster', 'plaster', 'wallpaper', 'window'] : behind);
  return { type: 'stage', surface: fitting(surface, wall, random), wall, edge: between(random, 0.56, 0.68) };
}

/** Grass belongs outdoors and floorboards indoors: the surface, or another where it does not fit the wall. */
function fitting(surface: string, wall: string, random: Random): string {
  const outdoors = ['grass', 'cobbles', 'pebbles', 'leaves', 'concrete'];
  const isOutside = wall === 'garden' || wall === 'street';
  if (isOutside === outdoors.includes(surface) || surface === 'concrete') return surface;
  return pick(random, isOutside ? outdoors : ['wood', 'boards', 'tiles', 'marble', 'rug', 'linen']);
}

/** `least` pieces of clutter or one more, left and right of the middle. */
export function thingsFor(backdrop: Backdrop, random: Random, least: number): Thing[] {
  const stage = backdrop.type === 'stage';
  const first = random() < 0.5 ? -1 : 1;
  return Array.from({ length: least + Math.floor(random() * 2) }, (_, i) => ({
    name: pick(random, Object.keys(stage ? clutter : litter)),
    x: 0.5 + (i % 2 ? -first : first) * between(random, 0.26, 0.46),
    y: stage ? backdrop.edge + between(random, 0.02, 0.1) : between(random, 0.1, 0.9),
    size: between(random, 0.16, 0.3),
    roll: stage ? 0 : between(random, 0, 6.28),
  }));
}

/** Something that comes into the picture and hides between `low` and `high` of the object. */
export function hiderFor(stands: boolean, random: Random, low: number, high: number): Hider {
  // A parcel is drawn from the front: it cannot lie on a ground seen from above.
  const name = pick(
    random,
    Object.keys(hiders).filter((hider) => stands || hider !== 'parcel'),
  );
  const onFloor = stands && (name === 'parcel' || name === 'ball');
  const fromSide = pick(random, [0, Math.PI]) + (onFloor ? 0 : between(random, -0.35, 0.35));
  const fromBelow = -Math.PI / 2 + between(random, -0.6, 0.6);
  return {
    name,
    onFloor,
    towards: onFloor || random() < 0.6 ? fromSide : fromBelow,
    share: between(random, low, high),
    size: between(random, 0.6, 0.9),
    aside: between(random, -0.18, 0.18),
  };
}

/** Ordinary light: a little to one side, a little warm or cool. */
export function daylight(random: Random): Light {
  return {
    exposure: between(random, 0.94, 1.06),
    warmth: between(random, -0.18, 0.22),
    side: between(random, 0, 6.28),
    falloff: between(random, 0.04, 0.12),
    grain: between(random, 1, 2.4),
    grainSeed: Math.floor(random() * 65_536),
  };
}

/** Light that troubles: dark or bright, yellow or blue, with a shadow across the scene; `strength` 0 to 1. */
export function difficultLight(random: Random, strength: number): Light {
  const dark = random() < 0.65;
  return {
    exposure: 1 + strength * (dark ? -between(random, 0.15, 0.36) : between(random, 0.18, 0.36)),
    warmth: strength * signed(random, 0.45, 0.95),
    side: between(random, 0, 6.28),
    falloff: strength * between(random, 0.2, 0.36),
    shadow: {
      shape: pick(random, shadowShapes),
      angle: between(random, 0.3, 1.2),
      at: between(random, -0.4, 0.4),
      strength: strength * between(random, 0.34, 0.52),
    },
    grain: 1.5 + strength * between(random, 1.5, 4),
    grainSeed: Math.floor(random() * 65_536),
  };
}

/** A number whose size lies between `low` and `high`, of either sign. */
const signed = (random: Random, low: number, high: number): number =>
  (random() < 0.5 ? -1 : 1) * between(random, low, high);
