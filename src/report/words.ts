/** What the maps say, in plain words. */
import { type LookedAtParts, wholePictures } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import type { Target } from '../explain/targets.ts';
import type { Concentration } from './concentration.ts';
import { concentration } from './concentration.ts';
import type { Evidence, ReportPicture } from './input.ts';

/** One to four sentences about what was compared, and where the score of a pair comes from. */
export function evidenceSentence({
  query,
  hit,
  explanation: { shares, score },
  looks = wholePictures,
}: Evidence): string {
  const [first, second] = [sideOf(shares.query, query), sideOf(shares.hit, hit)];
  const sentences = [
    partsSentence(looks, score),
    `The most important quarter of the query carries ${percent(first.quarter)} of the score, that of the hit ${percent(second.quarter)} (an even spread would be ${percent(0.25)}).`,
    verdict(Math.min(first.quarter, second.quarter), Math.max(first.quarter, second.quarter)),
    barsSentence(first.bars, 'query'),
    barsSentence(second.bars, 'hit'),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** Where only parts of the pictures were compared; '' for whole ones. */
export function partsSentence({ query, hit }: LookedAtParts, score: number): string {
  if (!query && !hit) return '';
  const compared = [
    `the ${query ? 'framed part of the ' : ''}query`,
    `the ${hit ? 'framed part of the ' : ''}hit`,
  ];
  return `Compared are ${compared.join(' and ')}, which were found most alike: their similarity is ${score.toFixed(3)}.`;
}

const sideOf = (shares: HeatMap, { placement: { target, tensor } }: ReportPicture): Concentration =>
  concentration(shares, target, tensor);

/** A quarter of an evenly spread score is 25 %. */
function verdict(smaller: number, larger: number): string {
  if (smaller >= 0.6) return 'The match rests on a few places.';
  if (larger <= 0.38) return 'The match is spread over nearly the whole picture.';
  return '';
}

function barsSentence(bars: number, side: string): string {
  if (bars < 0.15) return '';
  return `${percent(bars)} of the score lies in the bars that were added around the ${side}; these figures leave it out.`;
}

/** Which question the maps of a target answer. A target that speaks of one picture alone is its own name, e.g. neuron:17. */
export function targetWords(target: Target): string {
  return questions[target] ?? target;
}

const questions: Readonly<Partial<Record<string, string>>> = {
  similarity: 'similarity: what makes the two alike',
  cosine: 'cosine: what would change the score',
  contrast: 'contrast: why this hit rather than the others',
};

/** Where the centre of what a map marks lies, e.g. "strongest at the top left". */
export function strongestPlace({ width, height, data }: HeatMap): string {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (const [i, value] of data.entries()) {
    // Squared, so that a weak haze over the whole picture does not pull everything to the centre.
    const weight = value * value;
    sum += weight;
    sumX += weight * ((i % width) + 0.5);
    sumY += weight * (Math.floor(i / width) + 0.5);
  }
  if (sum === 0) return 'nothing marked';
  const third = (part: number): 0 | 1 | 2 => (part < 0.4 ? 0 : part > 0.6 ? 2 : 1);
  const row = ['top', '', 'bottom'][third(sumY / sum / height)]!;
  const column = ['left', '', 'right'][third(sumX / sum / width)]!;
  if (row === '' && column === '') return 'strongest around the centre';
  return `strongest at the ${[row, column].filter((word) => word !== '').join(' ')}`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)}\u00a0%`;
}

export function duration(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(1)}\u00a0s`;
  return `${value.toFixed(value < 10 ? 1 : 0)}\u00a0ms`;
}
