/** The cases of test/fixtures/backward: small networks whose gradients PyTorch's autograd computed (docs/explanations.md). */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Tensor } from '../../src/core/tensor.ts';
import { tensor } from '../../src/core/tensor.ts';
import type { BackwardRule } from '../../src/explain/rules.ts';
import { featureGraph } from '../../src/model/features.ts';
import type { Graph } from '../../src/model/graph.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { checkout } from './checkout.ts';

export interface ReferenceCase extends Readonly<Record<BackwardRule, Tensor>> {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly image: Tensor;
  /** The gradient that arrives at the embedding. */
  readonly seed: Tensor;
  readonly embedding: Tensor;
}

const folder = checkout('test/fixtures/backward');

export const referenceCases: readonly ReferenceCase[] = readdirSync(folder).map(readCase);

/** The case's network as whymatch runs it. */
export function graphOf(reference: ReferenceCase): Graph {
  return featureGraph(readOnnx(reference.bytes), 'features');
}

function readCase(name: string): ReferenceCase {
  const file = (part: string) => readFileSync(path.join(folder, name, part));
  const { image, seed } = JSON.parse(file('case.json').toString()) as Record<'image' | 'seed', number[]>;
  const floats = (dims: readonly number[], part: string) =>
    tensor(dims, new Float32Array(new Uint8Array(file(`${part}.f32`)).buffer));
  return {
    name,
    bytes: file('model.onnx'),
    image: floats(image, 'image'),
    seed: floats(seed, 'seed'),
    embedding: floats(seed, 'embedding'),
    gradient: floats(image, 'gradient'),
    deconvnet: floats(image, 'deconvnet'),
    guided: floats(image, 'guided'),
  };
}
