"""Step 3: trains whymatch-s within a budget of minutes; a run that was stopped goes on from its last checkpoint.

Each step draws pictures, makes a clean view of each as it might stand in a catalogue, asks the teachers about it, and makes a challenged photo of
it (augment.py). The student sees both and is told what losses.py says. Every layer is trained. The rate follows a cosine over the share of the
budget spent, so that any budget ends well. The cap of the activations rises from 6 until it is gone, and the kernels that down-sample are made
even after each step.
"""
import copy
import json
import math
import time
from pathlib import Path

import torch
from torch import nn

from augment import challenge, resized, view
from data import TrainingSet, draw_batch
from evaluate import MEAN, STD, load_development, mixed_precision, recall_at_1
from export import read_exported
from losses import WEIGHTS, Heads, Lesson, distillation_losses
from model import WhymatchS, blend, make_even, measure_norms, spanning_channels, unfold_norms, warm_start
from teacher import Teachers

MIX = {
    'tiny': 6, 'nette': 5, 'woof': 3, 'sample': 4, 'rooms': 3, 'packshots': 11, 'myntra': 10,
    'garments': 7, 'attributes': 4, 'street': 5, 'wardrobe': 2, 'mirror': 1, 'web': 3,
}  # pictures of each set in a batch of 64 # fmt: skip
# until this share of the budget: sides of the teachers' and the catalogue's views, of the photos
PHASES = ((0.55, 192, 144, 128), (1.01, 224, 192, 160))
PEAK_RATE, WARM_UP, DECAY = 1e-3, 0.04, 0.02
HEAD_RATE = 3.0  # times the rate, for what starts from nothing
UNCAPPED = 0.35  # the share of the budget after which the activations have no cap
FIRST_CAP, LAST_CAP = 6.0, 100.0
KEEP = 0.998  # of the average of the weights, at each step
CALIBRATION = 8  # batches
PHOTOS_EVERY = 3  # of the batches on which the final norms are measured has photos besides
TRAINED_SHARE = 0.6
SEARCH_SIDE = 192
LOG_EVERY, CHECKPOINT_EVERY_S = 20, 120


class Trainer:
    """`batch_scale` multiplies the batch of 64, `rate_scale` the rate. `start`: weights of an earlier run, or an exported file, to go on from, instead of the
    published ones. `trained_share`: of the trained weights in the final ones, the rest being those begun with."""

    def __init__(self, work: Path, device: str, development: Path | None = None, seed: int = 7, batch_scale: int = 1, rate_scale: float = 1.0,
                 start: Path | None = None, trained_share: float = TRAINED_SHARE):
        torch.manual_seed(seed)
        self.work, self.device, self.rate, self.trained_share = work, device, PEAK_RATE * rate_scale, trained_share
        self.mix = {name: count * batch_scale for name, count in MIX.items()}
        self.sets = {name: TrainingSet(work / 'sets', name, seed + i, device) for i, name in enumerate(MIX)}
        self.teachers = Teachers().to(device)
        self.net, self.heads = WhymatchS().to(device), Heads(self.sets).to(device)
        self.mean, self.std = MEAN.to(device), STD.to(device)
        self.development = load_development(development, work)
        self.step, self.pictures, self.spent = 0, 0, 0.0
        self.first_cap = FIRST_CAP if start is None else math.inf
        if not self.checkpoint.exists():
            self._begin(start)
        self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval().requires_grad_(False)
        self.optimiser = self._optimiser()
        if self.checkpoint.exists():
            self._resume()

    @property
    def checkpoint(self) -> Path:
        return self.work / 'checkpoint.pt'

    def _begin(self, start: Path | None):
        """The weights of `start`, or the published ones; the heads begin anew."""
        lessons = [self._teach(PHASES[0][1]) for _ in range(CALIBRATION)]
        if start is None:
            self._begin_from_published(lessons)
        elif start.suffix == '.onnx':
            unfold_norms(self.net, read_exported(start), (self._normalised(resized(lesson.views, PHASES[0][2])) for lesson in lessons))
        else:
            self.net.load_state_dict(torch.load(start, map_location=self.device, weights_only=True))
        torch.save(self.net.state_dict(), self.work / 'start.pt')
        features = torch.cat([lesson.told.features for lesson in lessons])
        self.heads.dense_mean, self.heads.dense_std = features.mean((0, 2, 3)), features.std((0, 2, 3)) + 0.05

    def _begin_from_published(self, lessons: list[Lesson]):
        """With norms measured anew, since the kernels that down-sample are not the published ones."""
        pooled = torch.cat([lesson.told.embeddings for lesson in lessons]).cpu()[:, : lessons[0].told.features.shape[1]]
        warm_start(self.net.cpu(), self.teachers.nets[0].cpu(), spanning_channels(pooled))
        self.net.to(self.device)
        self.teachers.to(self.device)
        measure_norms(self.net, (self._normalised(resized(lesson.views, PHASES[0][2])) for lesson in lessons), FIRST_CAP)

    def _optimiser(self):
        groups = []
        for module, scale in ((self.net, 1.0), (self.heads, HEAD_RATE)):
            for matrices in (True, False):
                chosen = [p for p in module.parameters() if (p.ndim > 1) == matrices]
                groups.append({'params': chosen, 'weight_decay': DECAY if matrices else 0.0, 'scale': scale})
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99), fused=self.device == 'cuda')

    def run(self, minutes: float, evaluate_every: float = 2.0, log: Path | None = None):
        """Trains until `minutes` of training have been spent on this work folder, over all its runs."""
        budget, started, before = minutes * 60, time.monotonic(), self.spent
        last_checkpoint, last_evaluation, running = started, self.spent, {}
        while (share := self.spent / budget) < 1:
            losses = self._train_step(share)
            for key, value in losses.items():
                running[key] = running.get(key, value) * 0.9 + value * 0.1
            self.spent = before + time.monotonic() - started
            if self.step % LOG_EVERY == 0:
                self._log(log, {'step': self.step, 'seconds': round(self.spent), 'pictures': self.pictures, 'cap': self._cap(share),
                                **{key: round(float(value), 4) for key, value in running.items()}})
            if time.monotonic() - last_checkpoint > CHECKPOINT_EVERY_S:
                self._save()
                last_checkpoint = time.monotonic()
            if self.spent - last_evaluation > evaluate_every * 60:
                self._log(log, {'step': self.step, 'pictures': self.pictures, 'recall_at_1': self._evaluate(self._cap(share))})
                last_evaluation = self.spent = before + time.monotonic() - started
        self._save()
        self._finish()
        self._log(log, {'step': self.step, 'seconds': round(self.spent), 'pictures': self.pictures, 'recall_at_1': self._evaluate(math.inf), 'done': True})
        torch.save(self.average.state_dict(), self.work / 'final.pt')

    def _finish(self):
        """The averaged weights, kept as they are in trained.pt, are blended with those begun with, their norms measured on views of the size that
        search uses, some of them photos."""
        torch.save(self.average.state_dict(), self.work / 'trained.pt')
        start = torch.load(self.work / 'start.pt', map_location=self.device, weights_only=True)
        self.average.load_state_dict(blend(start, self.average.state_dict(), self.trained_share))
        with mixed_precision(self.device):
            measure_norms(self.average, self._finishing_views())

    def _finishing_views(self):
        for batch in range(CALIBRATION):
            views, subjects, _ = self._views(PHASES[-1][1])
            yield self._normalised(resized(views, SEARCH_SIDE))
            if batch % PHOTOS_EVERY == 0:
                yield self._normalised(challenge(views, subjects, views, SEARCH_SIDE)[0])

    def _cap(self, share: float) -> float:
        return math.inf if share >= UNCAPPED else self.first_cap * (LAST_CAP / FIRST_CAP) ** (share / UNCAPPED)

    def _train_step(self, share: float) -> dict:
        rate = self.rate * min(1, (share + 2e-3) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * share))
        for group in self.optimiser.param_groups:
            group['lr'] = max(rate, 1e-6) * group['scale']
        teachers_side, catalogue_side, photo_side = next(phase[1:] for phase in PHASES if share < phase[0])
        lesson = self._teach(teachers_side)
        natural = torch.cat([lesson.views[start:end] for name, start, end, _ in lesson.parts if self.sets[name].masks is None])
        views = self._normalised(resized(lesson.views, catalogue_side))
        photos, points = challenge(lesson.views, lesson.subjects, natural, photo_side)
        photos = self._normalised(photos)
        self.net.train()
        cap = self._cap(share)
        with mixed_precision(self.device):
            catalogue, photo = self.net(views, cap), self.net(photos, cap)
        losses = distillation_losses(self.heads, catalogue, photo, points, lesson, self.sets)
        total = sum(WEIGHTS[key] * value for key, value in losses.items())
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        if torch.isfinite(norm):
            self.optimiser.step()
            make_even(self.net)
        self.step += 1
        self.pictures += len(views)
        self._follow()
        return {'loss': total.detach(), **{key: value.detach() for key, value in losses.items()}, 'gradient': norm}

    def _teach(self, side: int) -> Lesson:
        """Clean views of the next pictures, and what the teachers say of them."""
        views, subjects, parts = self._views(side)
        with torch.no_grad(), mixed_precision(self.device):
            return Lesson(views, subjects, parts, self.teachers(views))

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

    def _evaluate(self, cap: float) -> dict:
        return recall_at_1(self.average, self.development, self.device, cap)

    def _save(self):
        state = {'net': self.net.state_dict(), 'average': self.average.state_dict(), 'heads': self.heads.state_dict(),
                 'optimiser': self.optimiser.state_dict(), 'step': self.step, 'pictures': self.pictures, 'spent': self.spent,
                 'random': torch.get_rng_state(), 'first_cap': self.first_cap}
        part = self.checkpoint.with_suffix('.part')
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _resume(self):
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        for name in ('net', 'average', 'heads', 'optimiser'):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.pictures, self.spent, self.first_cap = (state[key] for key in ('step', 'pictures', 'spent', 'first_cap'))
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
