/** Composes the picture of a planned view: surroundings, shadows, object, what hides it, light; and the object's mask. */
import type { Size } from '../../src/core/geometry.ts';
import { backdropLayer } from './backdrop.ts';
import type { Homography } from './homography.ts';
import { identity, multiply } from './homography.ts';
import { illuminate } from './lighting.ts';
import { coveredShare, hiderPlaces, objectPlace, outlineOf, thingPlace } from './pose.ts';
import type { Layer } from './raster.ts';
import { emptyLayer, over, warp } from './raster.ts';
import type { Cover, Ellipse } from './shadow.ts';
import { castShadow, ellipseCover, layerCover, projectedCover } from './shadow.ts';
import type { Stock } from './stock.ts';
import type { Hider, View } from './view.ts';

export interface Picture extends Size {
  /** RGB, 0 to 255. */
  readonly pixels: Uint8ClampedArray;
  /** 255 where the object is seen, else 0. */
  readonly mask: Uint8Array;
  /** Share of the object in the frame that something else hides. */
  readonly hidden: number;
}

/** A product as pictures show it. */
export interface Model {
  /** Chooses among the versions of the surroundings. */
  readonly seed: number;
  /** The product alone, its round parts turned by `turn` radians. */
  layer(turn: number): Promise<Layer>;
}

/** Draws the model as the view says. */
export async function drawView(model: Model, view: View, stock: Stock): Promise<Picture> {
  const { size, light } = view;
  // Any number that differs from picture to picture will do.
  const variant = model.seed + light.grainSeed;
  const object = await model.layer(view.pose.turn);
  const canvas = await backdropLayer(view, stock, variant);
  await addThings(canvas, view, stock, variant);
  const place = objectPlace(outlineOf(object), view);
  const seen = warp(object, place, size);
  if (view.stands) shadeFloor(canvas, seen, projectedCover(object, multiply(alongFloor(seen), place)));
  else shadeBeneath(canvas, seen);
  over(canvas, seen);
  const hiding = view.hider && (await hide(view.hider, seen, stock, variant));
  if (hiding) {
    castShadow(canvas, layerCover(hiding.layer, 5, 8), 0.4, 12);
    over(canvas, hiding.layer);
  }
  const mask = maskOf(seen, hiding?.layer);
  return { ...size, pixels: illuminate(canvas, light), mask, hidden: hiding?.share ?? 0 };
}

async function addThings(canvas: Layer, view: View, stock: Stock, variant: number): Promise<void> {
  const { things, size, backdrop } = view;
  if (things.length === 0) return;
  const stage = backdrop.type === 'stage';
  const all = emptyLayer(size);
  const feet: Ellipse[] = [];
  for (const [i, thing] of things.entries()) {
    const layer = await stock.prop(thing.name, variant + i);
    const seen = warp(layer, thingPlace(thing, layer, size, stage), size);
    if (stage) feet.push(footOf(seen));
    over(all, seen);
  }
  if (stage) castShadow(canvas, ellipseCover(feet), 0.5, 7);
  else castShadow(canvas, layerCover(all, 6, 8), 0.4, 8);
  over(canvas, all);
}

/** The shadows of what stands: its silhouette along the floor, and a dark spot at its foot. */
function shadeFloor(canvas: Layer, seen: Layer, silhouette: Cover): void {
  castShadow(canvas, silhouette, 0.36, 14);
  castShadow(canvas, ellipseCover([footOf(seen)]), 0.6, 6);
}

/** Lays what stands in a picture down on the floor behind its foot, away from the light. */
function alongFloor(seen: Layer): Homography {
  const foot = outlineOf(seen).bottom;
  const [lean, flatness] = [0.55, 0.22];
  return [1, -lean, lean * foot, 0, flatness, foot * (1 - flatness), 0, 0, 1];
}

/** The shadows of what lies: a wide soft one and a narrow one at its edge. */
function shadeBeneath(canvas: Layer, seen: Layer): void {
  const unit = Math.min(seen.width, seen.height);
  castShadow(canvas, layerCover(seen, unit * 0.02, unit * 0.028), 0.38, unit * 0.034);
  castShadow(canvas, layerCover(seen, 2, 3), 0.4, 5);
}

/** The flat ellipse on which a standing thing touches the floor. */
function footOf(standing: Layer): Ellipse {
  const { top, bottom } = outlineOf(standing);
  const { left, right } = outlineOf(standing, bottom - Math.max(3, (bottom - top) * 0.06));
  const rx = Math.max(1, ((right - left) / 2) * 1.04);
  const ry = Math.max(3, rx * 0.13);
  return { x: (left + right) / 2, y: bottom - ry * 0.5, rx, ry };
}

/** The hider at the first place of its way where it hides the share that it should, or else the most; and that share. */
async function hide(hider: Hider, seen: Layer, stock: Stock, variant: number) {
  const outline = outlineOf(seen);
  const layer = await stock.prop(hider.name, variant);
  // A narrow hider may pass a narrow object by, or its hole: then it comes larger, and straight at the middle.
  const larger = [1.5, 2.2].map((factor) => ({ ...hider, size: hider.size * factor, aside: 0 }));
  const ways = [hider, ...larger];
  let best = { place: identity, share: 0 };
  for (const place of ways.flatMap((way) => hiderPlaces(way, layer, outline))) {
    const share = coveredShare(seen, layer, place);
    if (share > best.share) best = { place, share };
    if (share >= hider.share) break;
  }
  return { layer: warp(layer, best.place, seen), share: best.share };
}

function maskOf(seen: Layer, hiding: Layer | undefined): Uint8Array {
  const mask = new Uint8Array(seen.width * seen.height);
  for (let i = 0; i < mask.length; i++) {
    const visible = seen.data[i * 4 + 3]! * (1 - (hiding?.data[i * 4 + 3] ?? 0) / 255);
    mask[i] = visible >= 128 ? 255 : 0;
  }
  return mask;
}
