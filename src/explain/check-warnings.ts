/** When not to believe a map, by what can be seen in the map itself. */
import type { Rect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { dot, norm } from '../core/vector.ts';
import { blockGrid } from './measures/blocks.ts';
import { cutOut, energyOf } from './content.ts';
import { standingOut } from './foreground.ts';
import { pearson } from './measures/correlation.ts';
import type { Subject } from './subject.ts';
import type { Job } from './targets.ts';

export interface Warning {
  /**
   * surroundings: the map marks what surrounds the object as much as the object. border: it marks the outer edge as much as the middle,
   * in a picture without an object. uniform: most of it lies where the picture shows nothing. same-for-all: the map hardly depends on the
   * hit.
   */
  readonly kind: 'surroundings' | 'border' | 'uniform' | 'same-for-all';
  readonly sentence: string;
}

/**
 * The border is the outer 12 % on each side, 42 % of the area. On 80 natural pictures with masks (docs/explanations.md) the maps that
 * have more than 40 % there had no more of their energy on the object than its share of the area.
 */
const borderWidth = 0.12;
export const mostOnBorder = 0.4;

/**
 * Energy beside the object (foreground.ts) against its part of the area: above this, a map marks the object hardly more than the rest. On the
 * same pictures this finds the maps that miss the true object better than their energy on the border does (docs/explanations.md).
 */
export const mostOutside = 0.8;

/** A block is uniform when the standard deviation of its light is below this, in units of the normalised tensor. */
const uniformDeviation = 0.1;
const mostInUniform = 0.5;

/** r² = 0.98: all but 2 % of the map's variation is the same for the other hits. */
const mostCorrelation = 0.99;
/** Hits that are as alike as this (cosine) should have the same map. */
const alike = 0.9;

/** The warnings of each map, in the order of the jobs. */
export function warningsOf(jobs: readonly Job[], maps: readonly HeatMap[]): Warning[][] {
  const subjects = [...new Set(jobs.map(({ subject }) => subject))];
  const empty = new Map(subjects.map((subject) => [subject, uniformBlocks(subject)]));
  const objects = new Map(subjects.map((subject) => [subject, standingOut(subject)]));
  return jobs.map((job, i) => {
    const { subject } = job;
    const object = objects.get(subject);
    const border = object ? 0 : borderShare(maps[i]!, subject.content);
    const outside = object && shareOutside(maps[i]!, object, subject.content);
    const uniform = shareIn(empty.get(subject)!, maps[i]!, subject);
    const others = jobs.flatMap((other, k) =>
      other.subject === subject && other !== job ? [{ job: other, map: maps[k]! }] : [],
    );
    return [
      ...(outside && outside.density > mostOutside ? [surroundings(outside.share)] : []),
      ...(border > mostOnBorder ? [borderWarning(border)] : []),
      ...(uniform > mostInUniform ? [uniformWarning(uniform)] : []),
      ...(isSameForAll(job, maps[i]!, others) ? [sameForAll] : []),
    ];
  });
}

const surroundings = (share: number): Warning => ({
  kind: 'surroundings',
  sentence: `${percent(share)} of the map lies beside what stands out in the picture: the object’s surroundings may carry the match.`,
});

const borderWarning = (share: number): Warning => ({
  kind: 'border',
  sentence: `${percent(share)} of the map lies along the picture’s edges: the surroundings may carry the match.`,
});

const uniformWarning = (share: number): Warning => ({
  kind: 'uniform',
  sentence: `${percent(share)} of the map lies where the picture is uniform: the background may carry the match.`,
});

const sameForAll: Warning = {
  kind: 'same-for-all',
  sentence:
    'The map is nearly the same for all hits: it shows what the model sees in the picture rather than why this one matched.',
};

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/**
 * The share of a map's energy where the picture stands out less than its mean (standingOut of foreground.ts), and that share against the
 * part of the area: 1 for a map that knows nothing of the object.
 */
export function shareOutside(map: HeatMap, { data: standing }: HeatMap, content: Rect) {
  let sum = 0;
  for (let i = 0; i < standing.length; i++) sum += standing[i]!;
  const mean = sum / standing.length;
  let [outside, all, area] = [0, 0, 0];
  const { data } = cutOut(map, content);
  for (let i = 0; i < data.length; i++) {
    const energy = energyOf(data[i]!);
    all += energy;
    if (standing[i]! > mean) continue;
    outside += energy;
    area++;
  }
  const share = all > 0 ? outside / all : 0;
  return { share, density: area > 0 ? share / (area / standing.length) : 0 };
}

/** The share of a map's energy on the border of the picture. */
export function borderShare(map: HeatMap, content: Rect): number {
  const { width, height, data } = cutOut(map, content);
  const near = (position: number, length: number) =>
    Math.min(position + 0.5, length - position - 0.5) < borderWidth * length;
  const columns = Array.from({ length: width }, (_, x) => near(x, width));
  let [border, all] = [0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    const row = near(y, height);
    for (let x = 0; x < width; x++, i++) {
      const energy = energyOf(data[i]!);
      all += energy;
      if (row || columns[x]) border += energy;
    }
  }
  return all > 0 ? border / all : 0;
}

/** The share of a map's energy in blocks that show nothing. */
export function uniformShare(map: HeatMap, subject: Subject): number {
  return shareIn(uniformBlocks(subject), map, subject);
}

function shareIn(uniform: readonly boolean[], map: HeatMap, { content }: Subject): number {
  let [inside, all] = [0, 0];
  for (const [i, block] of blockGrid(content).blocks.entries()) {
    let energy = 0;
    for (let y = block.y; y < block.y + block.height; y++) {
      const start = y * map.width + block.x;
      for (let at = start; at < start + block.width; at++) energy += energyOf(map.data[at]!);
    }
    all += energy;
    if (uniform[i]) inside += energy;
  }
  return all > 0 ? inside / all : 0;
}

/** For each block: does the picture show nothing there? */
function uniformBlocks({ image, content }: Subject): boolean[] {
  const [channels = 0, height = 0, width = 0] = image.dims;
  const light = new Float32Array(height * width);
  for (let c = 0, at = 0; c < channels; c++) {
    for (let i = 0; i < light.length; i++, at++) light[i]! += image.data[at]! / channels;
  }
  const map = { width, height, data: light };
  return blockGrid(content).blocks.map((block) => deviation(cutOut(map, block).data) < uniformDeviation);
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Is the map that of the other hits, though they are not alike? */
function isSameForAll(
  job: Job,
  map: HeatMap,
  others: readonly { readonly job: Job; readonly map: HeatMap }[],
): boolean {
  if (others.length === 0) return false;
  const likeness = others.reduce((sum, other) => sum + cosine(job.direction, other.job.direction), 0);
  if (likeness / others.length > alike) return false;
  const { content } = job.subject;
  const mean = new Float32Array(content.width * content.height);
  for (const other of others) {
    const values = cutOut(other.map, content).data;
    for (let i = 0; i < mean.length; i++) mean[i]! += values[i]! / others.length;
  }
  return pearson(cutOut(map, content).data, mean) > mostCorrelation;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const lengths = norm(a) * norm(b);
  return lengths > 0 ? dot(a, b) / lengths : 0;
}
