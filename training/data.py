"""The prepared arrays, given out as batches: a fixed number of pictures of each set, in an order that only the seed decides."""
from collections import deque
from concurrent.futures import ThreadPoolExecutor
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
    """The arrays of one set, given out in a new random order each time all have been seen."""

    def __init__(self, folder: Path, name: str, seed: int):
        load = lambda key: np.load(folder / f'{name}.{key}.npy', mmap_mode='r')
        has = lambda key: (folder / f'{name}.{key}.npy').exists()
        self.name, self.pictures = name, load('pictures')
        self.boxes, self.classes = torch.from_numpy(load('boxes').copy()), torch.from_numpy(load('classes').copy())
        self.masks = load('masks') if has('masks') else None
        self.colours = torch.from_numpy(load('colours').copy()) if has('colours') else None
        self.random = torch.Generator().manual_seed(seed)
        self.shuffle()

    def take(self, count: int) -> Draw:
        if self.at + count > len(self.order):
            self.shuffle()
        chosen = self.order[self.at : self.at + count]
        self.at += count
        rows = chosen.numpy()
        masks = None if self.masks is None else torch.from_numpy(self.masks[rows])
        return Draw(self.name, chosen, torch.from_numpy(self.pictures[rows]), self.boxes[chosen], masks)

    def shuffle(self):
        self.order, self.at = torch.randperm(len(self.pictures), generator=self.random), 0


class Batches:
    """Batches of `mix` (set -> count) without end. For a GPU they are drawn ahead by a thread, in pinned memory."""

    def __init__(self, sets: dict[str, TrainingSet], mix: dict[str, int], device: str, ahead: int = 4):
        self.sets, self.mix, self.device = sets, mix, device
        self.pool = ThreadPoolExecutor(1) if device == 'cuda' else None
        self.waiting = deque(self.pool.submit(self._draw) for _ in range(ahead)) if self.pool else None

    def next(self) -> list[Draw]:
        if self.pool is None:
            return self._draw()
        self.waiting.append(self.pool.submit(self._draw))
        return [self._send(draw) for draw in self.waiting.popleft().result()]

    def reseed(self, step: int):
        """After a run that was stopped: other orders than those it began with."""
        for name in self.mix:
            self.sets[name].random.manual_seed(self.sets[name].random.initial_seed() + step)
            self.sets[name].shuffle()

    def _draw(self) -> list[Draw]:
        draws = [self.sets[name].take(count) for name, count in self.mix.items()]
        if self.pool:
            for draw in draws:
                draw.pictures = draw.pictures.pin_memory()
                draw.masks = None if draw.masks is None else draw.masks.pin_memory()
        return draws

    def _send(self, draw: Draw) -> Draw:
        send = lambda tensor: None if tensor is None else tensor.to(self.device, non_blocking=True)
        return Draw(draw.name, draw.chosen, send(draw.pictures), send(draw.boxes), send(draw.masks))
