"""Step 5: recall of the same class at 1, leave one out, on the development sets: for choosing between variants, never for training.

The figures to publish come from `whymatch evaluate retrieval` on the exported file; these are the same measure, quick, in PyTorch."""
import csv
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from model import MEAN as MEAN_RGB
from model import STD as STD_RGB
from model import embed

SIDE = 192
MEAN, STD = MEAN_RGB.view(1, 3, 1, 1), STD_RGB.view(1, 3, 1, 1)
LABELS = {'clothing': 'category', 'grocery': 'product'}


def load_development(folder: Path, work: Path) -> dict:
    """Set -> (uint8 pictures (N,192,192,3) fitted whole with grey bars, labels). Kept in WORK, so that it is decoded once."""
    sets = {}
    for name, label in LABELS.items():
        if not (folder / name / 'items.csv').exists():
            continue
        with open(folder / name / 'items.csv', newline='') as file:
            rows = list(csv.DictReader(file))
        kept = work / f'dev-{name}.npy'
        if not kept.exists():
            np.save(kept, np.stack([_fit(folder / name / row['file']) for row in rows]))
        sets[name] = (np.load(kept, mmap_mode='r'), np.array([row[label] for row in rows]))
    return sets


def _fit(path: Path) -> np.ndarray:
    picture = Image.open(path).convert('RGB')
    scale = SIDE / max(picture.size)
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.BICUBIC)
    whole = Image.new('RGB', (SIDE, SIDE), (128, 128, 128))
    whole.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
    return np.asarray(whole)


def recall_at_1(net, sets: dict, device='cpu') -> dict:
    """Set -> share of pictures whose nearest other picture is of the same class."""
    was_training = net.training
    net.eval()
    result = {}
    for name, (pictures, labels) in sets.items():
        embeddings = []
        with torch.no_grad(), torch.autocast(device, torch.bfloat16):
            for i in range(0, len(pictures), 64):
                batch = torch.from_numpy(np.ascontiguousarray(pictures[i : i + 64])).permute(0, 3, 1, 2).float() / 255
                batch = ((batch - MEAN) / STD).to(device).contiguous(memory_format=torch.channels_last)
                embeddings.append(embed(net(batch)))
        embeddings = torch.cat(embeddings).cpu()
        scores = embeddings @ embeddings.T
        scores.fill_diagonal_(-1)
        result[name] = round(float((labels[scores.argmax(1).numpy()] == labels).mean()), 4)
    net.train(was_training)
    return result
