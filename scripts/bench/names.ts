/** What it takes to learn names, and to name one picture, beside comparing it with 10,000 others. */
import { performance } from 'node:perf_hooks';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { normalize } from '../../src/core/vector.ts';
import { ExactIndex } from '../../src/search/exact.ts';
import { learnNames } from '../../src/search/naming/learn.ts';
import { probabilitiesOf } from '../../src/search/naming/namer.ts';
import { table } from './measure.ts';

const dimension = 512;
const compared = 10_000;
/** Pictures and names. */
const sizes = [
  [1000, 10],
  [20_000, 100],
  [20_000, 2000],
] as const;

export async function names(rounds: number): Promise<string> {
  const random = seededRandom(1);
  const draw = () => Float32Array.from({ length: dimension }, () => Math.abs(gaussian(random)));
  const rows: string[][] = [];
  for (const [pictures, kinds] of sizes) {
    const centres = Array.from({ length: kinds }, draw);
    const around = (k: number) =>
      normalize(centres[k]!.map((value) => Math.max(0, value + gaussian(random))));
    const examples = Array.from({ length: pictures }, (_, i) => ({
      id: `${i}`,
      name: `${i % kinds}`,
      embedding: around(i % kinds),
    }));
    const start = performance.now();
    const { namer } = await learnNames(examples);
    const learned = performance.now() - start;
    const index = new ExactIndex(dimension);
    for (let i = 0; i < compared; i++) index.add(i, examples[i % pictures]!.embedding);
    const query = examples[0]!.embedding;
    const vote = [{ value: '0', share: 1 }];
    const [naming, search] = alternately(rounds, [
      () => void probabilitiesOf(namer, query, vote),
      () => void index.search(query, 10),
    ]);
    rows.push([
      pictures.toLocaleString('en'),
      kinds.toLocaleString('en'),
      (learned / 1000).toFixed(1),
      naming!.toFixed(2),
      (naming! / search!).toFixed(3),
    ]);
  }
  return (
    `${dimension} values a picture; naming as the median of ${rounds} times, taken in turn with a comparison with ${compared.toLocaleString('en')} embeddings\n\n` +
    table(['pictures', 'names', 'learned in s', 'a name in ms', 'of the comparison'], rows)
  );
}

/** Median milliseconds of each, one after the other in every round. */
function alternately(rounds: number, works: readonly (() => void)[]): number[] {
  const times = works.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      const start = performance.now();
      work();
      times[i]!.push(performance.now() - start);
    }
  }
  return times.map((own) => own.toSorted((a, b) => a - b)[own.length >> 1]!);
}
