"""The prepared arrays, given out as batches: a fixed number of pictures of each set, in an order that only the seed decides."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch


@dataclass(eq=False)
class Draw:
    """Some pictures of one set: indices, uint8 pictures (N,S,S,3), content boxes (N,2), masks (N,S,S) or None."""

    name: str
    chosen: torch.Tensor
    pictures: torch.Tensor
    boxes: torch.Tensor
    masks: torch.Tensor | None


class TrainingSet:
    """The arrays of one set, given out in a new random order each time all have been seen. On a GPU they are held in its memory."""

    def __init__(self, folder: Path, name: str, seed: int, device: str = 'cpu'):
        self.name, self.device = name, device
        arrays = {file.name.split('.')[-2]: torch.from_numpy(np.load(file, mmap_mode='c')).to(device) for file in sorted(folder.glob(f'{name}.*.npy'))}
        self.pictures, self.boxes, self.masks = arrays.pop('pictures'), arrays.pop('boxes'), arrays.pop('masks', None)
        self.labels = {key: labels for key, labels in arrays.items() if labels.max() >= 0}  # 'classes', 'colours', ...: -1 where not known
        self.random = torch.Generator().manual_seed(seed)
        self.shuffle()

    def take(self, count: int) -> Draw:
        if self.at + count > len(self.order):
            self.shuffle()
        chosen = self.order[self.at : self.at + count].to(self.device)
        self.at += count
        masks = None if self.masks is None else self.masks[chosen]
        return Draw(self.name, chosen, self.pictures[chosen], self.boxes[chosen], masks)

    def shuffle(self):
        self.order, self.at = torch.randperm(len(self.pictures), generator=self.random), 0

    def reseed(self, step: int):
        """After a run that was stopped: another order than the one it began with."""
        self.random.manual_seed(self.random.initial_seed() + step)
        self.shuffle()


def draw_batch(sets: dict[str, TrainingSet], mix: dict[str, int]) -> list[Draw]:
    """The next pictures of each set, as many as `mix` (set -> count) says."""
    return [sets[name].take(count) for name, count in mix.items()]
