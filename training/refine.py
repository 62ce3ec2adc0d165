"""Another way to step 3: gives a finished net the kernels that this recipe has (model.py: Blurred), and trains it to compute what it did.

No labels and no other teacher: at each place, and at the end of three stages before, the features of the net as it was are the aim, for the same picture. Every second batch
shows views as in a catalogue, the others challenged photos (augment.py). Norms keep their statistics, as of a finished net: with those of each batch the aim was missed by
three times as much. Two cores of a CPU do it in 20 minutes."""
from pathlib import Path

import torch
from torch.nn import functional as F

from augment import challenge, resized
from export import read_exported
from loop import Loop
from model import WhymatchS, embed, finished, go_on_from

MIX = {
    'tiny': 2, 'nette': 2, 'woof': 1, 'sample': 2, 'rooms': 1, 'packshots': 6, 'myntra': 5,
    'garments': 4, 'attributes': 2, 'street': 3, 'wardrobe': 1, 'mirror': 1, 'web': 2,
}  # pictures of each set in a draw of 32, which gives a batch of views and one of photos # fmt: skip
VIEW_SIDE, SIDE = 208, 176  # of what photos are taken from, and of the net's input
STAGES = (2, 4, 7)  # blocks whose sums are compared too
LATE, LATE_RATE = 8, 0.4  # from this block on the rate is that much of the others': what changes is before
WEIGHTS = {'places': 1.0, 'stages': 0.3, 'pull': 4.0, 'likeness': 4.0}
CALIBRATION = 8  # draws


class Refiner(Loop):
    """`start`: the exported file of the net as it was. `batch_scale` multiplies the draw, `rate_scale` the rate."""

    weights, peak_rate, warm_up, clip = WEIGHTS, 2.2e-4, 0.03, 1.0

    def __init__(self, work: Path, device: str, start: Path, development: Path | None = None, seed: int = 7, batch_scale: int = 1, rate_scale: float = 1.0):
        super().__init__(work, device, {name: count * batch_scale for name, count in MIX.items()}, development, seed, rate_scale)
        self.drawn: list[torch.Tensor] = []
        self.old = finished(read_exported(start)).to(device, memory_format=torch.channels_last)
        self.through_stages = torch.compile(through_stages, dynamic=False)
        self._ready(start)

    def _begin(self, start: Path):
        self.net.to(memory_format=torch.channels_last)
        go_on_from(self.net, self.old, [torch.cat(self._draw()) for _ in range(CALIBRATION)])

    def _optimiser(self):
        late = [*self.net.blocks[LATE:].parameters(), *self.net.head.parameters()]
        early = [*self.net.stem.parameters(), *self.net.blocks[:LATE].parameters()]
        groups = [{'params': early, 'scale': 1.0}, {'params': late, 'scale': LATE_RATE}]
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99), weight_decay=0.0, fused=self.device == 'cuda')

    def _losses(self, share: float) -> tuple[dict, int]:
        if not self.drawn:
            self.drawn = self._draw()
        x = self.drawn.pop()
        with torch.no_grad():
            aims, aim = through_stages(self.old, x)
        self.net.eval()
        stages, features = self.through_stages(self.net, x)
        return imitation_losses(stages, features, aims, aim), len(x)

    def _draw(self) -> list[torch.Tensor]:
        """Views of some pictures, and photos of as many others, both normalised (N,3,side,side)."""
        views, subjects, _ = self._views(VIEW_SIDE)
        order = torch.randperm(len(views), device=self.device)
        (seen, shot), (_, subjects) = (values[order].tensor_split(2) for values in (views, subjects))
        photos, _ = challenge(shot, subjects, seen, SIDE)
        return [self._normalised(resized(seen, SIDE)), self._normalised(photos)]


def through_stages(net: WhymatchS, x: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Pictures (N,3,H,W), normalised -> what the blocks of STAGES give, and the features."""
    stages, x = [], F.relu(net.stem(x))
    for i, block in enumerate(net.blocks):
        x = block(x)
        if i in STAGES:
            stages.append(x)
    return stages, F.relu(net.head(x))


def imitation_losses(stages: list[torch.Tensor], features: torch.Tensor, aims: list[torch.Tensor], aim: torch.Tensor) -> dict:
    """The net's stages and features (N,512,h,w), and those aimed at -> the losses, by their names in WEIGHTS. places, stages: the energy missed, over that
    aimed at (Romero et al. 2015). pull: 1 - cosine of the embeddings. likeness: squared difference of the cosines between the pictures of the batch."""
    ours, theirs = embed(features), embed(aim)
    return {
        'places': missed(features, aim),
        'stages': sum(missed(stage, goal) for stage, goal in zip(stages, aims, strict=True)) / len(STAGES),
        'pull': (1 - (ours * theirs).sum(1)).mean(),
        'likeness': (ours @ ours.T - theirs @ theirs.T).square().mean(),
    }


def missed(found: torch.Tensor, aim: torch.Tensor) -> torch.Tensor:
    return (found - aim).square().mean() / aim.square().mean()
