/** Backward halves of arithmetic: the true gradient under every rule. */
import type { NodeOf, Backward, BackwardStep } from './step.ts';

type Arithmetic =
  'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max' | 'MatMul' | 'Softmax' | 'Exp' | 'Sqrt' | 'Abs';

export const arithmetic: { readonly [Name in Arithmetic]: Backward<Name> } = {
  Add: (node, step) => perInput(node, step, (_, arriving) => arriving),
  Sub: (node, step) => perInput(node, step, (i, arriving) => (i === 0 ? arriving : negative(step, arriving))),
  Mul: (node, step) =>
    perInput(node, step, (i, arriving) => step.add({ op: 'Mul' }, [arriving, node.inputs[1 - i]!])),

  /** a/b: R/b and -R·y/b. */
  Div: (node, step) =>
    perInput(node, step, (i, arriving) => {
      const quotient = step.add({ op: 'Div' }, [
        i === 0 ? arriving : negative(step, arriving),
        node.inputs[1]!,
      ]);
      return i === 0 ? quotient : step.add({ op: 'Mul' }, [quotient, node.outputs[0]!]);
    }),

  Min: chosen,
  Max: chosen,

  /** A·B: R·Bᵀ and Aᵀ·R. */
  MatMul(node, step) {
    const gradient = step.full();
    const swapped = (i: number) => {
      const rank = step.shape(i).length;
      const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
      return step.add({ op: 'Transpose', perm }, [node.inputs[i]!], 'transposed');
    };
    if (step.needs(1) && step.shape(1).length < 3)
      throw step.unsupported('expected a constant matrix on the right');
    return [
      step.needs(0) ? step.add({ op: 'MatMul' }, [gradient, swapped(1)]) : undefined,
      step.needs(1) ? step.add({ op: 'MatMul' }, [swapped(0), gradient]) : undefined,
    ];
  },

  /** y · (R - Σ R·y). */
  Softmax(node, step) {
    const y = node.outputs[0]!;
    const weighted = step.add({ op: 'Mul' }, [step.arriving, y]);
    const total = step.add({ op: 'ReduceSum', axes: [node.axis], keepDims: true }, [weighted]);
    return [step.add({ op: 'Mul' }, [step.add({ op: 'Sub' }, [step.arriving, total]), y])];
  },

  Exp: (node, step) => [step.add({ op: 'Mul' }, [step.arriving, node.outputs[0]!])],
  /** 1 / (2√x). */
  Sqrt: (node, step) => [
    step.add({ op: 'Div' }, [
      step.add({ op: 'Mul' }, [step.arriving, step.builder.scalar(0.5)]),
      node.outputs[0]!,
    ]),
  ],
  Abs: (node, step) => [
    step.add({ op: 'Mul' }, [step.arriving, step.add({ op: 'Sign' }, [node.inputs[0]!])]),
  ],
};

function negative(step: BackwardStep, gradient: string): string {
  return step.add({ op: 'Mul' }, [gradient, step.builder.scalar(-1)], 'negative');
}

/** The gradient for each input that depends on the picture, added up over the dimensions along which that input was broadcast. */
function perInput(
  node: NodeOf<'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max'>,
  step: BackwardStep,
  gradient: (i: number, arriving: string) => string,
): (string | undefined)[] {
  const size = (value: string) => step.builder.shape(value).slice(1).join();
  return node.inputs.map((input, i) => {
    if (!step.needs(i)) return undefined;
    if (size(input) === size(node.outputs[0]!)) return gradient(i, step.arriving);
    return step.sumToInput(gradient(i, step.full()), i);
  });
}

/**
 * R goes to the operand that was chosen; to the first where both are equal. The larger of two features is a choice like a max-pool's;
 * with constants on one side it is an activation, which the other rules do not define.
 */
function chosen(node: NodeOf<'Min' | 'Max'>, step: BackwardStep): (string | undefined)[] {
  if (step.rule !== 'gradient' && step.needs(0) !== step.needs(1)) throw step.undefinedRule();
  return perInput(node, step, (i, arriving) => {
    const [first, second] = node.inputs as readonly [string, string];
    const isSecond = step.add({ op: node.op === 'Max' ? 'Greater' : 'Less' }, [second, first], 'chosen');
    const mask = step.add({ op: 'ToFloat' }, [isSecond], 'mask');
    const own = i === 1 ? mask : step.add({ op: 'Sub' }, [step.builder.scalar(1), mask]);
    return step.add({ op: 'Mul' }, [arriving, own]);
  });
}
