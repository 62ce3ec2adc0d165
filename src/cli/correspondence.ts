/** What `whymatch explain` says of places that answer each other: its options, pictures, and part of explanation.json. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { correspond, matchedPoints, type PictureAnswer } from '../app/correspond.ts';
import type { ExplainedPair } from '../app/explain-pair.ts';
import type { Point, Rect } from '../core/geometry.ts';
import type { PlacePair } from '../explain/correspondence.ts';
import { drawAnswer, drawPairs } from '../report/correspondence-pictures.ts';
import { cellsOf } from './explanation-document.ts';
import { numbers, rectangle, wholeNumber } from './options.ts';

export interface CorrespondenceFlags {
  readonly point?: Point;
  readonly region?: Rect;
  readonly matches?: number;
}

export function addCorrespondenceOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--point <x,y>',
        'show where in the hit this point of the query matched (answers.png)',
      ).argParser(point),
    )
    .addOption(
      new Option(
        '--region <x,y,w,h>',
        'the same for a part of the query; both in pixels of the upright picture',
      )
        .argParser(rectangle)
        .conflicts('point'),
    )
    .addOption(
      new Option(
        '--matches <n>',
        'join the n strongest pairs of places that are the most alike for each other (matches.png)',
      ).argParser(wholeNumber),
    );
}

/** Files by name, what explanation.json says, and lines for people. */
export interface Correspondences {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly document: object;
  readonly lines: readonly string[];
}

/** What was asked for of a pair. Throws USAGE for a point or region that the model did not see. */
export async function correspondencesOf(
  pair: ExplainedPair,
  captions: { readonly query: string; readonly hit: string },
  { point, region, matches }: CorrespondenceFlags,
): Promise<Correspondences> {
  const asked = point ?? region;
  const answer = asked && correspond(pair.query, pair.hit, asked);
  const pairs = matches === undefined ? undefined : matchedPoints(pair.query, pair.hit, matches);
  const files = new Map<string, Uint8Array>();
  const pictures = { pictures: pair, captions };
  if (answer) {
    const { resolved: frame, map, answers } = answer;
    files.set('answers.png', await drawAnswer({ ...pictures, pairs: answers }, { frame, map }));
  }
  if (pairs) files.set('matches.png', await drawPairs({ ...pictures, pairs }));
  return {
    files,
    document: {
      ...(answer && { answer: answerFacts(answer) }),
      ...(pairs && { matches: pairs.map(pairFacts) }),
    },
    lines: [
      ...(answer ? answerLines(answer, pair.explanation.score) : []),
      ...(pairs ? matchLines(pairs) : []),
    ],
  };
}

function answerFacts({ asked, resolved, share, map, answers }: PictureAnswer) {
  return {
    asked,
    resolved: roundedRect(resolved),
    share,
    map: cellsOf(map),
    answers: answers.map(pairFacts),
  };
}

function pairFacts({ from, to, share, likeness, mutual }: PlacePair) {
  return { from: roundedPoint(from), to: roundedPoint(to), share, likeness, mutual };
}

function answerLines({ share, answers }: PictureAnswer, score: number): string[] {
  const [best] = answers;
  const part = `${((100 * share) / score).toFixed(1)} % of the similarity`;
  if (!best) return ['', `That part of the query has ${part}, and no answer in the hit.`];
  const sure = best.mutual ? ', each the most alike for the other' : '';
  return [
    '',
    `That part of the query has ${part}. Its strongest answer is at ${words(best.to)} of the hit${sure}.`,
  ];
}

function matchLines(pairs: readonly PlacePair[]): string[] {
  if (pairs.length === 0) return ['', 'No two places are the most alike for each other.'];
  return [
    '',
    'The most alike for each other, the largest part of the similarity first:',
    ...pairs.map(
      ({ from, to, likeness }, i) =>
        `${String(i + 1).padStart(3)}  ${words(from)} of the query and ${words(to)} of the hit, likeness ${likeness.toFixed(2)}`,
    ),
  ];
}

const words = ({ x, y }: Point): string => `${Math.round(x)},${Math.round(y)}`;

const tenth = (value: number): number => Math.round(10 * value) / 10;
const roundedPoint = ({ x, y }: Point): Point => ({ x: tenth(x), y: tenth(y) });
const roundedRect = ({ width, height, ...at }: Rect): Rect => ({
  ...roundedPoint(at),
  width: tenth(width),
  height: tenth(height),
});

/** "120,45" */
function point(text: string): Point {
  const [x, y, ...rest] = numbers(text);
  if (x !== undefined && y !== undefined && rest.length === 0) return { x, y };
  throw new InvalidArgumentError('Expected two numbers x,y, such as 120,45.');
}
