"""Step 3: trains whymatch-s within a budget of minutes; a run that was stopped goes on from its last checkpoint.

Each step draws pictures, makes a clean view of each as it might stand in a catalogue, asks the teachers about it, and makes a challenged photo of
it (augment.py). The student sees both and is told what losses.py says. Every layer is trained. The cap of the activations rises from 6 until it is gone.
"""
import math
from pathlib import Path

import torch

from augment import challenge, resized
from evaluate import mixed_precision, recall_at_1
from export import read_exported
from losses import WEIGHTS, Heads, Lesson, distillation_losses
from loop import Loop
from model import SIDE, blend, finished, go_on_from, measure_norms, spanning_channels, warm_start
from teacher import NETS, Teachers, published
from teacher import SIDE as TEACHERS_SIDE

MIX = {
    'tiny': 5, 'nette': 5, 'woof': 3, 'sample': 4, 'rooms': 3, 'packshots': 13, 'myntra': 11,
    'garments': 6, 'attributes': 4, 'street': 4, 'wardrobe': 2, 'mirror': 1, 'web': 3,
}  # pictures of each set in a batch of 64 # fmt: skip
PHASES = ((0.7, 144), (1.01, 192))  # until this share of the budget: side of the student's views and photos; a run that goes on has the last from its start
DECAY = 0.02
HEAD_RATE = 3.0  # times the rate, for what starts from nothing
UNCAPPED = 0.35  # the share of the budget after which the activations have no cap
FIRST_CAP, LAST_CAP = 6.0, 100.0
CALIBRATION = 8  # batches
TRAINED_SHARE = 0.7


class Trainer(Loop):
    """`batch_scale` multiplies the batch of 64, `rate_scale` the rate. `start`: weights of an earlier run, or an exported file, to go on from, instead of the
    published ones. `trained_share`: of the trained weights in the final ones, the rest being those begun with."""

    counted = (*Loop.counted, 'first_cap')
    weights, peak_rate, warm_up, clip = WEIGHTS, 1e-3, 0.04, 5.0

    def __init__(self, work: Path, device: str, development: Path | None = None, seed: int = 7, batch_scale: int = 1, rate_scale: float = 1.0,
                 start: Path | None = None, trained_share: float = TRAINED_SHARE):
        super().__init__(work, device, {name: count * batch_scale for name, count in MIX.items()}, development, seed, rate_scale)
        self.trained_share = trained_share
        self.phases = PHASES if start is None else PHASES[-1:]
        self.first_cap = FIRST_CAP if start is None else math.inf
        self.teachers, self.heads = Teachers().to(device), Heads(self.sets).to(device)
        self._ready(start)

    @property
    def _kept(self) -> dict:
        return {**super()._kept, 'heads': self.heads}

    def _begin(self, start: Path | None):
        """The weights of `start`, or the published ones. The heads begin anew, unless the checkpoint of the run that `start` is from lies beside it."""
        lessons = [self._teach() for _ in range(CALIBRATION)]
        batches = [self._normalised(resized(lesson.views, self.phases[0][1])) for lesson in lessons]
        if start is None:
            self._begin_from_published(lessons, batches)
        elif start.suffix == '.onnx':
            go_on_from(self.net, finished(read_exported(start)).to(self.device), batches)
        else:
            self.net.load_state_dict(torch.load(start, map_location=self.device, weights_only=True))
        features = torch.cat([lesson.told.features for lesson in lessons])
        self.heads.dense_mean, self.heads.dense_std = features.mean((0, 2, 3)), features.std((0, 2, 3)) + 0.05
        if start is not None and start.with_name(self.checkpoint.name).exists():
            self.heads.load_state_dict(torch.load(start.with_name(self.checkpoint.name), map_location=self.device, weights_only=True)['heads'])

    def _begin_from_published(self, lessons: list[Lesson], batches: list[torch.Tensor]):
        """With norms measured anew, since the kernels that down-sample are not the published ones."""
        pooled = torch.cat([lesson.told.embeddings for lesson in lessons]).cpu()[:, -lessons[0].told.features.shape[1] :]
        warm_start(self.net.cpu(), published(list(NETS)[-1]), spanning_channels(pooled))
        self.net.to(self.device)
        with mixed_precision(self.device):
            measure_norms(self.net, batches, FIRST_CAP)

    def _optimiser(self):
        groups = []
        for module, scale in ((self.net, 1.0), (self.heads, HEAD_RATE)):
            for matrices in (True, False):
                chosen = [p for p in module.parameters() if (p.ndim > 1) == matrices]
                groups.append({'params': chosen, 'weight_decay': DECAY if matrices else 0.0, 'scale': scale})
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99), fused=self.device == 'cuda')

    def _finish(self):
        """The averaged weights, kept as they are in trained.pt, are blended with those begun with, their norms measured on pictures of the size that
        search uses, two photos to three views."""
        torch.save(self.average.state_dict(), self.work / 'trained.pt')
        start = torch.load(self.work / 'start.pt', map_location=self.device, weights_only=True)
        self.average.load_state_dict(blend(start, self.average.state_dict(), self.trained_share))
        with mixed_precision(self.device):
            measure_norms(self.average, self._finishing_views())

    def _finishing_views(self):
        for _ in range(CALIBRATION):
            views, subjects, _ = self._views(TEACHERS_SIDE)
            photos, _ = challenge(views, subjects, views, SIDE)
            yield self._seen(views, photos[: 2 * len(photos) // 3], SIDE)

    def _seen(self, views: torch.Tensor, photos: torch.Tensor, side: int) -> torch.Tensor:
        """Views and photos as one batch of the net, whose norms are to serve both."""
        return self._normalised(torch.cat([resized(views, side), photos]))

    def _cap(self, share: float) -> float:
        return math.inf if share >= UNCAPPED else self.first_cap * (LAST_CAP / FIRST_CAP) ** (share / UNCAPPED)

    def _losses(self, share: float) -> tuple[dict, int]:
        side = next(phase[1] for phase in self.phases if share < phase[0])
        lesson = self._teach()
        natural = torch.cat([lesson.views[start:end] for name, start, end, _ in lesson.parts if self.sets[name].masks is None])
        photos, points = challenge(lesson.views, lesson.subjects, natural, side)
        self.net.train()
        with mixed_precision(self.device):
            catalogue, photo = self.net(self._seen(lesson.views, photos, side), self._cap(share)).chunk(2)
        return distillation_losses(self.heads, catalogue, photo, points, lesson, self.sets), len(lesson.views)

    def _teach(self) -> Lesson:
        """Clean views of the next pictures, and what the teachers say of them."""
        views, subjects, parts = self._views(TEACHERS_SIDE)
        with torch.no_grad(), mixed_precision(self.device):
            return Lesson(views, subjects, parts, self.teachers(views))

    def _evaluate(self, share: float) -> dict:
        return recall_at_1(self.average, self.development, self.device, self._cap(share))
