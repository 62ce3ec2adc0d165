/**
 * Max-pool's backward pass in convolutions and products. R goes to the first maximum of each window and adds up where windows overlap:
 * the switches of Zeiler, Fergus 2013. Place k of the window, in the order in which a pool looks at them, has the maximum M where
 *
 *   e_k = max(0, min(1, 1 + 2^96·(x_k - M)))     is 1; it is 0 where the place has less.
 *
 * Such a place takes what the places before it have left of R. It all stays in the layout that a runtime convolves in, where
 * onnxruntime's positions of maxima are a plain loop, and the gradient comes in phases (phases.ts): nothing is scattered.
 */
import type { Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { Phases } from './phases.ts';
import { phasesOf } from './phases.ts';
import { block, least } from './rectifier.ts';
import { placed, scaled } from './scaled.ts';
import type { BackwardStep, NodeOf } from './step.ts';

/** Differences of two float32 above 2^-72 become more than 1 by it, and no activation below 2^31 overflows. */
const contrast = 2 ** 96;

/** Where a place of the window finds its numbers: in a phase of the input, so many windows on. */
interface Place {
  readonly phase: number;
  readonly shift: Pair;
}

/**
 * undefined where positions are the better way, or the only one: the input must be a rectifier's output, because places beside the
 * picture count as 0 here, and 0 as no maximum.
 */
export function maxPoolPhases(node: NodeOf<'MaxPool'>, step: BackwardStep): Phases | undefined {
  const { kernel, strides, dilations } = node;
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const [, channels, ...size] = picture(step.shape(0));
  const places = ([0, 1] as const).map((i) => Math.ceil(size[i] / strides[i])) as [number, number];
  const [, , ...windows] = picture(step.builder.shape(y));
  if (
    step.rule === 'deconvnet' ||
    channels % block !== 0 ||
    strides.some((stride, i) => stride === 1 || stride > kernel[i]!) ||
    dilations.some((dilation) => dilation > 1) ||
    windows.some((count, i) => count > places[i]!) ||
    !isRectified(step, x)
  )
    return undefined;
  const phases = phasesOf(strides);
  const here = { shift: [0, 0], size: places } as const;
  const inputs = phases.map((phase) => scaled(step, x, { weight: 1, bias: 0 }, phase));
  const below = placed(step, y, { weight: -contrast, ...here });
  // Windows of zeros alone have no maximum: a rectifier before the pool lets nothing through there.
  const positive = placed(step, y, { weight: 1 / least, ...here });
  const some = step.add({ op: 'Clip', min: 0, max: 1 }, [positive], 'some');
  let left = step.add({ op: 'Mul' }, [placed(step, step.full(), { weight: 1, ...here }), some], 'left');
  const parts = phases.map((): string[] => []);
  const window = placesOf(node);
  for (const [k, { phase, shift }] of window.entries()) {
    let taken = left;
    if (k < window.length - 1) {
      const own = placed(step, inputs[phase]!, { weight: contrast, shift, size: places });
      const isMaximum = step.add(
        { op: 'HardSigmoid', alpha: 1, beta: 1 },
        [step.sum([below, own])],
        'is_maximum',
      );
      taken = step.add({ op: 'Mul' }, [left, isMaximum], 'taken');
      left = step.sum([left, scaled(step, taken, { weight: -1, bias: 0 })]);
    }
    parts[phase]!.push(
      shift.some((by) => by !== 0)
        ? placed(step, taken, { weight: 1, shift: [-shift[0], -shift[1]], size: places })
        : taken,
    );
  }
  return { strides, size, parts, zeroBeyond: true, zeroWith: x };
}

/** Row by row. Place i along a side lies at s·m + i - p of the input, m the window. */
function placesOf({ kernel, strides, pads }: NodeOf<'MaxPool'>): Place[] {
  const along = (axis: 0 | 1) =>
    Array.from({ length: kernel[axis] }, (_, i) => {
      const shift = Math.floor((i - pads[axis]) / strides[axis]);
      return { shift, offset: i - pads[axis] - shift * strides[axis] };
    });
  return along(0).flatMap((row) =>
    along(1).map((column) => ({
      phase: row.offset * strides[1] + column.offset,
      shift: [row.shift, column.shift] as const,
    })),
  );
}

function isRectified(step: BackwardStep, value: string): boolean {
  const source = step.builder.producerOf(value);
  return source?.op === 'Relu' || (source?.op === 'Clip' && source.min === 0);
}
