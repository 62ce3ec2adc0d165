/**
 * Max-pool's backward pass, written in two ways, on the pools of well-known networks:
 *
 *   scatter   R goes to the positions that the forward pool reports, and adds up there (what whymatch does: backward/pooling.ts)
 *   masks     for each place of the window a comparison with the maximum, less the places before it that had it already; R times these
 *             masks is spread by one transposed convolution
 *
 * A third, ONNX's own MaxUnpool, overwrites where windows overlap: it is no gradient for the 3×3 pools with stride 2 of these networks.
 */
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { sizeOf } from '../../src/core/tensor.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Engine } from '../../src/model/engine.ts';
import type { Graph, Margins, Pair } from '../../src/model/graph.ts';
import { shapeOf } from '../../src/model/graph.ts';
import { openEngines } from './engines.ts';
import { medians, table } from './measure.ts';

const batch = 4;
/** At most on engines that take seconds. */
const fewRounds = 1;

interface Pool {
  readonly name: string;
  readonly channels: number;
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

const pools: readonly Pool[] = [
  { name: 'SqueezeNet 1.1, first', channels: 64, size: 111, kernel: 3, stride: 2, pad: 0 },
  { name: 'SqueezeNet 1.1, third', channels: 256, size: 27, kernel: 3, stride: 2, pad: 0 },
  { name: 'ResNet-18', channels: 64, size: 112, kernel: 3, stride: 2, pad: 1 },
  { name: 'VGG-16, fourth', channels: 512, size: 28, kernel: 2, stride: 2, pad: 0 },
];

/** Milliseconds for four pictures, forward and backward, and the difference of the results. */
export async function maxPool(rounds: number): Promise<string> {
  const { opened, absent } = await openEngines();
  const rows: string[][] = [];
  for (const [name, engine] of opened) {
    rows.push(...(await maxPoolOn(name, engine, engine.name === 'ort' ? rounds : fewRounds)));
    await engine.dispose();
  }
  const header = ['engine', 'pool', 'forward ms', 'scatter, with it', 'masks, with it', 'largest difference'];
  return [`batch ${batch}`, ...absent, '', table(header, rows)].join('\n');
}

/** A row for each pool. */
export async function maxPoolOn(name: string, engine: Engine, rounds: number): Promise<string[][]> {
  const rows: string[][] = [];
  for (const pool of pools) rows.push([name, pool.name, ...(await compare(engine, pool, rounds))]);
  return rows;
}

async function compare(engine: Engine, pool: Pool, rounds: number): Promise<string[]> {
  const forward = forwardOnly(pool);
  const graphs = { forward, scatter: scatter(pool), masks: masks(pool) };
  const inputs = {
    x: rectified(noise(forward, 'x', 7)),
    seed: noise(graphs.scatter, 'seed', 8),
  };
  const loaded = {
    forward: await engine.load(graphs.forward),
    scatter: await engine.load(graphs.scatter),
    masks: await engine.load(graphs.masks),
  };
  const runs = {
    forward: () => loaded.forward.run({ x: inputs.x }),
    scatter: () => loaded.scatter.run(inputs),
    masks: () => loaded.masks.run(inputs),
  };
  const time = await medians(runs, rounds);
  const [a, b] = [(await runs.scatter())['gradient']!.data, (await runs.masks())['gradient']!.data];
  const difference = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
  await Promise.all(Object.values(loaded).map((executable) => executable.dispose()));
  return [
    ...[time.forward, time.scatter, time.masks].map((value) => value.toFixed(1)),
    difference.toExponential(1),
  ];
}

function windowOf({ kernel, stride, pad }: Pool) {
  return {
    kernel: [kernel, kernel] as Pair,
    strides: [stride, stride] as Pair,
    pads: [pad, pad, pad, pad] as Margins,
    dilations: [1, 1] as Pair,
  };
}

function pooled(pool: Pool) {
  const builder = new GraphBuilder(`max_pool_${pool.kernel}`);
  const x = builder.input('x', ['N', pool.channels, pool.size, pool.size]);
  const [y, positions] = builder.addMany({ op: 'MaxPool', ceil: false, ...windowOf(pool) }, [x], ['y', 'at']);
  return { builder, x, y: y!, positions: positions! };
}

function forwardOnly(pool: Pool): Graph {
  const { builder, y } = pooled(pool);
  return builder.build({ y });
}

function scatter(pool: Pool): Graph {
  const { builder, x, y, positions } = pooled(pool);
  const seed = builder.input('seed', builder.shape(y));
  return builder.build({ y, gradient: builder.add({ op: 'MaxUnpool' }, [seed, positions, x]) });
}

function masks(pool: Pool): Graph {
  const { builder, x, y } = pooled(pool);
  const { kernel, stride, pad, channels, size } = pool;
  const seed = builder.input('seed', builder.shape(y));
  const places = Number(builder.shape(y)[2]);
  const padded =
    pad === 0
      ? x
      : builder.add({ op: 'Pad', mode: 'constant', pads: [0, 0, pad, pad, 0, 0, pad, pad], value: -1e30 }, [
          x,
        ]);
  const nothing = builder.scalar(0);
  let left = seed;
  const parts: string[] = [];
  for (let place = 0; place < kernel * kernel; place++) {
    const starts = [Math.floor(place / kernel), place % kernel];
    const ends = starts.map((start) => start + (places - 1) * stride + 1);
    const cut = { op: 'Slice', axes: [2, 3], starts, ends, steps: [stride, stride] } as const;
    const isMaximum = builder.add({ op: 'Equal' }, [builder.add(cut, [padded]), y]);
    const part = builder.add({ op: 'Where' }, [isMaximum, left, nothing]);
    // What has been given away is not there for a later place with the same value.
    left = builder.add({ op: 'Where' }, [isMaximum, nothing, left]);
    parts.push(builder.add({ op: 'Reshape', shape: ['N', channels, 1, places * places] }, [part]));
  }
  const beside = builder.add({ op: 'Concat', axis: 2 }, parts);
  const stacked = { op: 'Reshape', shape: ['N', channels * kernel * kernel, places, places] } as const;
  // (C·k², 1, k, k): channel c·k² + i puts its number at place i of the window.
  const weights = new Float32Array(channels * (kernel * kernel) ** 2);
  for (let i = 0; i < channels * kernel * kernel; i++) {
    weights[i * kernel * kernel + (i % (kernel * kernel))] = 1;
  }
  const whole = size + 2 * pad;
  const left0 = whole - ((places - 1) * stride + kernel);
  const spread = builder.add(
    {
      op: 'ConvTranspose',
      group: channels,
      strides: [stride, stride],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      outputPadding: [left0, left0],
    },
    [
      builder.add(stacked, [beside]),
      builder.constant([channels * kernel * kernel, 1, kernel, kernel], weights, 'places'),
    ],
  );
  const inside = [pad, pad];
  const cut = {
    op: 'Slice',
    axes: [2, 3],
    starts: inside,
    ends: [pad + size, pad + size],
    steps: [1, 1],
  } as const;
  return builder.build({ y, gradient: builder.add(cut, [spread]) });
}

function noise(graph: Graph, value: string, seed: number): Tensor {
  const random = seededRandom(seed);
  const dims = shapeOf(graph, value).map((dim) => (dim === 'N' ? batch : dim));
  return { dims, data: Float32Array.from({ length: sizeOf(dims) }, () => random() * 2 - 1) };
}

/** As after a rectifier: half of it is 0, so that windows have equal values. */
const rectified = ({ dims, data }: Tensor): Tensor => ({
  dims,
  data: data.map((value) => Math.max(0, value)),
});
