/**
 * Guided backpropagation through a rectifier and the max-pool behind it, written in three ways, on the pools of well-known networks:
 *
 *   scatter   R goes to the positions that the forward pool reports, and adds up there (backward/pooling.ts)
 *   masks     for each place of the window a comparison with the maximum, less the places before it that had it already; R times these
 *             masks is spread by one transposed convolution
 *   phases    the same in convolutions, one part for each phase of the stride (backward/max-pool.ts), put together at the end
 *
 * A fourth, ONNX's own MaxUnpool, overwrites where windows overlap: it is no gradient for the 3×3 pools with stride 2 of these networks.
 */
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { sizeOf } from '../../src/core/tensor.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
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
  { name: 'VGG-16, first', channels: 64, size: 224, kernel: 2, stride: 2, pad: 0 },
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
  const header = [
    'engine',
    'pool',
    'forward ms',
    'scatter, with it',
    'masks',
    'phases',
    'largest difference',
  ];
  return [`batch ${batch}`, ...absent, '', table(header, rows)].join('\n');
}

/** A row for each pool. */
export async function maxPoolOn(name: string, engine: Engine, rounds: number): Promise<string[][]> {
  const rows: string[][] = [];
  for (const pool of pools) rows.push([name, pool.name, ...(await compare(engine, pool, rounds))]);
  return rows;
}

async function compare(engine: Engine, pool: Pool, rounds: number): Promise<string[]> {
  const forward = pooled(pool);
  const graphs = {
    forward: forward.builder.build({ y: forward.y }),
    scatter: scatter(pool),
    masks: masks(pool),
    phases: phases(pool),
  };
  const inputs = { image: noise(graphs.forward, 'image', 7), seed: noise(graphs.scatter, 'seed', 8) };
  const loaded = await Promise.all(Object.values(graphs).map((graph) => engine.load(graph)));
  const [first, ...ways] = loaded;
  const runs = ways.map((way) => () => way.run(inputs));
  const time = await medians(
    {
      forward: () => first!.run({ image: inputs.image }),
      scatter: runs[0]!,
      masks: runs[1]!,
      phases: runs[2]!,
    },
    rounds,
  );
  const [expected, ...others] = await Promise.all(runs.map(async (run) => (await run())['gradient']!.data));
  const difference = Math.max(
    ...others.map((other) =>
      other.reduce((most, value, i) => Math.max(most, Math.abs(value - expected![i]!)), 0),
    ),
  );
  await Promise.all(loaded.map((executable) => executable.dispose()));
  return [
    ...[time.forward, time.scatter, time.masks, time.phases].map((value) => value.toFixed(1)),
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
  const image = builder.input('image', ['N', pool.channels, pool.size, pool.size]);
  const x = builder.add({ op: 'Relu' }, [image], 'x');
  const y = builder.add({ op: 'MaxPool', ceil: false, ...windowOf(pool) }, [x], 'y');
  return { builder, x, y };
}

function scatter(pool: Pool): Graph {
  const { builder, x, y } = pooled(pool);
  const seed = builder.input('seed', builder.shape(y));
  const positions = builder.addOutput(y, 'at');
  const gradient = builder.add({ op: 'MaxUnpool' }, [seed, positions, x]);
  return builder.build({ y, gradient: guided(builder, x, gradient) });
}

function phases(pool: Pool): Graph {
  const { builder, y } = pooled(pool);
  return differentiate(builder.build({ y }), { rule: 'guided', target: 'y' }).graph;
}

/** max(R, 0) where x > 0. */
function guided(builder: GraphBuilder, x: string, gradient: string): string {
  const above = builder.add({ op: 'ToFloat' }, [builder.add({ op: 'Greater' }, [x, builder.scalar(0)])]);
  return builder.add({ op: 'Mul' }, [builder.add({ op: 'Relu' }, [gradient]), above]);
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
  return builder.build({ y, gradient: guided(builder, x, builder.add(cut, [spread])) });
}

function noise(graph: Graph, value: string, seed: number): Tensor {
  const random = seededRandom(seed);
  const dims = shapeOf(graph, value).map((dim) => (dim === 'N' ? batch : dim));
  return { dims, data: Float32Array.from({ length: sizeOf(dims) }, () => random() * 2 - 1) };
}
