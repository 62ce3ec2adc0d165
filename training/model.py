"""whymatch-s: EfficientNet-Lite0's trunk made fit for explaining, with its published ImageNet weights to start from.

Changes against EfficientNet-Lite0 (Apache-2.0): every kernel that down-samples grown by one, so that it is divisible by its stride, and even
over the phases of the stride, so that what is carried back through it has no checkerboard (Odena et al. 2016); the last stride gone: output
stride 16, 12x12 places at 192 px; plain ReLU everywhere; a head of 512 channels instead of 1280, no pooling and no classifier; pictures
normalised as v0's. The published weights cannot do without the cap of ReLU6 (recall on clothes falls from .73 to .48 where it is
simply dropped), so training begins with it and raises it until it is gone.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

CHANNELS = 512
OUTPUT_STRIDE = 16
STEM = 32
MOMENTUM = 0.05  # of the norms' statistics
# inputs, expansion, outputs, kernel, stride of each inverted residual block; the last stage has stride 2 in EfficientNet-Lite0
BLOCKS = (
    (32, 1, 16, 3, 1),
    (16, 6, 24, 3, 2), (24, 6, 24, 3, 1),
    (24, 6, 40, 5, 2), (40, 6, 40, 5, 1),
    (40, 6, 80, 3, 2), (80, 6, 80, 3, 1), (80, 6, 80, 3, 1),
    (80, 6, 112, 5, 1), (112, 6, 112, 5, 1), (112, 6, 112, 5, 1),
    (112, 6, 192, 5, 1), (192, 6, 192, 5, 1), (192, 6, 192, 5, 1), (192, 6, 192, 5, 1),
    (192, 6, 320, 3, 1),
)  # fmt: skip
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


class ConvNorm(nn.Module):
    """A convolution without bias and its batch norm; `fused()` gives the one convolution with bias that both amount to."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - stride + 1) // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=MOMENTUM)

    def forward(self, x):
        return self.norm(self.conv(x))

    def fused(self) -> tuple[torch.Tensor, torch.Tensor]:
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return self.conv.weight * scale[:, None, None, None], self.norm.bias - self.norm.running_mean * scale


class Block(nn.Module):
    """Widen, look around channel by channel, narrow; the input is added where nothing changes shape (Sandler et al. 2018)."""

    def __init__(self, inputs: int, expansion: int, outputs: int, kernel: int, stride: int):
        super().__init__()
        middle = inputs * expansion
        self.expand = ConvNorm(inputs, middle, 1) if expansion != 1 else None
        self.depth = ConvNorm(middle, middle, kernel + 1 if stride == 2 else kernel, stride, groups=middle)
        self.project = ConvNorm(middle, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x, cap: float = math.inf):
        y = x if self.expand is None else capped(self.expand(x), cap)
        y = self.project(capped(self.depth(y), cap))
        return x + y if self.residual else y


def capped(x: torch.Tensor, cap: float) -> torch.Tensor:
    """ReLU, below `cap` where that is finite: 6 makes it ReLU6."""
    return F.relu(x) if cap == math.inf else F.hardtanh(x, 0, cap)


class WhymatchS(nn.Module):
    """Pictures (N,3,H,W), normalised by MEAN and STD -> features (N,512,H/16,W/16) after the last ReLU."""

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, STEM, 4, 2)
        self.blocks = nn.ModuleList([Block(*block) for block in BLOCKS])
        self.head = ConvNorm(BLOCKS[-1][2], CHANNELS, 1)

    def layers(self) -> dict[str, ConvNorm]:
        """By their names in the exported file, in order."""
        named = {f'block.{i}.{key}': getattr(block, key) for i, block in enumerate(self.blocks) for key in ('expand', 'depth', 'project')}
        return {key: layer for key, layer in {'stem': self.stem, **named, 'head': self.head}.items() if layer is not None}

    def forward(self, x, cap: float = math.inf):
        """`cap`: of the activations but the last, while training; none in the finished net."""
        x = capped(self.stem(x), cap)
        for block in self.blocks:
            x = block(x, cap)
        return F.relu(self.head(x))


def embed(features: torch.Tensor) -> torch.Tensor:
    """The embedding that search compares: the mean over places, of length 1."""
    return F.normalize(features.float().mean((2, 3)))


def warm_start(net: WhymatchS, lite, channels: torch.Tensor) -> None:
    """Copies EfficientNet-Lite0 (`lite`) into `net`, and of its 1280 last channels the 512 of `channels`; its own normalisation of pictures
    goes into the stem. Kernels that down-sample grow by zeros and are made even, so the norms' statistics must be measured again."""
    _copy(net.stem, lite._conv_stem, lite._bn0)
    weight = net.stem.conv.weight.data
    net.stem.norm.running_mean -= (weight.sum((2, 3)) * ((MEAN * 255 - 127) / 128)).sum(1)
    net.stem.conv.weight.data = weight * (STD * 255 / 128).view(1, 3, 1, 1)
    for block, other in zip(net.blocks, lite._blocks, strict=True):
        if block.expand is not None:
            _copy(block.expand, other._expand_conv, other._bn0)
        _copy(block.depth, other._depthwise_conv, other._bn1)
        _copy(block.project, other._project_conv, other._bn2)
    net.head.conv.weight.data = lite._conv_head.weight.data[channels].clone()
    for key in ('weight', 'bias', 'running_mean', 'running_var'):
        getattr(net.head.norm, key).data.copy_(getattr(lite._bn1, key).data[channels])
    make_even(net)


def _copy(layer: ConvNorm, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    weight = conv.weight.data
    if layer.conv.kernel_size != conv.kernel_size:  # the zeros come first: the padding of TensorFlow's strided kernels is at the end
        weight = F.pad(weight, (1, 0, 1, 0))
    layer.conv.weight.data = weight.clone()
    layer.norm.load_state_dict(norm.state_dict())


def strided_layers(net: WhymatchS) -> list[ConvNorm]:
    return [module for module in net.modules() if isinstance(module, ConvNorm) and module.conv.stride[0] == 2]


@torch.no_grad()
def make_even(net: WhymatchS) -> None:
    """The least change of the kernels that down-sample after which every phase of the stride weighs the same: to be done after each
    step of training (projected gradient descent). A mean of even kernels is even."""
    for layer in strided_layers(net):
        weight = layer.conv.weight
        phases = weight.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
        excess = phases.mean((2, 4), keepdim=True) - phases.mean((2, 3, 4, 5), keepdim=True)
        weight.copy_((phases - excess).flatten(4, 5).flatten(2, 3))


def measure_norms(net: WhymatchS, batches, cap: float = math.inf) -> None:
    """Sets the norms' statistics anew, to the mean over some batches of normalised pictures."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
    net.train()
    with torch.no_grad():
        for batch in batches:
            net(batch, cap)
    net.eval()
    for norm in norms:
        norm.momentum = MOMENTUM


@torch.no_grad()
def unfold_norms(net: WhymatchS, weights: dict[str, tuple[torch.Tensor, torch.Tensor]], batches) -> None:
    """The reverse of `fused`, to go on training from a finished net: weights and bias of each layer (as in `layers`) go into its convolution, and its norm
    gets the mean and the variance that it sees in some batches of normalised pictures, and undoes them. The net computes what it did."""
    layers = net.layers()
    for name, layer in layers.items():
        weight, bias = weights[name]
        layer.conv.weight.copy_(weight)
        layer.norm.running_mean.zero_()
        layer.norm.running_var.fill_(1 - layer.norm.eps)
        layer.norm.weight.fill_(1)
        layer.norm.bias.copy_(bias)
    seen = {name: [] for name in layers}
    hooks = [layer.conv.register_forward_hook(lambda _, __, y, name=name: seen[name].append(torch.stack([y.mean((0, 2, 3)), y.square().mean((0, 2, 3))])))
             for name, layer in layers.items()]
    net.eval()
    for batch in batches:
        net(batch)
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        mean, square = torch.stack(seen[name]).mean(0)
        layer.norm.running_mean.copy_(mean)
        layer.norm.running_var.copy_((square - mean.square()).clamp(min=0))
        layer.norm.weight.copy_(torch.sqrt(layer.norm.running_var + layer.norm.eps))
        layer.norm.bias.add_(mean)


def spanning_channels(pooled: torch.Tensor) -> torch.Tensor:
    """The 512 channels of pooled features (N,1280) that together say most: the first pivots of a QR decomposition."""
    from scipy.linalg import qr

    _, pivots = qr(pooled.double().numpy(), mode='r', pivoting=True)
    return torch.from_numpy(pivots[:CHANNELS].copy()).sort().values


def blend(start: dict, trained: dict, share: float) -> dict:
    """Between two states of the net: keeps more of what the published weights know than training alone (Wortsman et al. 2022). The norms'
    statistics must be measured again."""
    return {key: torch.lerp(start[key], value, share) if value.is_floating_point() else value for key, value in trained.items()}
