"""Step 4: lifts the biases of the trained head, so that places which only nearly show a thing count as well.

Of the published head's channels, and of those trained from them, six values in a hundred pass the last ReLU: fit for a classifier, which needs what
stands out, but the mean over the places then rests on few of them. A bias raised by a share of what enters the ReLU deviates by lets more of
it through; nothing else changes, neither in the file's size nor in time.
"""
from collections.abc import Iterable

import torch

from augment import view
from data import Batches
from model import MEAN, STD, WhymatchS

LIFT = 0.6  # deviations; README.md has the others that were measured
SIDE, BATCHES = 192, 6


def lift(net: WhymatchS, pictures: Iterable[torch.Tensor], share: float = LIFT) -> None:
    """Raises each bias of the head by `share` standard deviations of that channel before the ReLU, over all places of normalised pictures
    (batches of (N,3,H,W))."""
    net.eval()
    with torch.no_grad():
        before = torch.cat([net.head(net.begin(batch, len(net.blocks))).movedim(1, -1).flatten(0, 2) for batch in pictures])
        net.head.norm.bias += share * before.std(0)


def clean_views(batches: Batches, count: int = BATCHES) -> Iterable[torch.Tensor]:
    """Batches of training pictures, zoomed and turned but not degraded, normalised (N,3,192,192)."""
    for _ in range(count):
        views = torch.cat([view(draw.pictures, draw.boxes, SIDE)[0] for draw in batches.next()])
        yield (views - MEAN.view(1, 3, 1, 1)) / STD.view(1, 3, 1, 1)
