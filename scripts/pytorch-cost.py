"""What guided backpropagation costs in PyTorch, by autograd and hooks on the rectifiers: forward alone, and forward with backward.

    python3 scripts/pytorch-cost.py [--threads 2] [--batch 8] [--rounds 9]

Prints one line of JSON for each network: {"network", "forward", "guided"}, in milliseconds a picture (medians). The networks are those of
scripts/bench/networks.ts, with random weights: speed does not depend on them. `npm run bench -- explanation-cost` runs this where the
interpreter named by PYTHON (python3 when unset) has torch. Needs torch, and not torchvision.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, before: int, channels: int, stride: int):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(before, channels, 3, stride, 1), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1)
        )
        self.skip = nn.Conv2d(before, channels, 1, 2) if stride == 2 else nn.Identity()
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.branch(x) + self.skip(x))


def resnet18() -> nn.Module:
    layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            layers.append(ResidualBlock(before, channels, 2 if stage > 0 and block == 0 else 1))
            before = channels
    return nn.Sequential(*layers)


class Inverted(nn.Module):
    def __init__(self, before: int, channels: int, stride: int, expansion: int, kernel: int = 3):
        super().__init__()
        hidden = before * expansion
        wide = [nn.Conv2d(before, hidden, 1), nn.ReLU6()] if expansion > 1 else []
        self.branch = nn.Sequential(
            *wide,
            nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2, groups=hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, channels, 1),
        )
        self.residual = stride == 1 and before == channels

    def forward(self, x):
        return x + self.branch(x) if self.residual else self.branch(x)


def mobilenet_v2() -> nn.Module:
    layers = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()]
    before = 32
    stages = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
    ]  # fmt: skip
    for expansion, channels, blocks, first in stages:
        for block in range(blocks):
            layers.append(Inverted(before, channels, first if block == 0 else 1, expansion))
            before = channels
    return nn.Sequential(*layers, nn.Conv2d(320, 1280, 1), nn.ReLU6())


def efficientnet_lite() -> nn.Module:
    """The shape of whymatch-s, which is fed pictures of 192 pixels."""
    layers = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()]
    before = 32
    # expansion, channels, kernel, blocks, stride
    stages = [
        (1, 16, 3, 1, 1), (6, 24, 3, 2, 2), (6, 40, 5, 2, 2), (6, 80, 3, 3, 2), (6, 112, 5, 3, 1), (6, 192, 5, 4, 1),
        (6, 320, 3, 1, 1),
    ]  # fmt: skip
    for expansion, channels, kernel, blocks, first in stages:
        for block in range(blocks):
            layers.append(Inverted(before, channels, first if block == 0 else 1, expansion, kernel))
            before = channels
    return nn.Sequential(*layers, nn.Conv2d(320, 512, 1), nn.ReLU())


class Fire(nn.Module):
    def __init__(self, before: int, squeezed: int, expanded: int):
        super().__init__()
        self.squeeze = nn.Sequential(nn.Conv2d(before, squeezed, 1), nn.ReLU())
        self.one = nn.Sequential(nn.Conv2d(squeezed, expanded, 1), nn.ReLU())
        self.three = nn.Sequential(nn.Conv2d(squeezed, expanded, 3, 1, 1), nn.ReLU())

    def forward(self, x):
        x = self.squeeze(x)
        return torch.cat([self.one(x), self.three(x)], 1)


def squeezenet() -> nn.Module:
    pool = lambda: nn.MaxPool2d(3, 2)  # noqa: E731
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool(),
        Fire(64, 16, 64), Fire(128, 16, 64), pool(),
        Fire(128, 32, 128), Fire(256, 32, 128), pool(),
        Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
    )  # fmt: skip


NETWORKS = {
    "whymatch-s": (efficientnet_lite, 192),
    "SqueezeNet 1.1": (squeezenet, 224),
    "ResNet-18 (random weights)": (resnet18, 224),
    "MobileNetV2 (random weights)": (mobilenet_v2, 224),
}


def make_guided(network: nn.Module) -> None:
    """The usual way: the gradient that leaves a rectifier has passed where its input was positive; what is below 0 of it is cut off."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    for module in network.modules():
        if isinstance(module, (nn.ReLU, nn.ReLU6)):
            module.register_full_backward_hook(lambda _, leaving, __: (leaving[0].clamp(min=0),))


def measure(make, size: int, batch: int, rounds: int) -> dict:
    plain, guided = make().eval(), make().eval()
    make_guided(guided)
    image = torch.rand(batch, 3, size, size)

    def forward():
        with torch.inference_mode():
            plain(image).mean((2, 3))

    def explain():
        x = image.clone().requires_grad_()
        features = guided(x).mean((2, 3))
        torch.autograd.grad(features, x, torch.ones_like(features))

    times = {"forward": [], "guided": []}
    for turn in range(rounds + 1):
        for name, run in (("forward", forward), ("guided", explain)):
            start = time.perf_counter()
            run()
            if turn > 0:
                times[name].append(1000 * (time.perf_counter() - start) / batch)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--threads", type=int, default=0, help="all when 0")
    arguments.add_argument("--batch", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=9)
    options = arguments.parse_args()
    if options.threads > 0:
        torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    for name, (make, size) in NETWORKS.items():
        print(json.dumps({"network": name, **measure(make, size, options.batch, options.rounds)}), flush=True)


if __name__ == "__main__":
    main()
