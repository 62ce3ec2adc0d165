/** Explanations as JSON (explanation.json): every number of it, for programs and for the record. docs/cli.md describes the fields. */
import type { ExplainedPair } from '../app/explain-pair.ts';
import type { ExaminedPicture } from '../app/pictures.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { differentiate } from '../explain/differentiate.ts';
import type { Explanation } from '../explain/explain.ts';
import { methodNamed } from '../explain/methods/index.ts';
import type { Target } from '../explain/targets.ts';
import type { LoadedModel } from '../model/load-model.ts';
import { packageVersion } from '../app/version.ts';

/** What every explanation.json says first. */
export function explanationHeader(model: LoadedModel, target: Target | 'name', methods: readonly string[]) {
  return {
    format: 'whymatch-explanation',
    version: 1,
    whymatch: packageVersion(),
    model: { name: model.model, fingerprint: model.fingerprint, engine: model.engine.description },
    target,
    methods: methods.map((name) => methodFacts(model, name)),
  };
}

/** The method, its source, and for rules how many activations follow it: all of them, or differentiate would have refused. */
function methodFacts(model: LoadedModel, name: string) {
  const { title, source, rule } = methodNamed(name);
  if (!rule) return { name, title, source };
  const { activations } = differentiate(model.graph, { rule });
  return { name, title, source, rule, activations };
}

export function pictureFacts({ picture, placement }: ExaminedPicture) {
  const { source, format, width, height, contentHash } = picture;
  return { source, format, width, height, contentHash, placement };
}

export function explanationFacts({ score, shares, checks }: Explanation) {
  const cells = { query: cellsOf(shares.query), hit: cellsOf(shares.hit) };
  return { score, shares: cells, ...(checks && { checks }) };
}

/** The explanation of one pair with both its pictures. */
export function pairFacts({ query, hit, explanation }: ExplainedPair) {
  return { ...explanationFacts(explanation), query: pictureFacts(query), hit: pictureFacts(hit) };
}

/** Rows of numbers, top to bottom. */
export function cellsOf({ width, height, data }: HeatMap) {
  const row = (y: number) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (value) => Number(value.toPrecision(7)));
  return { width, height, rows: Array.from({ length: height }, (_, y) => row(y)) };
}
