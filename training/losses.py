"""What the student is told: by the labels of the sets, and by the teacher about classes, pictures, places and likeness."""
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from model import CHANNELS
from teacher import CHANNELS as TEACHER_CHANNELS
from teacher import CLASSES

WEIGHTS = {'logits': 1.0, 'pooled': 2.0, 'dense': 2.0, 'relation': 2.0, 'labels': 0.5}
TEMPERATURE = 2.0


@dataclass(eq=False)
class Lesson:
    """Clean views (N,3,H,W), their subjects (N,1,H,W), where each set's are, and the teacher's features and logits for them."""

    views: torch.Tensor
    subjects: torch.Tensor
    parts: list
    told: torch.Tensor
    logits: torch.Tensor
    uses: int = 0

    def mirror(self):
        self.views, self.subjects, self.told = self.views.flip(-1), self.subjects.flip(-1), self.told.flip(-1)


class CosineHead(nn.Module):
    """Classes as directions: softmax over scaled cosines, the measure that search uses."""

    def __init__(self, classes: int, scale: float = 16.0):
        super().__init__()
        self.directions = nn.Parameter(torch.randn(classes, CHANNELS) * 0.01)
        self.scale = scale

    def forward(self, embedding):
        return F.linear(embedding, F.normalize(self.directions)) * self.scale


class Heads(nn.Module):
    """What only training needs: heads for the labels, and maps from the student's features to the teacher's."""

    def __init__(self, sets: dict):
        super().__init__()
        self.labels = nn.ModuleDict({name: CosineHead(int(s.classes.max()) + 1) for name, s in sets.items() if name != 'sample'})
        self.colours = nn.ModuleDict({name: CosineHead(int(s.colours.max()) + 1) for name, s in sets.items() if s.colours is not None})
        self.logits = nn.Linear(CHANNELS, CLASSES)
        self.pooled = nn.Linear(CHANNELS, TEACHER_CHANNELS)
        self.dense = nn.Conv2d(CHANNELS, TEACHER_CHANNELS, 1)
        for name in ('pooled_mean', 'pooled_std', 'dense_mean', 'dense_std'):
            self.register_buffer(name, torch.zeros(TEACHER_CHANNELS))


def distillation_losses(heads: Heads, features: torch.Tensor, lesson: Lesson, sets: dict) -> dict:
    """The student's features (N,512,h,w) for the views of a lesson -> the losses, by their names in WEIGHTS.

    logits: KL from the teacher's softened class probabilities (Hinton et al. 2015). pooled and dense: 1 - cosine to the teacher's
    standardised features, of the picture and at each of its places. relation and labels: see there."""
    told, pooled = lesson.told.float(), features.float().mean((2, 3))
    with torch.autocast(features.device.type, torch.bfloat16):
        dense = heads.dense(F.adaptive_avg_pool2d(features, told.shape[-1])).float()
    told_pooled = told.mean((2, 3))
    column = lambda values: values.view(1, -1, 1, 1)
    aim_dense = (told - column(heads.dense_mean)) / column(heads.dense_std)
    aim_pooled = (told_pooled - heads.pooled_mean) / heads.pooled_std
    logits = F.log_softmax(heads.logits(pooled) / TEMPERATURE, 1)
    embedding = F.normalize(pooled)
    return {
        'logits': F.kl_div(logits, F.softmax(lesson.logits / TEMPERATURE, 1), reduction='batchmean'),
        'pooled': (1 - F.cosine_similarity(heads.pooled(pooled), aim_pooled)).mean(),
        'dense': (1 - F.cosine_similarity(dense, aim_dense)).mean(),
        'relation': _relation(embedding, F.normalize(told_pooled)),
        'labels': _labels(heads, embedding, lesson.parts, sets),
    }


def _relation(student, told):
    """How differently the two order a batch: 1 - correlation of each picture's similarities to the others, plus their squared difference."""
    count = len(student)
    others = ~torch.eye(count, dtype=torch.bool, device=student.device)
    a = (student @ student.T)[others].view(count, -1)
    b = (told @ told.T)[others].view(count, -1)
    correlation = F.cosine_similarity(a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True))
    return (1 - correlation).mean() + 2 * (a - b).square().mean()


def _labels(heads: Heads, embedding, parts, sets: dict):
    """Cross-entropy of each set's own classes, and of colours where a set has them, by its share of the batch."""
    total = 0.0
    for name, start, end, chosen in parts:
        if name not in heads.labels:
            continue
        s, share = sets[name], (end - start) / len(embedding)
        part = embedding[start:end]
        weight = 0.5 if name == 'packshots' else 1.0
        total = total + weight * share * _cross_entropy(heads.labels[name](part), s.classes[chosen])
        if s.colours is not None:
            total = total + 0.5 * share * _cross_entropy(heads.colours[name](part), s.colours[chosen])
    return total


def _cross_entropy(logits, classes):
    return F.cross_entropy(logits, classes.to(logits.device), label_smoothing=0.05)
