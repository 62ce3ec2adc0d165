"""Step 5: recall of the same class at 1, leave one out, on the development sets: for choosing between variants, never for training.

The figures to publish come from `whymatch evaluate retrieval` on the exported file; these are the same measure, quick, in PyTorch."""
import csv
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from augment import challenge
from model import MEAN as MEAN_RGB
from model import SIDE
from model import STD as STD_RGB
from model import embed, peaked

MEAN, STD = MEAN_RGB.view(1, 3, 1, 1), STD_RGB.view(1, 3, 1, 1)
LABELS = {'clothing': 'category', 'grocery': 'product'}


def load_development(folder: Path | None, work: Path) -> dict:
    """Set -> (uint8 pictures (N,224,224,3) fitted whole with grey bars, labels). Kept in WORK, so that it is decoded once; without a folder, what is kept there."""
    sets = {}
    for name, label in LABELS.items():
        pictures, labels = (work / f'dev-{name}.{end}.npy' for end in ('pictures', 'labels'))
        if not labels.exists():
            if folder is None or not (folder / name / 'items.csv').exists():
                continue
            with open(folder / name / 'items.csv', newline='') as file:
                rows = list(csv.DictReader(file))
            np.save(pictures, np.stack([_fit(folder / name / row['file']) for row in rows]))
            np.save(labels, np.array([row[label] for row in rows]))
        sets[name] = (np.load(pictures, mmap_mode='r'), np.load(labels))
    return sets


def _fit(path: Path) -> np.ndarray:
    picture = Image.open(path).convert('RGB')
    scale = SIDE / max(picture.size)
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.BICUBIC)
    whole = Image.new('RGB', (SIDE, SIDE), (128, 128, 128))
    whole.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
    return np.asarray(whole)


def mixed_precision(device: str):
    """bfloat16 where it is faster: on GPUs."""
    return torch.autocast(device, torch.bfloat16, enabled=device == 'cuda')


def recall_at_1(net, sets: dict, device='cpu', cap: float = math.inf) -> dict:
    """Set -> share of pictures whose nearest other picture is of the same class; `challenged-SET`: the same for challenged photos of them
    (augment.py), always the same ones."""
    was_training = net.training
    net.eval()
    result = {}
    for name, (pictures, labels) in sets.items():
        plain, challenged = [], []
        with torch.no_grad(), torch.random.fork_rng(), mixed_precision(device):
            torch.manual_seed(0)
            for i in range(0, len(pictures), 64):
                batch = torch.from_numpy(np.ascontiguousarray(pictures[i : i + 64])).to(device).permute(0, 3, 1, 2).float() / 255
                photos, _ = challenge(batch, torch.ones_like(batch[:, :1]), batch, SIDE)
                for x, embeddings in ((batch, plain), (photos, challenged)):
                    x = (x - MEAN.to(device)) / STD.to(device)
                    embeddings.append(embed(peaked(net(x.contiguous(memory_format=torch.channels_last), cap).float())))
        catalogue = torch.cat(plain)
        for kind, queries in (('', catalogue), ('challenged-', torch.cat(challenged))):
            scores = (queries @ catalogue.T).cpu()
            scores.fill_diagonal_(-1)
            result[kind + name] = round(float((labels[scores.argmax(1).numpy()] == labels).mean()), 4)
    net.train(was_training)
    return result
