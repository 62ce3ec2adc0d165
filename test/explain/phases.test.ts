/** What goes back through strided convolutions, and in phases through what comes before them, against linearity and the rules' definitions. */
import test from 'ava';
import { dot } from '../../src/core/vector.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph, Margins, Pair } from '../../src/model/graph.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { interpret } from '../support/interpret.ts';
import { numericBackward } from '../support/numeric-backward.ts';
import { coarseTensor, randomTensor, relativeError } from '../support/tensors.ts';

interface Window {
  readonly size: Pair;
  readonly kernel: number;
  readonly strides: Pair;
  readonly pads: Margins;
  readonly dilations?: Pair;
}

const windows: Readonly<Record<string, Window>> = {
  'an even kernel': { size: [8, 8], kernel: 4, strides: [2, 2], pads: [1, 1, 1, 1] },
  'an odd kernel on an odd size': { size: [9, 7], kernel: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
  'an odd kernel without pads': { size: [8, 9], kernel: 3, strides: [2, 2], pads: [0, 0, 0, 0] },
  'a stem as of ResNet': { size: [12, 11], kernel: 7, strides: [2, 2], pads: [3, 3, 3, 3] },
  'unequal strides and pads': { size: [11, 10], kernel: 5, strides: [3, 2], pads: [2, 0, 1, 3] },
  'one strided side': { size: [7, 10], kernel: 3, strides: [1, 2], pads: [1, 1, 1, 1] },
  'strides that the kernel does not fill': { size: [9, 9], kernel: 1, strides: [2, 3], pads: [0, 0, 0, 0] },
  'pads that the kernel does not fill': { size: [6, 7], kernel: 2, strides: [2, 2], pads: [3, 2, 3, 4] },
  'holes in the kernel': {
    size: [12, 11],
    kernel: 3,
    strides: [2, 2],
    pads: [2, 2, 2, 2],
    dilations: [2, 1],
  },
  'a kernel that leaves the last places out': { size: [10, 10], kernel: 2, strides: [4, 3], pads: [0, 0, 0, 0] }, // prettier-ignore
};

/** Channels of the input and of the output, groups, and whether the way back needs a transposed convolution for a window. */
const kinds: Readonly<Record<string, [number, number, number, (window: Window) => boolean]>> = {
  depthwise: [2, 2, 2, () => false],
  'of a block of channels': [16, 4, 1, () => false],
  'of a picture': [3, 4, 1, ({ strides: [y, x], dilations }) => 3 * y * x > 16 || dilations !== undefined],
};

for (const [kind, [channels, out, group, transposed]] of Object.entries(kinds)) {
  for (const [name, window] of Object.entries(windows)) {
    test(`a strided convolution ${kind} with ${name} goes back to where it read`, async (t) => {
      const engine = createOrtEngine({ threads: 1 });
      t.teardown(() => engine.dispose());
      const { size, kernel, strides, pads, dilations = [1, 1] } = window;
      const builder = new GraphBuilder('strided');
      const image = builder.input('image', ['N', channels, ...size]);
      const dims = [out, channels / group, kernel, kernel];
      const weight = builder.constant(dims, randomTensor(dims).data);
      const conv = builder.add({ op: 'Conv', group, strides, pads, dilations }, [image, weight]);
      const features = builder.shape(conv).slice(1).map(Number);
      const length = features.reduce((product, dim) => product * dim, 1);
      const flat = builder.add({ op: 'Reshape', shape: ['N', length] }, [conv]);
      const graph = builder.build({ embedding: flat });
      const explanation = differentiate(graph, { rule: 'gradient' }).graph;
      t.is(
        explanation.nodes.some(({ op }) => op === 'ConvTranspose'),
        transposed(window),
      );
      // It is linear: the gradient at a place is <what a picture of that place alone gives, seed>.
      const places = channels * size[0] * size[1];
      const basis = Float32Array.from({ length: places ** 2 }, (_, i) => Number(i % (places + 1) === 0));
      const forward = await engine.load(graph);
      const { embedding } = await forward.run({ image: { dims: [places, channels, ...size], data: basis } });
      const inputs = { image: randomTensor([1, channels, ...size]), seed: randomTensor([1, length]) };
      const { gradient } = await (await engine.load(explanation)).run(inputs);
      const expected = Array.from({ length: places }, (_, place) =>
        dot(embedding!.data.subarray(place * length, (place + 1) * length), inputs.seed.data),
      );
      t.true(relativeError(gradient!.data, expected) < 1e-5);
    });
  }
}

class Draft {
  readonly builder = new GraphBuilder('phases');

  conv(x: string, out: number, kernel: number, stride = 1, group = 1): string {
    const dims = [out, Number(this.builder.shape(x)[1]) / group, kernel, kernel];
    const pad = Math.floor(kernel / 2);
    return this.builder.add(
      { op: 'Conv', group, strides: [stride, stride], pads: [pad, pad, pad, pad], dilations: [1, 1] },
      [x, this.builder.constant(dims, randomTensor(dims, out + kernel + stride).data)],
    );
  }

  relu(x: string): string {
    return this.builder.add({ op: 'Relu' }, [x]);
  }

  pool(x: string): string {
    const window = { kernel: [3, 3], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] } as const;
    return this.builder.add({ op: 'MaxPool', ...window, ceil: true }, [x]);
  }

  /** The mean over places, after a 1×1 convolution: R differs from channel to channel. */
  graph(top: string): Graph {
    const mean = this.builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [this.conv(top, 4, 1)]);
    return this.builder.build({ embedding: this.builder.add({ op: 'Reshape', shape: ['N', 4] }, [mean]) });
  }
}

/** The most channels that guided puts together in the nets below on even sizes: what has more stays in phases until it has fewer. */
const most = 16;

const nets: Readonly<Record<string, (draft: Draft, image: string) => string>> = {
  // So many channels that the mask is computed from what the 1×1 convolution reads.
  'rectifiers and 1×1 convolutions': (draft, image) => {
    const low = draft.relu(draft.conv(image, 16, 3));
    const wide = draft.relu(draft.conv(low, 64, 1));
    return draft.relu(draft.conv(wide, 64, 3, 2, 64));
  },
  'rectifiers with a ceiling': (draft, image) => {
    const low = draft.relu(draft.conv(image, 16, 3));
    const wide = draft.builder.add({ op: 'Clip', min: 0, max: 1 }, [draft.conv(low, 64, 1)]);
    return draft.relu(draft.conv(wide, 64, 3, 2, 64));
  },
  '1×1 convolutions that make more channels of them': (draft, image) => {
    const wide = draft.relu(draft.conv(draft.relu(draft.conv(image, 32, 1)), 32, 3));
    return draft.relu(draft.conv(draft.relu(draft.conv(wide, 16, 1)), 16, 3, 2));
  },
  'two branches, one of which reads a phase alone': (draft, image) => {
    const low = draft.relu(draft.conv(image, 16, 3));
    return draft.relu(
      draft.builder.add({ op: 'Add' }, [draft.conv(low, 32, 3, 2), draft.conv(low, 32, 1, 2)]),
    );
  },
  'a branch that reads a phase alone': (draft, image) =>
    draft.relu(draft.conv(draft.relu(draft.conv(image, 16, 3)), 32, 1, 2)),
  'branches of different strides': (draft, image) => {
    const low = draft.relu(draft.conv(image, 16, 3));
    const [half, third] = [2, 3].map((stride) => draft.conv(low, 16, 3, stride));
    const mean = (x: string) => draft.builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [x]);
    return draft.builder.add({ op: 'Add' }, [mean(half!), mean(third!)]);
  },
  // On odd sizes parts have something beyond the edge, and are put together before it.
  'a convolution that made many channels of few, behind a strided one': (draft, image) => {
    const low = draft.relu(draft.conv(image, 16, 1));
    return draft.relu(draft.conv(draft.conv(low, 32, 3), 32, 3, 2));
  },
  'convolutions that made many channels of few, behind pools': (draft, image) => {
    const low = draft.relu(draft.conv(image, 16, 1));
    const pools = [1, 3].map((kernel) => draft.pool(draft.relu(draft.conv(low, 32, kernel))));
    return draft.builder.add({ op: 'Concat', axis: 1 }, pools);
  },
};

for (const [name, build] of Object.entries(nets)) {
  for (const [size, picture] of [
    [[6, 4], randomTensor],
    [[5, 3], coarseTensor],
  ] as const) {
    test(`${name}, ${size.join(' × ')}: every rule is what its definition says`, async (t) => {
      const engine = createOrtEngine({ threads: 1 });
      t.teardown(() => engine.dispose());
      const draft = new Draft();
      const graph = draft.graph(build(draft, draft.builder.input('image', ['N', 2, ...size])));
      const inputs = { image: picture([1, 2, ...size]), seed: randomTensor([1, 4]) };
      const backward = numericBackward(graph, inputs.image);
      for (const rule of backwardRules) {
        const explanation = differentiate(graph, { rule }).graph;
        const together = explanation.nodes.filter(
          ({ op, name: node }) => op === 'Transpose' && node.includes('whole'),
        );
        for (const { outputs } of rule === 'guided' && size[0] % 2 === 0 ? together : [])
          t.true(Number(explanation.shapes.get(outputs[0]!)![1]) <= most, outputs[0]);
        const expected = backward(rule, inputs.seed.data).data;
        t.true(relativeError(interpret(explanation, inputs).get('gradient')!.data, expected) < 1e-5, rule);
        const { gradient } = await (await engine.load(explanation)).run(inputs);
        t.true(relativeError(gradient!.data, expected) < 1e-4, `${rule}, as computed`);
      }
    });
  }
}
