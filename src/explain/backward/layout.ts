/** Backward halves of operators that only move numbers. */
import type { Shape } from '../../model/graph.ts';
import { fixed } from '../../model/operators/shapes.ts';
import type { Backward, BackwardStep } from './step.ts';
import { overSeeds } from './step.ts';

type Layout = 'Identity' | 'Reshape' | 'Transpose' | 'Concat' | 'Slice' | 'Pad';

export const layout: { readonly [Name in Layout]: Backward<Name> } = {
  Identity: (_, step) => [step.arriving],
  Reshape: (_, step) => [step.add({ op: 'Reshape', shape: overSeeds(step.shape(0)) }, [step.full()])],
  Transpose: (node, step) => [
    step.add({ op: 'Transpose', perm: node.perm.map((_, i) => node.perm.indexOf(i)) }, [step.full()]),
  ],

  /** Each input gets its own part of R. */
  Concat(node, step) {
    const along = (value: string) => step.builder.shape(value)[node.axis];
    const gradient = along(step.arriving) === along(node.outputs[0]!) ? step.arriving : step.full();
    let end = 0;
    return node.inputs.map((input, i) => {
      const start = end;
      end += fixed(step.shape(i)[node.axis], 'a concatenated dimension');
      return step.needs(i) ? part(step, gradient, node.axis, start, end) : undefined;
    });
  },

  /** Zeros where the slice took nothing. */
  Slice(node, step) {
    const sizes = step.shape(0);
    return [
      node.axes.reduce((gradient, axis, i) => {
        const spaced = interleaved(step, gradient, axis, node.steps[i]!);
        return placed(step, spaced, axis, node.starts[i]!, fixed(sizes[axis], 'a sliced dimension'));
      }, step.full()),
    ];
  },

  Pad(node, step) {
    if (node.mode !== 'constant')
      throw step.unsupported(`its mode "${node.mode}" has no backward half here, only "constant" has`);
    const shape = step.shape(0);
    const axes = shape.flatMap((_, i) => (node.pads[i]! + node.pads[i + shape.length]! > 0 ? [i] : []));
    const starts = axes.map((axis) => node.pads[axis]!);
    const ends = axes.map((axis, i) => starts[i]! + fixed(shape[axis], 'a padded dimension'));
    return [step.add({ op: 'Slice', axes, starts, ends, steps: axes.map(() => 1) }, [step.full()])];
  },
};

/** A part of R along an axis. Where a convolution computes R, a part of its channels are a part of its kernels, and nothing is cut. */
function part(step: BackwardStep, gradient: string, axis: number, start: number, end: number): string {
  const source = step.builder.producerOf(gradient);
  const kernel =
    axis === 1 && source?.op === 'Conv' && source.group === 1 && step.builder.constantOf(source.inputs[1]!);
  if (!kernel || kernel.type !== 'float32' || source.inputs.length > 2) {
    const cut = { op: 'Slice', axes: [axis], starts: [start], ends: [end], steps: [1] } as const;
    return step.add(cut, [gradient], 'part');
  }
  const { name: _, inputs, outputs: __, ...conv } = source;
  const size = kernel.data.length / kernel.dims[0]!;
  const own = kernel.data.subarray(start * size, end * size);
  const weight = step.builder.constant([end - start, ...kernel.dims.slice(1)], own, `${inputs[1]}_part`);
  return step.add(conv, [inputs[0]!, weight], 'part');
}

/** Puts step - 1 zeros behind each place along an axis. */
function interleaved(step: BackwardStep, value: string, axis: number, stride: number): string {
  if (stride === 1) return value;
  const shape = step.builder.shape(value);
  const size = fixed(shape[axis], 'a sliced dimension');
  const column: Shape = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const apart = step.add({ op: 'Reshape', shape: column }, [value], 'apart');
  const pads = [...column.map(() => 0), ...column.map((_, i) => (i === axis + 1 ? stride - 1 : 0))];
  const padded = step.add({ op: 'Pad', mode: 'constant', pads, value: 0 }, [apart], 'zeros');
  return step.add(
    { op: 'Reshape', shape: shape.map((dim, i) => (i === axis ? size * stride : dim)) },
    [padded],
    'spaced',
  );
}

/** Gives an axis its full size again, with the value at `start` and zeros around it. */
function placed(step: BackwardStep, value: string, axis: number, start: number, size: number): string {
  const shape = step.builder.shape(value);
  const have = fixed(shape[axis], 'a sliced dimension');
  const length = Math.min(have, size - start);
  const kept =
    length === have
      ? value
      : step.add({ op: 'Slice', axes: [axis], starts: [0], ends: [length], steps: [1] }, [value], 'cut');
  const pads = [
    ...shape.map((_, i) => (i === axis ? start : 0)),
    ...shape.map((_, i) => (i === axis ? size - start - length : 0)),
  ];
  if (pads.every((pad) => pad === 0)) return kept;
  return step.add({ op: 'Pad', mode: 'constant', pads, value: 0 }, [kept], 'placed');
}
