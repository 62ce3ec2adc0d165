/** ONNX file -> Graph: opsets 7 and newer, reduced to the few forms of graph.ts, with a symbolic batch whatever the file says. */
import { fromBinary } from '@bufbuild/protobuf';
import { AppError, messageOf } from '../../core/errors.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Pair, Shape } from '../graph.ts';
import type { ReadExternal } from './constants.ts';
import { readTensor } from './constants.ts';
import type { GraphProto, ModelProto, ValueInfoProto } from './gen/onnx_pb.ts';
import { ModelProtoSchema } from './gen/onnx_pb.ts';
import { arithmeticRules } from './import/arithmetic.ts';
import type { ImportRule, ImportState, Imported } from './import/context.ts';
import { ImportContext } from './import/context.ts';
import { convolutionRules } from './import/convolution.ts';
import { layoutRules } from './import/layout.ts';
import { poolingRules } from './import/pooling.ts';

export interface ReadOptions {
  /** Height and width for files that leave them open; 224 × 224 by default. */
  readonly inputSize?: Pair | undefined;
  readonly readExternal?: ReadExternal | undefined;
}

const rules: Readonly<Record<string, ImportRule>> = {
  ...convolutionRules,
  ...poolingRules,
  ...arithmeticRules,
  ...layoutRules,
};

/** Names of the ONNX operators that can be read. */
export const knownOperators: readonly string[] = Object.keys(rules).toSorted();

/**
 * Reads a model with one picture as its input: (N,3,H,W), or (N,H,W,3), which gets a transpose in front. The Graph has one input,
 * (N,3,H,W), and the file's outputs.
 * Throws MODEL_INVALID when the bytes are no ONNX model, MODEL_UNSUPPORTED when it uses something unknown, naming the node.
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): Graph {
  const model = parse(bytes);
  const proto = model.graph!;
  const opset = Number(
    model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n,
  );
  if (opset < 7)
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `expected ONNX opset 7 or newer, received opset ${opset}; convert the model`,
    );
  const builder = new GraphBuilder(proto.name || 'model');
  const values = new Map<string, Imported>();
  const state: ImportState = {
    builder,
    values,
    uses: countUses(proto),
    produced: new Map(),
    opset,
    readExternal: options.readExternal,
  };
  for (const tensor of proto.initializer) {
    const constant = readTensor(tensor, options.readExternal);
    if (constant.type === 'int64')
      values.set(tensor.name, { integers: Array.from(constant.data, Number), dims: constant.dims });
    else values.set(tensor.name, { value: builder.constant(constant.dims, constant.data, tensor.name) });
  }
  declareInput(proto, state, options.inputSize ?? [224, 224]);
  for (const node of proto.node) importNode(new ImportContext(node, state), node.domain);
  return builder.build(graphOutputs(proto, values));
}

function parse(bytes: Uint8Array): ModelProto {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new AppError(
      'MODEL_INVALID',
      `expected an ONNX model, received ${bytes.length} bytes that are none: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (!model.graph || model.graph.node.length === 0) {
    throw new AppError(
      'MODEL_INVALID',
      `expected an ONNX model, received ${bytes.length} bytes without a graph in them`,
    );
  }
  return model;
}

function countUses(proto: GraphProto): Map<string, number> {
  const uses = new Map<string, number>();
  for (const name of [
    ...proto.node.flatMap((node) => node.input),
    ...proto.output.map((output) => output.name),
  ]) {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return uses;
}

/** The file's one input that is no weight. */
function declareInput(proto: GraphProto, { builder, values }: ImportState, size: Pair): void {
  const inputs = proto.input.filter(({ name }) => !values.has(name));
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(', ') || 'none';
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `expected a model with one input, a picture; received ${inputs.length} inputs: ${names}`,
    );
  }
  const dims = declaredShape(input);
  const channelsLast = dims.length === 4 && dims[1] !== 3 && dims[3] === 3;
  const channels = channelsLast ? dims[3] : dims[1];
  if (dims.length !== 4 || (channels !== 3 && channels !== undefined)) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `expected input "${input.name}" of shape (N, 3, H, W), received (${dims.map((dim) => dim ?? '?').join(', ')})`,
    );
  }
  const [height, width] = channelsLast ? [dims[1], dims[2]] : [dims[2], dims[3]];
  const shape: Shape = ['N', 3, height ?? size[0], width ?? size[1]];
  const image = builder.input(builder.unique(input.name), shape);
  values.set(input.name, {
    value: channelsLast ? builder.add({ op: 'Transpose', perm: [0, 2, 3, 1] }, [image]) : image,
  });
}

/** Sizes the file states; undefined where it leaves them open. */
function declaredShape(info: ValueInfoProto): (number | undefined)[] {
  const type = info.type?.value;
  if (type?.case !== 'tensorType') return [];
  return (type.value.shape?.dim ?? []).map(({ value }) => {
    const size = value.case === 'dimValue' ? Number(value.value) : 0;
    return size > 0 ? size : undefined;
  });
}

function importNode(context: ImportContext, domain: string): void {
  const rule = domain === '' || domain === 'ai.onnx' ? rules[context.opType] : undefined;
  if (!rule)
    throw context.unsupported(`operator ${domain ? `${domain}.` : ''}${context.opType} is not known here`);
  try {
    rule(context);
  } catch (error) {
    if (error instanceof RangeError) throw context.unsupported(error.message);
    throw error;
  }
}

function graphOutputs(proto: GraphProto, values: ReadonlyMap<string, Imported>): Record<string, string> {
  const outputs = proto.output.flatMap(({ name }) => {
    const imported = values.get(name);
    return imported && 'value' in imported ? [[name, imported.value] as const] : [];
  });
  if (outputs.length === 0)
    throw new AppError('MODEL_INVALID', 'expected an ONNX model with an output, received one without');
  return Object.fromEntries(outputs);
}
