/** Backward halves of pools and means. */
import { sizeOf } from '../../core/tensor.ts';
import type { Pair } from '../../model/graph.ts';
import { fixed, picture } from '../../model/operators/shapes.ts';
import { maxPoolPhases } from './max-pool.ts';
import type { Backward, BackwardStep, NodeOf } from './step.ts';
import { overSeeds } from './step.ts';

export const pools: {
  readonly [Name in 'MaxPool' | 'AveragePool' | 'ReduceMean' | 'ReduceSum']: Backward<Name>;
} = {
  /**
   * R goes to the first maximum of each window and adds up where windows overlap: the switches of Zeiler, Fergus 2013, which the
   * forward pool reports as its second output.
   */
  MaxPool(node, step) {
    const phases = maxPoolPhases(node, step);
    if (phases) return [phases];
    const positions = step.builder.addOutput(node.outputs[0]!, `${node.name}_positions`);
    return [step.add({ op: 'MaxUnpool' }, [step.full(), positions, node.inputs[0]!])];
  },

  /** Every place of a window gets R divided by the number of places that were averaged. */
  AveragePool(node, step) {
    const [, channels, ...size] = picture(step.shape(0));
    const [, , ...places] = picture(step.builder.shape(node.outputs[0]!));
    const share = step.builder.constant([1, 1, ...places], shares(node, size, places), 'share');
    const divided = step.add({ op: 'Mul' }, [step.full(), share]);
    const kernel = step.builder.constant(
      [channels, 1, ...node.kernel],
      new Float32Array(channels * sizeOf(node.kernel)).fill(1),
      'window',
    );
    const covered = ([0, 1] as const).map((i) => (places[i] - 1) * node.strides[i] + node.kernel[i]);
    // In ceil mode the last window may hang over the padded edge: spread over the whole span, then cut.
    const wanted = ([0, 1] as const).map((i) => size[i] + node.pads[i]);
    const outputPadding = ([0, 1] as const).map((i) =>
      Math.max(0, wanted[i]! - covered[i]!),
    ) as unknown as Pair;
    const spread = step.add(
      {
        op: 'ConvTranspose',
        group: channels,
        strides: node.strides,
        pads: [0, 0, 0, 0],
        dilations: [1, 1],
        outputPadding,
      },
      [divided, kernel],
      'spread',
    );
    const starts = [node.pads[0], node.pads[1]];
    return [step.add({ op: 'Slice', axes: [2, 3], starts, ends: wanted, steps: [1, 1] }, [spread])];
  },

  ReduceMean: (node, step) => [
    step.add({ op: 'Mul' }, [keptDims(node, step), step.builder.scalar(1 / reducedSize(node, step))]),
  ],
  ReduceSum: (node, step) => [keptDims(node, step)],
};

/** R with the reduced dimensions put back as 1; it broadcasts to the input's shape. */
function keptDims(node: NodeOf<'ReduceMean' | 'ReduceSum'>, step: BackwardStep): string {
  if (node.axes.includes(0)) throw step.unsupported('a mean over the batch cannot be explained');
  const full = step.full();
  if (node.keepDims) return full;
  const shape = overSeeds(step.shape(0).map((dim, i) => (node.axes.includes(i) ? 1 : dim)));
  return step.add({ op: 'Reshape', shape }, [full], 'kept');
}

function reducedSize(node: NodeOf<'ReduceMean' | 'ReduceSum'>, step: BackwardStep): number {
  return sizeOf(node.axes.map((axis) => fixed(step.shape(0)[axis], 'a reduced dimension')));
}

/** 1 / (number of places averaged) for each window. Pads count when the pool says so; what hangs over in ceil mode never does. */
function shares(node: NodeOf<'AveragePool'>, size: Pair, places: Pair): Float32Array {
  const counts = ([0, 1] as const).map((i) =>
    Array.from({ length: places[i] }, (_, place) => {
      const start = place * node.strides[i] - node.pads[i];
      const end = start + node.kernel[i];
      const low = node.countPads ? -node.pads[i] : 0;
      const high = size[i] + (node.countPads ? node.pads[i + 2]! : 0);
      return Math.min(end, high) - Math.max(start, low);
    }),
  );
  return Float32Array.from(counts[0]!.flatMap((rows) => counts[1]!.map((columns) => 1 / (rows * columns))));
}
