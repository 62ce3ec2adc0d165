/**
 * A page of hits in one engine run:
 *
 *   image (N,3,H,W) ──▶ features, embedding ──▶ ◀── seed     gradient (N,3,H,W): why each hit is like the query
 *                                  │ the seeds of the query's side are the hits' embeddings
 *   query_image (1,3,H,W) ──▶ … ──▶ ◀──┘                     query_gradient (N,3,H,W): why the query is like each hit
 *
 * Backward passes are homogeneous under all rules (a seed that is twice as large gives a gradient twice as large), so that the lengths of
 * the embeddings, which are known only when it has run, divide the gradients instead of the seeds.
 */
import type { Rect } from '../core/geometry.ts';
import type { Tensor } from '../core/tensor.ts';
import { batchItem, stack, tensor } from '../core/tensor.ts';
import { scale } from '../core/vector.ts';
import { GraphBuilder } from '../model/builder.ts';
import type { Constant, Graph } from '../model/graph.ts';
import type { Model } from '../model/model.ts';
import { differentiate } from './differentiate.ts';
import type { BackwardRule } from './rules.ts';
import type { Subject } from './subject.ts';
import { subjectOf } from './subject.ts';

/** A picture that has not been through the network yet. */
export interface Unexamined {
  /** (3,H,W) */
  readonly image: Tensor;
  /** Where in the tensor the picture lies. */
  readonly content: Rect;
}

export interface ExaminedPage {
  readonly subjects: readonly Subject[];
  /** For each hit the gradient (3,H,W) of its similarity to the query with respect to the query's picture, and to its own. */
  readonly queryGradients: readonly Tensor[];
  readonly hitGradients: readonly Tensor[];
}

/** Runs at most model.batchSize hits. Throws RULE_UNDEFINED, MODEL_UNSUPPORTED. */
export async function examinePage(
  model: Model,
  query: Subject,
  hits: readonly Unexamined[],
  rule: BackwardRule,
): Promise<ExaminedPage> {
  const executable = await model.executable(`a page of hits, ${rule}`, (graph) => pageGraph(graph, rule));
  const { features, embedding, gradient, query_gradient } = await executable.run({
    image: stack(hits.map(({ image }) => image)),
    seed: stack(hits.map(() => tensor([query.unit.length], query.unit))),
    query_image: stack([query.image]),
  });
  const subjects = hits.map(({ image, content }, i) =>
    subjectOf(image, batchItem(features!, i), batchItem(embedding!, i).data, content),
  );
  const inverse = (length: number) => (length > 0 ? 1 / length : 0);
  const scaled = (all: Tensor, i: number, factor: number): Tensor => {
    const { dims, data } = batchItem(all, i);
    return { dims, data: scale(data, factor) };
  };
  return {
    subjects,
    queryGradients: subjects.map((hit, i) =>
      scaled(query_gradient!, i, inverse(hit.norm) * inverse(query.norm)),
    ),
    hitGradients: subjects.map((hit, i) => scaled(gradient!, i, inverse(hit.norm))),
  };
}

/** Inputs image, seed and query_image; outputs features, embedding, gradient and query_gradient. */
export function pageGraph(graph: Graph, rule: BackwardRule): Graph {
  const hits = differentiate(graph, { rule }).graph;
  const query = differentiate(graph, { rule, sharedImage: true }).graph;
  const builder = GraphBuilder.from(hits, `${graph.name}_page_${rule}`);
  const names = new Map<string, string>([['seed', 'embedding']]);
  names.set('image', builder.input(builder.unique('query_image'), query.shapes.get('image')!));
  for (const [name, constant] of query.constants) {
    const known = hits.constants.get(name);
    names.set(name, known && sameConstant(known, constant) ? name : addConstant(builder, constant, name));
  }
  for (const { name: _, inputs, outputs, ...operator } of query.nodes) {
    const added = builder.addMany(
      operator,
      inputs.map((input) => names.get(input)!),
      outputs.map((output) => `query_${output}`),
    );
    for (const [i, output] of outputs.entries()) names.set(output, added[i]!);
  }
  return builder.build({
    features: 'features',
    embedding: 'embedding',
    gradient: 'gradient',
    query_gradient: names.get('gradient')!,
  });
}

/** Both halves write their constants (weights, flipped kernels) under the same names: nearly all of them are there already. */
function sameConstant(a: Constant, b: Constant): boolean {
  if (a.data === b.data) return true;
  const bytes = ({ data }: Constant) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return a.type === b.type && a.dims.join() === b.dims.join() && bytes(a).equals(bytes(b));
}

function addConstant(builder: GraphBuilder, constant: Constant, name: string): string {
  if (constant.type === 'float32') return builder.constant(constant.dims, constant.data, name);
  throw new RangeError(`expected float32 in constant "${name}", received ${constant.type}`);
}
