/** Networks of well-known shapes with random weights, written with the project's own graph builder: speed does not depend on weights. */
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import { featureGraph } from '../../src/model/features.ts';
import type { Graph } from '../../src/model/graph.ts';

/** Adds layers with He-initialised random weights to a builder. */
class Layers {
  readonly builder: GraphBuilder;
  readonly #random = seededRandom(1);

  constructor(name: string, size: number) {
    this.builder = new GraphBuilder(name);
    this.builder.input('image', ['N', 3, size, size]);
  }

  conv(x: string, out: number, kernel: number, stride: number, group = 1): string {
    const inPerGroup = Number(this.builder.shape(x)[1]) / group;
    const fan = inPerGroup * kernel * kernel;
    const weight = Float32Array.from(
      { length: out * fan },
      () => gaussian(this.#random) * Math.sqrt(2 / fan),
    );
    const pad = (kernel - 1) >> 1;
    const inputs = [
      x,
      this.builder.constant([out, inPerGroup, kernel, kernel], weight),
      this.builder.constant([out], new Float32Array(out)),
    ];
    const window = { strides: [stride, stride], pads: [pad, pad, pad, pad], dilations: [1, 1] } as const;
    return this.builder.add({ op: 'Conv', group, ...window }, inputs);
  }

  relu(x: string): string {
    return this.builder.add({ op: 'Relu' }, [x]);
  }

  relu6(x: string): string {
    return this.builder.add({ op: 'Clip', min: 0, max: 6 }, [x]);
  }

  add(a: string, b: string): string {
    return this.builder.add({ op: 'Add' }, [a, b]);
  }

  maxPool(x: string): string {
    const window = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] } as const;
    return this.builder.add({ op: 'MaxPool', ceil: false, ...window }, [x]);
  }
}

/** Two strided convolutions, 48 × 48: what surrounds the network costs more than the network itself. */
export function smallNetwork(): Graph {
  const net = new Layers('small', 48);
  return net.builder.build({ out: net.relu(net.conv(net.relu(net.conv('image', 8, 3, 2)), 16, 3, 2)) });
}

/** He et al. 2016: 18 layers, 224 × 224, batch norm folded into the convolutions. */
export function resnet18(): Graph {
  const net = new Layers('resnet18', 224);
  let x = net.maxPool(net.relu(net.conv('image', 64, 7, 2)));
  for (const [stage, channels] of [64, 128, 256, 512].entries()) {
    for (let block = 0; block < 2; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const branch = net.conv(net.relu(net.conv(x, channels, 3, stride)), channels, 3, 1);
      const skip = stride === 2 ? net.conv(x, channels, 1, 2) : x;
      x = net.relu(net.add(branch, skip));
    }
  }
  return featureGraph(net.builder.build({ out: x }), 'out');
}

/** Sandler et al. 2018: inverted residuals, width 1, 224 × 224, ReLU6. */
export function mobilenetV2(): Graph {
  const net = new Layers('mobilenetv2', 224);
  let x = net.relu6(net.conv('image', 32, 3, 2));
  // [expansion, channels, blocks, stride]
  const stages = [
    [1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1],
  ] as const; // prettier-ignore
  for (const [expansion, channels, blocks, first] of stages) {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 ? first : 1;
      const before = Number(net.builder.shape(x)[1]);
      const hidden = before * expansion;
      const wide = expansion === 1 ? x : net.relu6(net.conv(x, hidden, 1, 1));
      const narrow = net.conv(net.relu6(net.conv(wide, hidden, 3, stride, hidden)), channels, 1, 1);
      x = stride === 1 && before === channels ? net.add(x, narrow) : narrow;
    }
  }
  x = net.relu6(net.conv(x, 1280, 1, 1));
  return featureGraph(net.builder.build({ out: x }), 'out');
}
