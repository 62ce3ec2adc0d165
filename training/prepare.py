"""Step 2: decodes every set once into arrays: WORK/sets/NAME.npz with pictures, their content boxes, classes, and masks of plain grounds."""
import io
import json
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from fetch import find_repository, git
from labels import Row, read_rows
from sets import SOURCES, Source

GREY = 128
PLAIN_LEVEL = 232  # a ground is plain where every channel is above this and it touches the border
PLAIN_BORDER = 0.55  # of a border that is plain: then the picture is not natural
CHUNK = 256


def prepare(work: Path, local: Path | None = None, workers: int = 2) -> dict:
    """Returns, and keeps in WORK/sets/counts.json, what there is of each set."""
    folder = work / 'sets'
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for source in SOURCES:
        done = folder / f'{source.name}.json'
        if not done.exists():
            repository = find_repository(work, source.repository, local)
            if repository is None:
                raise SystemExit(f'expected {source.repository}; run the step fetch first')
            done.write_text(json.dumps(_prepare(source, repository, folder, work, local, workers)))
        counts[source.name] = json.loads(done.read_text())
        print(source.name, counts[source.name], flush=True)
    (folder / 'counts.json').write_text(json.dumps(counts, indent=1) + '\n')
    return counts


def _prepare(source: Source, repository: Path, folder: Path, work: Path, local: Path | None, workers: int) -> dict:
    rows = read_rows(source, repository, _list_paths(source, repository), work, local)
    jobs = [(source, repository, rows[i : i + CHUNK]) for i in range(0, len(rows), CHUNK)]
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(_decode, jobs))
    kept = [row for part in parts for row in part[0]]
    arrays = {
        'pictures': np.concatenate([part[1] for part in parts]),
        'boxes': np.concatenate([part[2] for part in parts]),
        'classes': _indices([row.label for row in kept]),
    }
    if source.plain:
        arrays['masks'] = np.concatenate([part[3] for part in parts])
    for key in kept[0].more:
        arrays[key] = _indices([row.more[key] for row in kept])
    for key, array in arrays.items():
        np.save(folder / f'{source.name}.{key}.npy', array)
    return {'pictures': len(kept), 'classes': int(arrays['classes'].max()) + 1, 'skipped': len(rows) - len(kept), 'side': source.side}


def _indices(labels: list[str | None]) -> np.ndarray:
    """The place of each label among the sorted ones; -1 where it is not known."""
    index = {name: i for i, name in enumerate(sorted({label for label in labels if label is not None}))}
    return np.array([index.get(label, -1) for label in labels], np.int64)


def _list_paths(source: Source, repository: Path) -> list[str]:
    """Of files with the same bytes only the first."""
    first = {}
    for entry in git(repository, 'ls-tree', '-r', '-z', source.commit).decode().split('\0')[:-1]:
        kind, path = entry.split('\t', 1)
        if re.match(source.pattern, path):
            first.setdefault(kind.split()[2], path)
    return sorted(first.values())


def _decode(job):
    source, repository, rows = job
    side = source.side
    kept, pictures, boxes, masks = [], [], [], []
    for row, data in zip(rows, _blobs(repository, [f'{source.commit}:{row.path}' for row in rows])):
        try:
            content = _content(data, side, row)
        except OSError:
            continue
        if source.natural and _has_plain_border(content):
            continue
        height, width = content.shape[:2]
        top, left = (side - height) // 2, (side - width) // 2
        whole = np.full((side, side, 3), GREY, np.uint8)
        whole[top : top + height, left : left + width] = content
        kept.append(row)
        pictures.append(whole)
        boxes.append((width / side, height / side))
        if source.plain:
            mask = np.zeros((side, side), np.uint8)
            mask[top : top + height, left : left + width] = _subject(content)
            masks.append(mask)
    shape = (len(kept), side, side)
    return kept, np.array(pictures, np.uint8).reshape(*shape, 3), np.array(boxes, np.float32).reshape(-1, 2), np.array(masks, np.uint8)


def _content(data: bytes, side: int, row: Row) -> np.ndarray:
    picture = Image.open(io.BytesIO(data))
    if row.crop is None:
        picture.draft('RGB', (2 * side, 2 * side))
        box = (0, 0, *picture.size)
    else:
        left, top, right, bottom = row.crop
        box = (max(0, left), max(0, top), min(picture.width, right), min(picture.height, bottom))
    picture = picture.convert('RGB')
    width, height = box[2] - box[0], box[3] - box[1]
    scale = side / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(picture.resize(size, Image.BICUBIC, box=box, reducing_gap=2.0))


def _has_plain_border(content: np.ndarray) -> bool:
    border = np.concatenate([content[0], content[-1], content[:, 0], content[:, -1]])
    return (border.min(1) > PLAIN_LEVEL).mean() >= PLAIN_BORDER or border.std(0).max() < 4


def _blobs(repository: Path, names: list[str]) -> list[bytes]:
    """Empty for what a repository lists and lacks."""
    output = git(repository, 'cat-file', '--batch', given=''.join(f'{name}\n' for name in names).encode())
    blobs, at = [], 0
    for _ in names:
        end = output.index(b'\n', at)
        if output[at:end].endswith(b' missing'):
            blobs.append(b'')
            at = end + 1
            continue
        size = int(output[at:end].split()[2])
        blobs.append(output[end + 1 : end + 1 + size])
        at = end + 1 + size + 1
    return blobs


def _subject(content: np.ndarray) -> np.ndarray:
    """255 where the subject is, 0 on a plain light ground reached from the border; all 255 where the cut is not plausible."""
    from scipy import ndimage

    light = content.min(2) > PLAIN_LEVEL
    regions, _ = ndimage.label(light)
    border = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
    subject = ~np.isin(regions, border[border > 0])
    share = subject.mean()
    return (subject if 0.04 < share < 0.9 else np.ones_like(subject)).astype(np.uint8) * 255
