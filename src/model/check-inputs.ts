import { AppError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { sizeOf } from '../core/tensor.ts';
import type { Graph } from './graph.ts';
import { formatShape, shapeOf } from './graph.ts';

/** Throws ENGINE_INPUT unless there is a tensor of the right shape for every input, with one batch size N of at least 1. */
export function checkInputs(graph: Graph, inputs: Readonly<Record<string, Tensor>>): void {
  const unknown = Object.keys(inputs).find((name) => !graph.inputs.includes(name));
  if (unknown) {
    throw new AppError(
      'ENGINE_INPUT',
      `expected inputs ${graph.inputs.join(', ')} for graph ${graph.name}, received "${unknown}"`,
    );
  }
  let batch: number | undefined;
  for (const name of graph.inputs) {
    const given = inputs[name];
    const shape = shapeOf(graph, name);
    const fits =
      given !== undefined &&
      given.dims.length === shape.length &&
      given.data.length === sizeOf(given.dims) &&
      shape.every((dim, i) => {
        if (dim !== 'N') return dim === given.dims[i];
        batch ??= given.dims[i]!;
        return batch > 0 && batch === given.dims[i];
      });
    if (!fits) {
      const received = given ? `[${given.dims.join(', ')}] with ${given.data.length} values` : 'nothing';
      throw new AppError(
        'ENGINE_INPUT',
        `expected input "${name}" of shape ${formatShape(shape)}, received ${received}`,
      );
    }
  }
}

/** Throws ENGINE_INPUT unless the graph has every one of the outputs, of which there is at least one. */
export function checkOutputs(graph: Graph, outputs: readonly string[]): void {
  const unknown = outputs.find((name) => !graph.outputs.includes(name));
  if (unknown === undefined && outputs.length > 0) return;
  throw new AppError(
    'ENGINE_INPUT',
    `expected outputs out of ${graph.outputs.join(', ')} for graph ${graph.name}, received ${unknown === undefined ? 'none' : `"${unknown}"`}`,
  );
}
