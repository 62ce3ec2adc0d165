"""Step 6: the trained net as ONNX with float16 weights, norms folded in; the same weights always give the same bytes.

The layout is that of v0: each initializer in float16, a Cast to float32 before it is used, then Conv, Relu and Add in order, and `peaked` (model.py) at the end; input `image` (n,3,224,224), output `features` (n,512,14,14), opset 13. Written node by node, so that no exporter's names or order can change the file."""
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from model import CHANNELS, LEAST, OUTPUT_STRIDE, SHARP, SIDE, ConvNorm, WhymatchS, finished

OPSET, IR_VERSION = 13, 7
LARGEST_HALF = 65504


def export(weights: Path, target: Path) -> dict:
    """`weights`: a state of WhymatchS as torch.save wrote it, or an exported file, whose weights stay as they are. Returns the file's bytes and SHA-256."""
    if weights.suffix == '.onnx':
        net = finished(read_exported(weights))
    else:
        net = WhymatchS().eval()
        net.load_state_dict(torch.load(weights, map_location='cpu', weights_only=True))
    target.write_bytes(to_onnx(net))
    return {'file': str(target), 'bytes': target.stat().st_size, 'sha256': hashlib.sha256(target.read_bytes()).hexdigest()}


def read_exported(file: Path) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Weights and bias of each layer of an exported file, for `finished` (model.py)."""
    halves = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).astype(np.float32)) for tensor in onnx.load(file).graph.initializer}
    return {name: (halves[f'{name}.weight.half'], halves[f'{name}.bias.half']) for name in WhymatchS().layers()}


def to_onnx(net: WhymatchS) -> bytes:
    graph = _Graph()
    x = graph.relu(graph.convolve(net.stem, 'image', 'stem'))
    for i, block in enumerate(net.blocks):
        name = f'block.{i}'
        y = x if block.expand is None else graph.relu(graph.convolve(block.expand, x, f'{name}.expand'))
        y = graph.relu(graph.convolve(block.depth, y, f'{name}.depth'))
        y = graph.convolve(block.project, y, f'{name}.project')
        x = graph.add(x, y, f'{name}.sum') if block.residual else y
    graph.peak(graph.relu(graph.convolve(net.head, x, 'head')), 'features')
    places = SIDE // OUTPUT_STRIDE
    model = helper.make_model(
        helper.make_graph(
            graph.casts + graph.nodes, 'whymatch-s',
            [helper.make_tensor_value_info('image', TensorProto.FLOAT, ['n', 3, SIDE, SIDE])],
            [helper.make_tensor_value_info('features', TensorProto.FLOAT, ['n', CHANNELS, places, places])],
            graph.tensors,
        ),
        opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION, producer_name='whymatch', producer_version='6',
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


class _Graph:
    def __init__(self):
        self.tensors, self.casts, self.nodes = [], [], []

    def convolve(self, layer: ConvNorm | torch.nn.Conv2d, x: str, name: str) -> str:
        conv, folded = (layer.conv, layer.fused()) if isinstance(layer, ConvNorm) else (layer, (layer.weight, layer.bias))
        weight, bias = (t.detach().numpy() for t in folded)
        attributes = {'kernel_shape': list(conv.kernel_size), 'strides': list(conv.stride), 'dilations': [1, 1],
                      'pads': [*conv.padding, *conv.padding], 'group': conv.groups}
        inputs = [x, self._half(weight, f'{name}.weight'), self._half(bias, f'{name}.bias')]
        return self._node('Conv', inputs, name, attributes)

    def relu(self, x: str, name: str | None = None) -> str:
        return self._node('Relu', [x], name or f'{x}.relu', {})

    def add(self, a: str, b: str, name: str) -> str:
        return self._node('Add', [a, b], name, {})

    def peak(self, x: str, name: str) -> str:
        """`peaked` of model.py: x·(x / √((mean x² + LEAST) / SHARP²) + 1)."""
        square = self._node('Mul', [x, x], f'{name}.square', {})
        mean = self._node('ReduceMean', [square], f'{name}.mean', {'axes': [2, 3], 'keepdims': 1})
        positive = self._node('Add', [mean, self._number(LEAST, f'{name}.least')], f'{name}.positive', {})
        scaled = self._node('Mul', [positive, self._number(SHARP**-2, f'{name}.scale')], f'{name}.scaled', {})
        ratio = self._node('Div', [x, self._node('Sqrt', [scaled], f'{name}.spread', {})], f'{name}.ratio', {})
        return self._node('Mul', [x, self._node('Add', [ratio, self._number(1, f'{name}.one')], f'{name}.factor', {})], name, {})

    def _number(self, value: float, name: str) -> str:
        self.tensors.append(onnx.numpy_helper.from_array(np.float32(value).reshape(()), name))
        return name

    def _half(self, values: np.ndarray, name: str) -> str:
        if not np.abs(values).max() <= LARGEST_HALF:
            raise ValueError(f'expected {name} to fit into float16, received values up to {np.abs(values).max()}')
        self.tensors.append(helper.make_tensor(f'{name}.half', TensorProto.FLOAT16, values.shape, values.astype('<f2').tobytes(), raw=True))
        self.casts.append(helper.make_node('Cast', [f'{name}.half'], [name], name=f'{name}.cast', to=TensorProto.FLOAT))
        return name

    def _node(self, kind: str, inputs: list, output: str, attributes: dict) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output
