"""whymatch-s: EfficientNet-Lite2's trunk made fit for explaining, with its published ImageNet weights to start from.

Changes against EfficientNet-Lite2 (Apache-2.0): every kernel that down-samples is a free one, grown by one to be of even size, under a blur of 1, 2, 1 in both
directions, so that what is carried back through it has no checkerboard (Odena et al. 2016; Zhang 2019); but for the stem's, whose grid of 2 pixels nobody sees, and whose blur costs most; the last stride gone: output
stride 16, 14x14 places at 224 px; plain ReLU everywhere; a head of 512 channels instead of 1280, no pooling and no classifier; pictures
normalised as v0's. The published weights cannot do without the cap of ReLU6 (recall on clothes falls from .73 to .48 where it is
simply dropped), so training begins with it and raises it until it is gone.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from depthwise import conv2d

SIDE = 224  # of the pictures that the finished net is for
CHANNELS = 512
OUTPUT_STRIDE = 16
STEM = 32
MOMENTUM = 0.05  # of the norms' statistics
SHARP, LEAST = 0.5, 1e-12  # of `peaked`: chosen on the development sets; where a channel is silent
BLUR = (0.25, 0.5, 0.25)
# inputs, expansion, outputs, kernel, stride of each inverted residual block; the last stage has stride 2 in EfficientNet-Lite2
BLOCKS = (
    (32, 1, 16, 3, 1),
    (16, 6, 24, 3, 2), (24, 6, 24, 3, 1), (24, 6, 24, 3, 1),
    (24, 6, 48, 5, 2), (48, 6, 48, 5, 1), (48, 6, 48, 5, 1),
    (48, 6, 88, 3, 2), (88, 6, 88, 3, 1), (88, 6, 88, 3, 1), (88, 6, 88, 3, 1),
    (88, 6, 120, 5, 1), (120, 6, 120, 5, 1), (120, 6, 120, 5, 1), (120, 6, 120, 5, 1),
    (120, 6, 208, 5, 1), (208, 6, 208, 5, 1), (208, 6, 208, 5, 1), (208, 6, 208, 5, 1), (208, 6, 208, 5, 1),
    (208, 6, 352, 3, 1),
)  # fmt: skip
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


class Blurred(nn.Module):
    """A free kernel (O,I,k,k) -> the same under the blur (O,I,k+2,k+2): its frequency response has a double zero where the stride folds frequencies onto 0,
    so that what is carried back through it is interpolated, as by bilinear upsampling, and every phase of the stride weighs the same."""

    def __init__(self, size: int):
        super().__init__()
        spread = sum(weight * F.pad(torch.eye(size), (0, 0, i, 2 - i)) for i, weight in enumerate(BLUR))
        self.register_buffer('spread', spread, persistent=False)
        self.register_buffer('gather', torch.linalg.pinv(spread), persistent=False)

    def forward(self, free):
        return self.spread @ free @ self.spread.T

    def right_inverse(self, kernel):
        """The free kernel of the nearest blurred one (least squares)."""
        return self.gather @ kernel @ self.gather.T


class Even(nn.Module):
    """A free kernel (O,I,2n,2n) -> the nearest of which each of the four phases of the stride weighs the same: a constant goes back through it as a constant."""

    def forward(self, free):
        phases = free.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
        excess = phases.mean((2, 4), keepdim=True) - phases.mean((2, 3, 4, 5), keepdim=True)
        return (phases - excess).flatten(4, 5).flatten(2, 3)

    def right_inverse(self, kernel):
        return kernel


class ConvNorm(nn.Module):
    """A convolution without bias and its batch norm; `fused()` gives the one convolution with bias that both amount to. `kernel`: of the published net;
    one that down-samples is larger, to be of even size: blurred, or only even."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, blurred: bool = True):
        super().__init__()
        size = kernel if stride == 1 else kernel + 1 + (2 if blurred else 0)
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding_of(size, stride), groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=MOMENTUM)
        if stride == 2:
            parametrize.register_parametrization(self.conv, 'weight', Blurred(size - 2) if blurred else Even())

    @torch.no_grad()
    def set_kernel(self, kernel: torch.Tensor) -> None:
        """Takes over a kernel that may be smaller than its own: zeros around it (the more first: the padding of TensorFlow's strided kernels is at the end)."""
        missing = self.conv.kernel_size[0] - kernel.shape[-1]
        kernel = F.pad(kernel, 2 * (missing - missing // 2, missing // 2))
        if parametrize.is_parametrized(self.conv):
            self.conv.weight = kernel
        else:
            self.conv.weight.copy_(kernel)

    def forward(self, x):
        return self.norm(conv2d(x, self.conv.weight, self.conv.stride[0], self.conv.padding[0], self.conv.groups))

    def fused(self) -> tuple[torch.Tensor, torch.Tensor]:
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        return self.conv.weight * scale[:, None, None, None], self.norm.bias - self.norm.running_mean * scale


class Block(nn.Module):
    """Widen, look around channel by channel, narrow; the input is added where nothing changes shape (Sandler et al. 2018)."""

    def __init__(self, inputs: int, expansion: int, outputs: int, kernel: int, stride: int):
        super().__init__()
        middle = inputs * expansion
        self.expand = ConvNorm(inputs, middle, 1) if expansion != 1 else None
        self.depth = ConvNorm(middle, middle, kernel, stride, groups=middle)
        self.project = ConvNorm(middle, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x, cap: float = math.inf):
        y = x if self.expand is None else capped(self.expand(x), cap)
        y = self.project(capped(self.depth(y), cap))
        return x + y if self.residual else y


def padding_of(size: int, stride: int) -> int:
    return (size - stride + 1) // 2


def capped(x: torch.Tensor, cap: float) -> torch.Tensor:
    """ReLU, below `cap` where that is finite: 6 makes it ReLU6."""
    return F.relu(x) if cap == math.inf else F.hardtanh(x, 0, cap)


class WhymatchS(nn.Module):
    """Pictures (N,3,H,W), normalised by MEAN and STD -> features (N,512,H/16,W/16) after the last ReLU."""

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, STEM, 3, 2, blurred=False)
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
    """What training compares: the mean over places, of length 1."""
    return F.normalize(features.float().mean((2, 3)))


def peaked(features: torch.Tensor) -> torch.Tensor:
    """F (N,C,h,w) -> F·(1 + SHARP·F / its root mean square over the places), so that the mean of the result is the mean of F and SHARP times its root mean square: between
    the mean and the maximum, as the generalised mean is (Radenović et al. 2018). The finished net ends in it; search compares the mean of that."""
    spread = torch.sqrt(features.square().mean((2, 3), keepdim=True) + LEAST)
    return features * (1 + SHARP * features / spread)


def warm_start(net: WhymatchS, lite, channels: torch.Tensor) -> None:
    """Copies EfficientNet-Lite2 (`lite`) into `net`, and of its 1280 last channels the 512 of `channels`; its own normalisation of pictures
    goes into the stem. Kernels that down-sample are the nearest blurred ones, so the norms' statistics must be measured again."""
    _copy(net.stem, lite._conv_stem, lite._bn0)
    weight = net.stem.conv.weight.data
    net.stem.norm.running_mean -= (weight.sum((2, 3)) * ((MEAN * 255 - 127) / 128)).sum(1)
    net.stem.set_kernel(weight * (STD * 255 / 128).view(1, 3, 1, 1))
    for block, other in zip(net.blocks, lite._blocks, strict=True):
        if block.expand is not None:
            _copy(block.expand, other._expand_conv, other._bn0)
        _copy(block.depth, other._depthwise_conv, other._bn1)
        _copy(block.project, other._project_conv, other._bn2)
    net.head.set_kernel(lite._conv_head.weight.data[channels])
    for key in ('weight', 'bias', 'running_mean', 'running_var'):
        getattr(net.head.norm, key).data.copy_(getattr(lite._bn1, key).data[channels])


def _copy(layer: ConvNorm, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    layer.set_kernel(conv.weight.data)
    layer.norm.load_state_dict(norm.state_dict())


def strided_layers(net: WhymatchS) -> list[ConvNorm]:
    return [module for module in net.modules() if isinstance(module, ConvNorm) and module.conv.stride[0] == 2]


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


def finished(weights: dict[str, tuple[torch.Tensor, torch.Tensor]]) -> WhymatchS:
    """The net of an exported file, of weights and biases by the names of `layers`: a convolution with bias for each layer, of whatever size its kernels are."""
    net = WhymatchS().requires_grad_(False)
    for name, layer in net.layers().items():
        weight, bias = weights[name]
        size, stride = weight.shape[-1], layer.conv.stride[0]
        conv = nn.Conv2d(layer.conv.in_channels, len(weight), size, stride, padding_of(size, stride), groups=layer.conv.groups)
        conv.weight.data, conv.bias.data = weight, bias
        parent, _, key = name.replace('block.', 'blocks.').rpartition('.')
        setattr(net.get_submodule(parent), key, conv)
    return net.eval().requires_grad_(False)


@torch.no_grad()
def go_on_from(net: WhymatchS, old: WhymatchS, batches) -> None:
    """Gives `net` the kernels of a finished net, and norms after which each of its channels is spread as the old one's, by some batches of normalised pictures.
    It computes what the old one did, or as nearly as kernels that were not blurred allow."""
    batches, seen = list(batches), {name: [] for name in net.layers()}
    hooks = [layer.register_forward_hook(lambda _, __, y, name=name: seen[name].append(torch.stack([y.mean((0, 2, 3)), y.var((0, 2, 3))])))
             for name, layer in old.layers().items()]
    for batch in batches:
        old(batch)
    for hook in hooks:
        hook.remove()
    for (name, layer), conv in zip(net.layers().items(), old.layers().values(), strict=True):
        mean, variance = torch.stack(seen[name]).mean(0)
        layer.set_kernel(conv.weight)
        layer.norm.weight.copy_(torch.sqrt(variance + layer.norm.eps))
        layer.norm.bias.copy_(mean)
    measure_norms(net, batches)


def spanning_channels(pooled: torch.Tensor) -> torch.Tensor:
    """The 512 channels of pooled features (N,1280) that together say most: the first pivots of a QR decomposition."""
    from scipy.linalg import qr

    _, pivots = qr(pooled.double().numpy(), mode='r', pivoting=True)
    return torch.from_numpy(pivots[:CHANNELS].copy()).sort().values


def blend(start: dict, trained: dict, share: float) -> dict:
    """Between two states of the net: keeps more of what the published weights know than training alone (Wortsman et al. 2022). The norms'
    statistics must be measured again."""
    return {key: torch.lerp(start[key], value, share) if value.is_floating_point() else value for key, value in trained.items()}
