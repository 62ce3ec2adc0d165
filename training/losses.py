"""What the student is told: by the teachers about classes, places and likeness, and by the labels of the sets.

The student sees each picture twice: as it stands in a catalogue, and as a challenged photo of it. The teachers see the catalogue's view only,
and what they find alike to it is what the photo must find."""
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from model import CHANNELS, embed
from teacher import CHANNELS as TEACHER_CHANNELS
from teacher import CLASSES, Told

WEIGHTS = {'catalogue': 1.0, 'photo': 1.5, 'likeness': 4.0, 'pull': 0.5, 'logits': 0.5, 'dense': 1.0, 'hidden': 1.0, 'labels': 0.15}
TEMPERATURE = 0.06  # of cosines
SOFTNESS = 2.0  # of logits


@dataclass(eq=False)
class Lesson:
    """Clean views (N,3,H,W) with their subjects (N,1,H,W), where each set's are, and what the teachers say of them."""

    views: torch.Tensor
    subjects: torch.Tensor
    parts: list
    told: Told


class CosineHead(nn.Module):
    """Classes as directions: softmax over scaled cosines, the measure that search uses."""

    def __init__(self, classes: int, scale: float = 16.0):
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, CHANNELS) * 0.01)
        self.scale = scale

    def forward(self, embedding):
        return F.linear(embedding, F.normalize(self.directions)) * self.scale


class Heads(nn.Module):
    """What only training needs: heads for the labels, and maps from the student's features to the teachers' logits and features."""

    def __init__(self, sets: dict):
        super().__init__()
        self.labels = nn.ModuleDict({f'{name}-{key}': CosineHead(int(labels.max()) + 1) for name, s in sets.items() for key, labels in s.labels.items()})
        self.logits = nn.Linear(CHANNELS, CLASSES)
        self.dense = nn.Conv2d(CHANNELS, TEACHER_CHANNELS, 1)
        for name in ('dense_mean', 'dense_std'):
            self.register_buffer(name, torch.zeros(TEACHER_CHANNELS))


def distillation_losses(heads: Heads, catalogue: torch.Tensor, photo: torch.Tensor, points: torch.Tensor, lesson: Lesson, sets: dict) -> dict:
    """The student's features (N,512,h,w) for the catalogue's views and the photos of a lesson, and where in its view each pixel of a photo
    is (N,S,S,2; -1..1) -> the losses, by their names in WEIGHTS.

    catalogue, photo: KL between the teachers' and the student's softmax over which views of the batch are near (Fang et al. 2021). likeness: squared difference
    of the cosines themselves. pull: 1 - cosine of a photo to its own catalogue view. logits: KL from the teachers' softened class
    probabilities (Hinton et al. 2015). dense: 1 - cosine to the teacher's standardised features at each place of the catalogue's view. hidden: the same
    at each place of the photo that shows the subject, or would, were nothing before it: what is hidden is to be told from what is around it."""
    told = lesson.told
    alike = told.embeddings @ told.embeddings.T
    ours, theirs = embed(catalogue), embed(photo)
    within, across = ours @ ours.T, theirs @ ours.T
    others = ~torch.eye(len(ours), dtype=torch.bool, device=ours.device)
    dense = heads.dense(F.adaptive_avg_pool2d(catalogue.float(), told.features.shape[-1]))
    aim = (told.features - heads.dense_mean.view(1, -1, 1, 1)) / heads.dense_std.view(1, -1, 1, 1)
    places = F.interpolate(points.movedim(3, 1), size=photo.shape[2:], mode='area').movedim(1, 3)
    shown = F.grid_sample(lesson.subjects, places, align_corners=False)[:, 0]
    hidden = 1 - F.cosine_similarity(heads.dense(photo.float()), F.grid_sample(aim, places, padding_mode='border', align_corners=False))
    classes = F.softmax(told.logits / SOFTNESS, 1)
    logits = [F.log_softmax(heads.logits(f.float().mean((2, 3))) / SOFTNESS, 1) for f in (catalogue, photo)]
    return {
        'catalogue': _divergence(_without_diagonal(within), _without_diagonal(alike)),
        'photo': _divergence(across, alike),
        'likeness': ((within - alike)[others].square().mean() + (across - alike)[others].square().mean()),
        'pull': (1 - (ours * theirs).sum(1)).mean(),
        'logits': sum(F.kl_div(l, classes, reduction='batchmean') for l in logits),
        'dense': (1 - F.cosine_similarity(dense, aim)).mean(),
        'hidden': (shown * hidden).sum() / shown.sum().clamp(min=1),
        'labels': sum(_labels(heads, e, lesson.parts, sets) for e in (ours, theirs)),
    }


def _divergence(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """KL of rows of cosines as softmax, in nats."""
    return F.kl_div(F.log_softmax(student / TEMPERATURE, 1), F.softmax(teacher / TEMPERATURE, 1), reduction='batchmean')


def _without_diagonal(square: torch.Tensor) -> torch.Tensor:
    """(N,N) -> (N,N-1)"""
    count = len(square)
    return square.flatten()[:-1].view(count - 1, count + 1)[:, 1:].reshape(count, count - 1)


def _labels(heads: Heads, embedding, parts, sets: dict):
    """Cross-entropy of each set's own labels, where they are known, by their share of the batch."""
    total = 0.0
    for name, start, end, chosen in parts:
        for key, labels in sets[name].labels.items():
            weight = 1.0 if key == 'classes' and name != 'packshots' else 0.5
            logits = heads.labels[f'{name}-{key}'](embedding[start:end])
            total = total + weight * F.cross_entropy(logits, labels[chosen], label_smoothing=0.05, ignore_index=-1, reduction='sum')
    return total / len(embedding)
