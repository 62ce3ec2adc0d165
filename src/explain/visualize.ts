/**
 * Pictures that a network dreams of: gradient ascent on the picture for a class, a channel, or the embedding of an item (Simonyan,
 * Vedaldi, Zisserman 2014, arXiv 1312.6034, section 2):
 *
 *   x ← x + rate · g/|g| - λx,   g = dt/dx           which climbs t(x) - λ|x|², up to the scale of g
 *
 * Alone it gives noise that the network takes for the class. What makes it readable: the picture is moved a little before every step
 * and blurred now and then (Yosinski et al. 2015, arXiv 1506.06579), coarse and fine parts of g count alike (Mordvintsev et al. 2015,
 * "Inceptionism"), and the colours are held together.
 */
import { throwIfAborted } from '../core/errors.ts';
import type { InputSpec } from '../core/input-spec.ts';
import type { LongRunning } from '../core/progress.ts';
import { gaussian, seededRandom } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import { batchItem, stack, tensor } from '../core/tensor.ts';
import { dot, normalize } from '../core/vector.ts';
import type { Model } from '../model/model.ts';
import { explanation } from './gradients.ts';
import { balanceColours, balanceScales, blurred, moved } from './picture-steps.ts';
import type { Site } from './targets.ts';
import { oneHot } from './targets.ts';

/** What the picture is to show: a class, a channel of the embedding, or what has the embedding e (C). */
export type Wish = { readonly class: number } | { readonly neuron: number } | { readonly like: Float32Array };

export interface VisualizeOptions extends LongRunning {
  /** 128 when absent; each is a forward and a backward pass. */
  readonly steps?: number;
  /** Of the noise that it begins with and of the moves; 1 when absent. */
  readonly seed?: number;
  /** λ, the share of the picture's contrast that a step takes away; 0.03 when absent. More: calmer, with fewer things in it. */
  readonly lambda?: number;
  /** Length of the first step, as a share of the range from black to white; it falls to a third. 0.04 when absent. */
  readonly rate?: number;
  /** The farthest move, in pixels; 8 when absent. */
  readonly jitter?: number;
  /** A blur after so many steps, 0 for none; 4 when absent. */
  readonly blurEvery?: number;
}

export interface Visualization {
  /** (3,H,W), as the model sees it; renderTensor of src/image makes a PNG of it. */
  readonly image: Tensor;
  /** What the network makes of it: the logit of the class, the channel's mean, or the cosine with e. */
  readonly score: number;
}

/**
 * Draws the picture. The same seed gives the same picture on the same engine.
 * Throws MODEL_NO_CLASSES, USAGE when there is no such class or channel, RULE_UNDEFINED never (the gradient is defined for all), ABORTED.
 */
export async function visualize(
  model: Model,
  wish: Wish,
  options: VisualizeOptions = {},
): Promise<Visualization> {
  const { steps = 128, seed = 1, lambda = 0.03, rate = 0.04, jitter = 8, blurEvery = 4 } = options;
  const goal = goalOf(model, wish);
  const executable = await explanation(model, 'gradient', goal.at, false);
  const random = seededRandom(seed);
  const move = () => Math.floor(random() * (2 * jitter + 1)) - jitter;
  const { low, high, range } = limits(model.input);
  let image = startingNoise(model.input, range, random);
  let output: Float32Array | undefined;
  for (let step = 0; step < steps; step++) {
    throwIfAborted(options.signal);
    const [dx, dy] = [move(), move()];
    const direction = goal.direction(output);
    const inputs = {
      image: stack([moved(image, dx, dy)]),
      seed: tensor([1, direction.length], direction),
    };
    const result = await executable.run(inputs, ['gradient', goal.at]);
    output = result[goal.at]!.data;
    const gradient = moved(batchItem(result['gradient']!, 0), -dx, -dy);
    const towards = balanceColours(balanceScales(gradient));
    const progress = step / steps;
    const length = rate * (1 - 0.7 * progress);
    image = climbed(image, towards, (c) => length * range[c]!, lambda, low, high);
    // The last steps are left sharp.
    const resting = blurEvery > 0 && step % blurEvery === blurEvery - 1 && step < steps - 8;
    if (resting) image = blurred(image, 1 - 0.5 * progress);
    options.onProgress?.({ phase: 'visualize', done: step + 1, total: steps });
  }
  return { image, score: goal.score(await answer(model, image, goal.at)) };
}

interface Goal {
  readonly at: Site;
  /** The seed, given what the network said at the last step. */
  direction(output: Float32Array | undefined): Float32Array;
  score(output: Float32Array): number;
}

function goalOf(model: Model, wish: Wish): Goal {
  if ('like' in wish) return likeness(wish.like);
  const [at, direction] =
    'class' in wish
      ? (['logits', oneHot(model.classifier.classes, wish.class, 'class')] as const)
      : (['embedding', oneHot(model.dimension, wish.neuron, 'neuron')] as const);
  return { at, direction: () => direction, score: (output) => dot(output, direction) };
}

/**
 * The cosine itself: growing <f, e> alone only gives more of what the network sees most easily. Its gradient is taken at the last
 * step's embedding, which is near enough and saves a forward pass.
 */
function likeness(unit: Float32Array): Goal {
  const score = (embedding: Float32Array) => dot(normalize(embedding), unit);
  return {
    at: 'embedding',
    score,
    direction(embedding) {
      if (!embedding) return unit;
      const now = normalize(embedding);
      const cosine = dot(now, unit);
      return unit.map((value, c) => value - cosine * now[c]!);
    },
  };
}

async function answer(model: Model, image: Tensor, at: Site): Promise<Float32Array> {
  const { features, embedding } = await model.forward(stack([image]));
  return (at === 'embedding' ? embedding : await model.classify(features)).data;
}

/** For each channel of the tensor what black and white are, and the way between them. */
function limits({ scale, mean, std }: InputSpec) {
  const low = mean.map((value, c) => -value / std[c]!);
  const high = mean.map((value, c) => (255 * scale - value) / std[c]!);
  return { low, high, range: high.map((value, c) => value - low[c]!) };
}

/** The mean colour, with hardly visible noise. */
function startingNoise({ width, height }: InputSpec, range: readonly number[], random: () => number): Tensor {
  const size = width * height;
  const data = new Float32Array(3 * size);
  for (let i = 0; i < data.length; i++) data[i] = 0.02 * range[Math.floor(i / size)]! * gaussian(random);
  return tensor([3, height, width], data);
}

function climbed(
  image: Tensor,
  towards: Tensor,
  length: (channel: number) => number,
  lambda: number,
  low: readonly number[],
  high: readonly number[],
): Tensor {
  const size = image.data.length / 3;
  const data = image.data.map((value, i) => {
    const c = Math.floor(i / size);
    const next = value + length(c) * towards.data[i]! - lambda * value;
    return Math.min(high[c]!, Math.max(low[c]!, next));
  });
  return { dims: image.dims, data };
}
