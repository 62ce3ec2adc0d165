"""Steps of training within a budget of minutes: the rate, the average of the weights, the log, and checkpoints from which a run that was stopped goes on.

The rate follows a cosine over the share of the budget spent, so that any budget ends well."""
import copy
import json
import math
import time
from pathlib import Path

import torch
from torch import nn

from augment import view
from data import TrainingSet, draw_batch
from evaluate import MEAN, STD, load_development, recall_at_1
from model import WhymatchS

KEEP = 0.998  # of the average of the weights, at each step
LEAST_RATE = 1e-6
LOG_EVERY, CHECKPOINT_EVERY_S = 20, 120


class Loop:
    """What trains a net: a subclass begins it (`_begin`), makes its optimiser, whose groups have a `scale` of the rate each, and does a step (`_losses`, which
    gives each loss by its name, and with `weights` their sum). `mix`: how many pictures of each set are in a batch."""

    counted = ('step', 'pictures', 'spent')  # numbers that a checkpoint holds
    weights: dict[str, float]
    peak_rate: float
    warm_up: float  # share of the budget
    clip: float  # the largest norm of a gradient

    def __init__(self, work: Path, device: str, mix: dict[str, int], development: Path | None, seed: int, rate_scale: float):
        torch.manual_seed(seed)
        self.work, self.device, self.mix, self.rate = work, device, mix, self.peak_rate * rate_scale
        self.sets = {name: TrainingSet(work / 'sets', name, seed + i, device) for i, name in enumerate(mix)}
        self.mean, self.std = MEAN.to(device), STD.to(device)
        self.development = load_development(development, work)
        self.step, self.pictures, self.spent = 0, 0, 0.0
        self.net = WhymatchS().to(device)

    def _ready(self, start: Path | None) -> None:
        """Begins from `start`, or goes on from the checkpoint. To be called when everything else is there."""
        if not self.checkpoint.exists():
            self._begin(start)
            torch.save(self.net.state_dict(), self.work / 'start.pt')
        self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.optimiser = self._optimiser()
        if self.checkpoint.exists():
            self._resume()

    @property
    def checkpoint(self) -> Path:
        return self.work / 'checkpoint.pt'

    @property
    def _kept(self) -> dict:
        """What a checkpoint holds besides numbers."""
        return {'net': self.net, 'average': self.average, 'optimiser': self.optimiser}

    def run(self, minutes: float, evaluate_every: float = 2.0, log: Path | None = None):
        """Trains until `minutes` of training have been spent on this work folder, over all its runs."""
        budget, started, before = minutes * 60, time.monotonic(), self.spent
        last_checkpoint, last_evaluation, running = started, self.spent, {}
        while (share := self.spent / budget) < 1:
            for key, value in self._train_step(share).items():
                running[key] = running.get(key, value) * 0.9 + value * 0.1
            self.spent = before + time.monotonic() - started
            if self.step % LOG_EVERY == 0:
                self._log(log, {'step': self.step, 'seconds': round(self.spent), 'pictures': self.pictures,
                                **{key: round(float(value), 4) for key, value in running.items()}})
            if time.monotonic() - last_checkpoint > CHECKPOINT_EVERY_S:
                self._save()
                last_checkpoint = time.monotonic()
            if self.spent - last_evaluation > evaluate_every * 60:
                self._log(log, {'step': self.step, 'pictures': self.pictures, 'recall_at_1': self._evaluate(share)})
                last_evaluation = self.spent = before + time.monotonic() - started
        self._save()
        self._finish()
        self._log(log, {'step': self.step, 'seconds': round(self.spent), 'pictures': self.pictures, 'recall_at_1': self._evaluate(1.0), 'done': True})
        torch.save(self.average.state_dict(), self.work / 'final.pt')

    def _finish(self) -> None:
        """What is done to the averaged weights at the end."""

    def _train_step(self, share: float) -> dict:
        rate = self.rate * min(1, (share + 2e-3) / self.warm_up) * 0.5 * (1 + math.cos(math.pi * share))
        for group in self.optimiser.param_groups:
            group['lr'] = max(rate, LEAST_RATE) * group['scale']
        losses, count = self._losses(share)
        total = sum(self.weights[key] * value for key, value in losses.items())
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        self.pictures += count
        self._follow()
        return {'loss': total.detach(), **{key: value.detach() for key, value in losses.items()}, 'gradient': norm}

    def _views(self, side: int):
        """Clean views of the next pictures (N,3,side,side), their subjects, and the part of the batch that each set has."""
        views, subjects, parts, at = [], [], [], 0
        for draw in draw_batch(self.sets, self.mix):
            x, subject = view(draw.pictures, draw.boxes, side, draw.masks)
            views.append(x)
            subjects.append(subject)
            parts.append((draw.name, at, at + len(x), draw.chosen))
            at += len(x)
        return torch.cat(views), torch.cat(subjects), parts

    def _normalised(self, x: torch.Tensor) -> torch.Tensor:
        return ((x - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _follow(self):
        """Exponential moving average of weights and of the norms' statistics."""
        keep = min(KEEP, (1 + self.step) / (10 + self.step))
        average, now = self.average.state_dict().values(), self.net.state_dict().values()
        pairs = [(a, b) for a, b in zip(average, now) if a.dtype.is_floating_point]
        torch._foreach_lerp_([a for a, _ in pairs], [b for _, b in pairs], 1 - keep)

    def _evaluate(self, share: float) -> dict:
        return recall_at_1(self.average, self.development, self.device)

    def _save(self):
        state = {name: kept.state_dict() for name, kept in self._kept.items()}
        state |= {name: getattr(self, name) for name in self.counted}
        state['random'] = torch.get_rng_state()
        part = self.checkpoint.with_suffix('.part')
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _resume(self):
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        for name, kept in self._kept.items():
            kept.load_state_dict(state[name])
        for name in self.counted:
            setattr(self, name, state[name])
        torch.set_rng_state(state['random'].cpu())
        for s in self.sets.values():
            s.reseed(self.step)

    @staticmethod
    def _log(log: Path | None, entry: dict):
        line = json.dumps(entry)
        print(line, flush=True)
        if log:
            with open(log, 'a') as file:
                file.write(line + '\n')
