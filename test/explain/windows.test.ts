/** The backward halves of pools and convolutions for every small window: sizes, strides, pads, dilations, rounding. */
import test from 'ava';
import { differentiate } from '../../src/explain/differentiate.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph, Margins, Operator } from '../../src/model/graph.ts';
import { interpret } from '../support/interpret.ts';
import { numericBackward } from '../support/numeric-backward.ts';
import { randomTensor, relativeError } from '../support/tensors.ts';

/** Along one axis: size, kernel, stride, pad before, pad after. Every combination in which the window fits. */
function* windows(largestPad: (kernel: number) => number): Generator<readonly number[]> {
  for (const size of [1, 4, 5])
    for (const kernel of [1, 2, 3])
      for (const stride of [1, 2, 3])
        for (let before = 0; before <= largestPad(kernel); before++)
          for (let after = 0; after <= largestPad(kernel); after++)
            if (size + before + after >= kernel) yield [size, kernel, stride, before, after];
}

/** image (N,2,1,size) -> the operator -> every number of the result is a feature. */
function network(
  size: number,
  operator: Operator,
  weight?: readonly [dims: number[], data: Float32Array],
): Graph {
  const builder = new GraphBuilder('window');
  const image = builder.input('image', ['N', 2, 1, size]);
  const top = builder.add(operator, [image, ...(weight ? [builder.constant(...weight)] : [])]);
  const [, channels, , places] = builder.shape(top).map(Number);
  return builder.build({
    embedding: builder.add({ op: 'Reshape', shape: ['N', channels! * places!] }, [top]),
  });
}

function errorOf(graph: Graph): number {
  const count = (value: string) => graph.shapes.get(value)!.map((dim) => (dim === 'N' ? 1 : dim));
  const inputs = { image: randomTensor(count('image')), seed: randomTensor(count('embedding'), 2) };
  const { data } = interpret(differentiate(graph, { rule: 'gradient' }).graph, inputs).get('gradient')!;
  return relativeError(data, numericBackward(graph, inputs.image)('gradient', inputs.seed.data).data);
}

const margins = (before: number, after: number): Margins => [0, before, 0, after];

for (const [ceil, countPads] of [[false, false], [false, true], [true, false], [true, true]] as const) {
  test(`average pools of every window, ceil ${ceil}, counting pads ${countPads}`, (t) => {
    for (const [size, kernel, stride, before, after] of windows((kernel) => kernel - 1)) {
      const pool = { kernel: [1, kernel!], strides: [1, stride!], pads: margins(before!, after!) } as const;
      const error = errorOf(network(size!, { op: 'AveragePool', ...pool, ceil, countPads }));
      t.true(error < 1e-6, `${size} ${kernel} ${stride} ${before} ${after}: ${error}`);
    }
  });
} // prettier-ignore

for (const ceil of [false, true]) {
  test(`max-pools of every window, ceil ${ceil}`, (t) => {
    for (const [size, kernel, stride, before, after] of windows((kernel) => kernel - 1)) {
      const pool = { kernel: [1, kernel!], strides: [1, stride!], pads: margins(before!, after!) } as const;
      const error = errorOf(network(size!, { op: 'MaxPool', ...pool, dilations: [1, 1], ceil }));
      t.true(error < 1e-6, `${size} ${kernel} ${stride} ${before} ${after}: ${error}`);
    }
  });
}

for (const [group, dilation] of [[1, 1], [2, 1], [1, 2]] as const) {
  test(`convolutions of every window, ${group} groups, dilation ${dilation}`, (t) => {
    for (const [size, kernel, stride, before, after] of windows(() => 3)) {
      if ((kernel! - 1) * dilation + 1 > size! + before! + after!) continue;
      const dims = [4, 2 / group, 1, kernel!];
      const conv = { group, strides: [1, stride!], pads: margins(before!, after!), dilations: [1, dilation] } as const;
      const error = errorOf(network(size!, { op: 'Conv', ...conv }, [dims, randomTensor(dims, 3).data]));
      t.true(error < 1e-6, `${size} ${kernel} ${stride} ${before} ${after}: ${error}`);
    }
  });
} // prettier-ignore
