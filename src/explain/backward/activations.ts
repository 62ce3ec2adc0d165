/**
 * Backward halves of activations. x is an activation's input, y its output, R the gradient that arrives (docs/explanations.md):
 *
 *   rule        ReLU               ReLU6, Clip(0, c)
 *   gradient    R where x > 0      R where 0 < x < c
 *   deconvnet   max(R, 0)          max(R, 0)
 *   guided      both               both
 *
 * Masks are made from y, not x (y > 0 exactly where x > 0), so that the runtime may still fuse an activation into the convolution
 * before it. How masks are written: rectifier.ts.
 */
import type { Gradient } from './phases.ts';
import { guided, passed } from './rectifier.ts';
import type { Backward, BackwardStep, NodeOf } from './step.ts';

type Smooth =
  'LeakyRelu' | 'PRelu' | 'Elu' | 'Sigmoid' | 'HardSigmoid' | 'HardSwish' | 'Tanh' | 'Softplus' | 'Erf';
type Activation = 'Relu' | 'Clip' | Smooth;

export const activationNames: ReadonlySet<string> = new Set<Activation>([
  'Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Elu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Erf',
]); // prettier-ignore

export const activations: { readonly [Name in Activation]: Backward<Name> } = {
  Relu: (node, step) => [rectified(step, node.outputs[0]!, Infinity, () => above(step, node.outputs[0]!, 0))],

  Clip(node, step) {
    const between = () => inside(node, step);
    if (node.min === 0) return [rectified(step, node.outputs[0]!, node.max, between)];
    return smooth(step, () => step.add({ op: 'ToFloat' }, [between()], 'mask'));
  },

  LeakyRelu: (node, step) =>
    smooth(step, () =>
      step.add({ op: 'Where' }, [above(step, node.inputs[0]!, 0), ...scalars(step, 1, node.alpha)]),
    ),
  PRelu: (node, step) =>
    smooth(step, () =>
      step.add({ op: 'Where' }, [above(step, node.inputs[0]!, 0), step.builder.scalar(1), node.inputs[1]!]),
    ),

  /** y = α(eˣ - 1) below zero, where dy/dx = y + α. */
  Elu: (node, step) =>
    smooth(step, () => {
      const below = step.add({ op: 'Add' }, [node.outputs[0]!, step.builder.scalar(node.alpha)]);
      return step.add({ op: 'Where' }, [above(step, node.inputs[0]!, 0), step.builder.scalar(1), below]);
    }),

  Sigmoid: (node, step) =>
    smooth(step, () => step.add({ op: 'Mul' }, [node.outputs[0]!, oneMinus(step, node.outputs[0]!)])),
  Tanh: (node, step) =>
    smooth(step, () => oneMinus(step, step.add({ op: 'Mul' }, [node.outputs[0]!, node.outputs[0]!]))),
  Softplus: (node, step) => smooth(step, () => step.add({ op: 'Sigmoid' }, [node.inputs[0]!])),

  /** y = max(0, min(1, αx + β)). */
  HardSigmoid: (node, step) =>
    smooth(step, () => {
      const [zero, one] = scalars(step, 0, 1);
      const y = node.outputs[0]!;
      const between = step.add({ op: 'And' }, [
        step.add({ op: 'Greater' }, [y, zero!]),
        step.add({ op: 'Less' }, [y, one!]),
      ]);
      return step.add({ op: 'Where' }, [between, ...scalars(step, node.alpha, 0)]);
    }),

  /** y = x · max(0, min(1, x/6 + 1/2)): slope 0 below -3, 1 above 3, x/3 + 1/2 between. */
  HardSwish: (node, step) =>
    smooth(step, () => {
      const x = node.inputs[0]!;
      const [third, half, zero, one] = scalars(step, 1 / 3, 0.5, 0, 1);
      const slope = step.add({ op: 'Add' }, [step.add({ op: 'Mul' }, [x, third!]), half!]);
      const upper = step.add({ op: 'Where' }, [above(step, x, 3), one!, slope]);
      return step.add({ op: 'Where' }, [above(step, x, -3), upper, zero!]);
    }),

  /** dy/dx = 2/√π · e^(-x²). */
  Erf: (node, step) =>
    smooth(step, () => {
      const square = step.add({ op: 'Mul' }, [node.inputs[0]!, node.inputs[0]!]);
      const [minus, factor] = scalars(step, -1, 2 / Math.sqrt(Math.PI));
      return step.add({ op: 'Mul' }, [
        step.add({ op: 'Exp' }, [step.add({ op: 'Mul' }, [square, minus!])]),
        factor!,
      ]);
    }),
};

/** The three rules for a rectifier with output y, at most c, whose gradient passes where `mask` is true. */
function rectified(step: BackwardStep, y: string, c: number, mask: () => string): Gradient {
  const positive = (value: string) => step.add({ op: 'Relu' }, [value], 'positive');
  const masked = (value: string) =>
    step.add({ op: 'Mul' }, [value, step.add({ op: 'ToFloat' }, [mask()], 'mask')], 'masked');
  if (step.rule === 'guided') return guided(step, y, c) ?? masked(positive(step.arriving));
  if (step.rule === 'gradient') return passed(step, y, c) ?? masked(step.arriving);
  return step.inPhases((summands) => positive(step.sum(summands))) ?? positive(step.arriving);
}

/** Where min < y < max. */
function inside(node: NodeOf<'Clip'>, step: BackwardStep): string {
  const y = node.outputs[0]!;
  const lower = above(step, y, node.min);
  return step.add(
    { op: 'And' },
    [lower, step.add({ op: 'Less' }, [y, step.builder.scalar(node.max)], 'below')],
    'inside',
  );
}

/** R · slope under the rule "gradient"; no other rule is defined here. */
function smooth(step: BackwardStep, slope: () => string): (string | undefined)[] {
  if (step.rule !== 'gradient') throw step.undefinedRule();
  return [step.add({ op: 'Mul' }, [step.arriving, slope()])];
}

function above(step: BackwardStep, x: string, bound: number): string {
  return step.add({ op: 'Greater' }, [x, step.builder.scalar(bound)], 'above');
}

function oneMinus(step: BackwardStep, y: string): string {
  return step.add({ op: 'Sub' }, [step.builder.scalar(1), y]);
}

function scalars(step: BackwardStep, ...values: number[]): string[] {
  return values.map((value) => step.builder.scalar(value));
}
