/** Whether a map marks the object, given the object's mask: a map of the same size, 1 on the object and 0 beside it. */
import type { Rect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import { peak } from '../../image/heat-map.ts';
import { cutOut, energyOf } from '../content.ts';

/** The pointing game (Zhang et al. 2016, arXiv 1608.00507), without its margin: is the map's maximum on the object? */
export function pointsAt(map: HeatMap, mask: HeatMap, content: Rect): boolean {
  const { x, y } = peak(cutOut(map, content));
  return onObject(cutOut(mask, content).data[y * content.width + x]!);
}

/**
 * Energy-based pointing (Wang et al. 2020, arXiv 1910.01279): Σ of the map on the object / Σ of the map, where negative values count
 * as nothing; 0 for an empty map. A map that knows nothing gets the object's share of the area.
 */
export function energyInside(map: HeatMap, mask: HeatMap, content: Rect): number {
  const object = cutOut(mask, content).data;
  let [inside, all] = [0, 0];
  for (const [i, value] of cutOut(map, content).data.entries()) {
    all += energyOf(value);
    if (onObject(object[i]!)) inside += energyOf(value);
  }
  return all > 0 ? inside / all : 0;
}

const onObject = (value: number): boolean => value > 0.5;
