/**
 * Model files that are known by their checksum: the ones that can be pulled, and what must be said about their input, which an ONNX
 * file does not say itself.
 *
 * Sizes and checksums are those of the zoo's Git LFS pointers (github.com/onnx/models, folder validated/vision/classification, as of
 * its last commit, b1eeaa1). The zoo stopped serving its files in July 2025; the Hugging Face organisation onnxmodelzoo does so now,
 * each model in a repository of its own and all of them in the folders of old in legacy_models.
 */
import type { InputSpec } from '../core/input-spec.ts';

export interface ZooModel {
  readonly name: string;
  /** Size in bytes and hex SHA-256. */
  readonly bytes: number;
  readonly sha256: string;
  readonly description: string;
  readonly input: InputSpec;
  /** Found in the graph (inferFeatureTensor) when absent. */
  readonly featureTensor?: string;
  readonly logits?: string;
  readonly licence: string;
  readonly provenance: string;
  /** Mirrors, in the order in which they are tried. */
  readonly sources: readonly string[];
}

/**
 * What torchvision, timm, Gluon and most models since 2016 were trained with: RGB, mean and standard deviation of ImageNet, 224 px.
 *
 * `fit` is our own choice, for every classifier. Their authors scale the short side to 256 px and cut the centre out, which `cover`
 * comes near to, because a label is decided by what stands there. In a search, what is cut off could never match, nor ever be marked
 * in an explanation; so the whole picture is shown, with grey bars. It costs nothing: SqueezeNet 1.1 finds the same category first,
 * leaving the query out, for 70.7 % of 713 pictures of clothes (cover 70.3, fill 70.7) and 89.2 % of 1456 of groceries (89.6, 89.6).
 */
export const imagenetInput: InputSpec = {
  width: 224,
  height: 224,
  channels: 'rgb',
  fit: 'contain',
  background: [128, 128, 128],
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Caffe's habit: blue, green, red, 0 to 255 less the mean colour. */
const caffeInput: InputSpec = {
  ...imagenetInput,
  channels: 'bgr',
  scale: 1,
  mean: [104, 117, 123],
  std: [1, 1, 1],
};

export const zoo: readonly ZooModel[] = [
  {
    name: 'resnet18-v1-7',
    bytes: 46_820_737,
    sha256: '4e8f8653e7a2222b3904cc3fe8e304cd8b339ce1d05fd24688162f86fb6df52c',
    description: 'ResNet-18 v1, ImageNet, top-1 69.9 %',
    input: imagenetInput,
    licence: 'Apache-2.0',
    provenance: 'ONNX Model Zoo, from MXNet Gluon',
    sources: zooMirrors('resnet', 'resnet18-v1-7'),
  },
  {
    name: 'resnet50-v1-12',
    bytes: 102_576_593,
    sha256: '3f03fdef724b22947eed826f1eef1dc5c34151bb4c37d634f1db89dfa2dd1526',
    description: 'ResNet-50 v1, ImageNet, top-1 75.0 %',
    input: imagenetInput,
    licence: 'Apache-2.0',
    provenance: 'ONNX Model Zoo, from MXNet Gluon',
    sources: zooMirrors('resnet', 'resnet50-v1-12'),
  },
  {
    name: 'mobilenetv2-12',
    bytes: 13_964_571,
    sha256: 'c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5',
    description: 'MobileNet v2 1.0, ImageNet, top-1 69.5 %',
    input: imagenetInput,
    licence: 'Apache-2.0',
    provenance: 'ONNX Model Zoo',
    sources: zooMirrors('mobilenet', 'mobilenetv2-12'),
  },
  {
    name: 'squeezenet1.1-7',
    bytes: 4_956_208,
    sha256: '1eeff551a67ae8d565ca33b572fc4b66e3ef357b0eb2863bb9ff47a918cc4088',
    description: 'SqueezeNet 1.1, ImageNet, top-1 56.3 %',
    input: imagenetInput,
    licence: 'Apache-2.0',
    provenance: 'ONNX Model Zoo, from MXNet Gluon',
    sources: zooMirrors('squeezenet', 'squeezenet1.1-7'),
  },
  {
    name: 'densenet-12',
    bytes: 32_726_877,
    sha256: '0294e7e88e5b3360de9b0fdc321baf9e6ef18b7f058c4536caae3b9f18ed9ed5',
    description: 'DenseNet-121, ImageNet, top-1 74.9 %',
    // The zoo's card does not say. The file is the Caffe2 model that Open Model Zoo lists as densenet-121-caffe2: BGR, and a scale
    // of 0.017 after the mean. Read as RGB it loses 14 points (the 61.0 % of the zoo's own table).
    input: { ...caffeInput, mean: [103.94, 116.78, 123.68], std: [1 / 0.017, 1 / 0.017, 1 / 0.017] },
    licence: 'MIT',
    provenance: 'ONNX Model Zoo, from Caffe2, after the Torch weights of Zhuang Liu',
    sources: zooMirrors('densenet-121', 'densenet-12'),
  },
  {
    name: 'vgg16-12',
    bytes: 553_437_752,
    sha256: '722c42f53ca03a5480296bf8f9c85a151de3eed9ec982d7d2302ff6e2900c67b',
    description: 'VGG-16, ImageNet, top-1 72.4 %',
    input: imagenetInput,
    licence: 'Apache-2.0',
    provenance: 'ONNX Model Zoo, from MXNet Gluon',
    sources: zooMirrors('vgg', 'vgg16-12'),
  },
  {
    name: 'shufflenet-v2-12',
    bytes: 9_218_556,
    sha256: 'ea69821b4dd374ae2f33f9710dd1229ac263d0ee5b5a46ca3521f6483e1ba035',
    description: 'ShuffleNet v2 1.0, ImageNet, top-1 66.4 %',
    input: imagenetInput,
    licence: 'BSD-3-Clause',
    provenance: 'ONNX Model Zoo, from torchvision',
    sources: zooMirrors('shufflenet', 'shufflenet-v2-12'),
  },
  {
    name: 'squeezenet1.1-fp16',
    bytes: 2_484_091,
    sha256: '21f25e3d9254af93e6218a359469fac714a017b3f9035c0f5c4acbf9a3ff7233',
    description: 'SqueezeNet 1.1 with float16 weights, ImageNet',
    input: caffeInput,
    featureTensor: 'fire9/concat_1',
    logits: 'pool10_1',
    licence: 'MIT',
    provenance:
      'SqueezeNet_fp16.onnx of the Windows Machine Learning samples, from Caffe2; the original Caffe model is BSD-2-Clause',
    sources: [
      'https://raw.githubusercontent.com/microsoft/Windows-Machine-Learning/155b5eeb1f48b49235f31ef3a68db0bd8707ce89/SharedContent/models/SqueezeNet_fp16.onnx',
      'https://github.com/microsoft/Windows-Machine-Learning/raw/master/SharedContent/models/SqueezeNet_fp16.onnx',
    ],
  },
];

/** The known model of that name. */
export function zooModel(name: string): ZooModel | undefined {
  return zoo.find((model) => model.name === name);
}

/** The known model whose file has that checksum, whatever the file is called. */
export function zooModelOf(sha256: string): ZooModel | undefined {
  return zoo.find((model) => model.sha256 === sha256);
}

function zooMirrors(folder: string, name: string): string[] {
  const path = `validated/vision/classification/${folder}/model/${name}.onnx`;
  return [
    `https://huggingface.co/onnxmodelzoo/${name}/resolve/main/${name}.onnx`,
    `https://huggingface.co/onnxmodelzoo/legacy_models/resolve/main/${path}`,
    `https://media.githubusercontent.com/media/onnx/models/main/${path}`,
  ];
}
