"""whymatch-s: EfficientNet-Lite0's trunk made fit for explaining, with its published ImageNet weights to start from.

Changes against EfficientNet-Lite0 (Apache-2.0): every kernel that down-samples grown by one, so that it is divisible
by its stride (evenly weighed, maps carried back through it have no checkerboard, Odena et al. 2016); the last stride gone: output stride 16, 12x12 places at 192 px;
a head of 512 channels with a plain ReLU instead of 1280, no pooling and no classifier; pictures normalised as v0's. The other activations
stay ReLU6, which the published weights cannot do without (recall on clothes falls from .73 to .48 where the cap is simply dropped).
"""
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
        if self.conv.groups > 1 and x.device.type == 'cpu' and torch.is_grad_enabled():
            with torch.autocast('cpu', enabled=False):  # on CPUs the backward pass of these is slower in bfloat16
                return self.norm(self.conv(x.float()))
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

    def forward(self, x):
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depth(y)))
        return x + y if self.residual else y


class WhymatchS(nn.Module):
    """Pictures (N,3,H,W), normalised by MEAN and STD -> features (N,512,H/16,W/16) after the last ReLU."""

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, STEM, 4, 2)
        self.blocks = nn.ModuleList([Block(*block) for block in BLOCKS])
        self.head = ConvNorm(BLOCKS[-1][2], CHANNELS, 1)

    def forward(self, x):
        return self.finish(self.begin(x, len(self.blocks)), len(self.blocks))

    def begin(self, x, blocks: int):
        """The stem and the first `blocks` blocks; `finish` goes on from there to the features."""
        x = F.relu6(self.stem(x))
        for block in self.blocks[:blocks]:
            x = block(x)
        return x

    def finish(self, x, blocks: int):
        for block in self.blocks[blocks:]:
            x = block(x)
        return F.relu(self.head(x))


def embed(features: torch.Tensor) -> torch.Tensor:
    """The embedding that search compares: the mean over places, of length 1."""
    return F.normalize(features.float().mean((2, 3)))


def warm_start(net: WhymatchS, lite, channels: torch.Tensor, even: bool = False) -> None:
    """Copies EfficientNet-Lite0 (`lite`) into `net`, and of its 1280 last channels the 512 of `channels`; its own normalisation of pictures
    goes into the stem. Kernels that down-sample grow by zeros, which changes nothing that is computed, or, where `even`, by `spread`: then
    the norms' statistics must be measured again."""
    _copy(net.stem, lite._conv_stem, lite._bn0, even)
    weight = net.stem.conv.weight.data
    net.stem.norm.running_mean -= (weight.sum((2, 3)) * ((MEAN * 255 - 127) / 128)).sum(1)
    net.stem.conv.weight.data = weight * (STD * 255 / 128).view(1, 3, 1, 1)
    for block, other in zip(net.blocks, lite._blocks, strict=True):
        if block.expand is not None:
            _copy(block.expand, other._expand_conv, other._bn0, even)
        _copy(block.depth, other._depthwise_conv, other._bn1, even)
        _copy(block.project, other._project_conv, other._bn2, even)
    net.head.conv.weight.data = lite._conv_head.weight.data[channels].clone()
    for key in ('weight', 'bias', 'running_mean', 'running_var'):
        getattr(net.head.norm, key).data.copy_(getattr(lite._bn1, key).data[channels])


def _copy(layer: ConvNorm, conv: nn.Conv2d, norm: nn.BatchNorm2d, even: bool) -> None:
    weight = conv.weight.data
    if layer.conv.kernel_size != conv.kernel_size:  # the zeros come first: the padding of TensorFlow's strided kernels is at the end
        weight = spread(weight) if even else F.pad(weight, (1, 0, 1, 0))
    layer.conv.weight.data = weight.clone()
    layer.norm.load_state_dict(norm.state_dict())


def spread(kernel: torch.Tensor) -> torch.Tensor:
    """A kernel grown by one: the mean of its four places in the larger one, which is the kernel after a 2x2 mean of its input.

    Every phase of stride 2 then weighs the same, so that what is carried back through it is even; a row and a column of zeros, which
    would compute the same as before, leaves the phases as uneven as they were. The norms behind it must be measured again."""
    return sum(F.pad(kernel, (left, 1 - left, top, 1 - top)) for left in (0, 1) for top in (0, 1)) / 4


def measure_norms(net: WhymatchS, batches) -> None:
    """Sets the norms' statistics anew, to the mean over some batches of normalised pictures."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean of all batches
    net.train()
    with torch.no_grad():
        for batch in batches:
            net(batch)
    net.eval()
    for norm in norms:
        norm.momentum = MOMENTUM


def spanning_channels(pooled: torch.Tensor) -> torch.Tensor:
    """The 512 channels of pooled features (N,1280) that together say most: the first pivots of a QR decomposition."""
    from scipy.linalg import qr

    _, pivots = qr(pooled.double().numpy(), mode='r', pivoting=True)
    return torch.from_numpy(pivots[:CHANNELS].copy()).sort().values


def blend(start: dict, trained: dict, share: float) -> dict:
    """Between two states of the net: keeps more of what the published weights know than training alone (Wortsman et al. 2022)."""
    return {key: torch.lerp(start[key], value, share) if value.is_floating_point() else value for key, value in trained.items()}
