"""Step 2: decodes every set once into arrays: WORK/sets/NAME.npz with pictures, their content boxes, classes, and masks of plain grounds."""
import csv
import hashlib
import io
import json
import re
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from fetch import find_repository
from sets import MYNTRA_TABLES, SOURCES, Source

GREY = 128
PLAIN_LEVEL = 232  # a ground is plain where every channel is above this and it touches the border
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
    paths = _list_paths(source, repository)
    labels, more = _labels(source, paths, work, local)
    paths = [path for path in paths if path in labels]
    jobs = [(str(repository), paths[i : i + CHUNK], source.side, source.plain) for i in range(0, len(paths), CHUNK)]
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(_decode, jobs))
    kept = [path for part in parts for path in part[0]]
    names = sorted({labels[path] for path in kept})
    index = {name: i for i, name in enumerate(names)}
    arrays = {
        'pictures': np.concatenate([part[1] for part in parts]),
        'boxes': np.concatenate([part[2] for part in parts]),
        'classes': np.array([index[labels[path]] for path in kept], np.int64),
    }
    if source.plain:
        arrays['masks'] = np.concatenate([part[3] for part in parts])
    for key, values in more.items():
        options = sorted(set(values.values()))
        arrays[key] = np.array([options.index(values[path]) for path in kept], np.int64)
    for key, array in arrays.items():
        np.save(folder / f'{source.name}.{key}.npy', array)
    return {'pictures': len(kept), 'classes': len(names), 'skipped': len(paths) - len(kept), 'side': source.side}


def _list_paths(source: Source, repository: Path) -> list[str]:
    listing = subprocess.run(['git', '-C', str(repository), 'ls-tree', '-r', '-z', '--name-only', 'HEAD'], check=True, capture_output=True)
    return sorted(path for path in listing.stdout.decode().split('\0') if re.match(source.pattern, path))


def _labels(source: Source, paths: list[str], work: Path, local: Path | None) -> tuple[dict, dict]:
    """Path -> class, and further labels by name. A path without a class is not used."""
    if source.name == 'myntra':
        return _myntra_labels(paths, work, local)
    pattern = re.compile(source.pattern)
    return {path: (pattern.match(path).groups() or (path,))[0] for path in paths}, {}


def _myntra_labels(paths: list[str], work: Path, local: Path | None) -> tuple[dict, dict]:
    repository = find_repository(work, MYNTRA_TABLES, local)
    tables = [subprocess.run(['git', '-C', str(repository), 'show', f'HEAD:{name}'], check=True, capture_output=True).stdout.decode()
              for name in ('styles.csv', 'styles_text.csv')]
    rows = {row['id']: (row, text['productDisplayName']) for row, text in zip(*(csv.DictReader(io.StringIO(t)) for t in tables), strict=True)}
    types, colours = {}, {}
    for path in paths:
        row, title = rows.get(Path(path).stem, (None, None))
        if row is None or not title or is_held_out(title):
            continue
        types[path], colours[path] = row['articleType'], row['baseColour']
    return types, {'colours': colours}


def is_held_out(title: str) -> bool:
    """One title in five is kept for measuring: by the MD5 of the title, lower-case and trimmed."""
    return int(hashlib.md5(title.strip().lower().encode()).hexdigest(), 16) % 5 == 0


def _decode(job):
    repository, paths, side, plain = job
    kept, pictures, boxes, masks = [], [], [], []
    for path, data in zip(paths, _blobs(repository, paths)):
        try:
            picture = Image.open(io.BytesIO(data))
            picture.draft('RGB', (2 * side, 2 * side))
            picture = picture.convert('RGB')
        except OSError:
            continue
        scale = side / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        content = np.asarray(picture.resize(size, Image.BICUBIC, reducing_gap=2.0))
        top, left = (side - size[1]) // 2, (side - size[0]) // 2
        whole = np.full((side, side, 3), GREY, np.uint8)
        whole[top : top + size[1], left : left + size[0]] = content
        kept.append(path)
        pictures.append(whole)
        boxes.append((size[0] / side, size[1] / side))
        if plain:
            mask = np.zeros((side, side), np.uint8)
            mask[top : top + size[1], left : left + size[0]] = _subject(content)
            masks.append(mask)
    return kept, np.array(pictures, np.uint8), np.array(boxes, np.float32), np.array(masks, np.uint8)


def _blobs(repository: str, paths: list[str]) -> list[bytes]:
    names = ''.join(f'HEAD:{path}\n' for path in paths)
    output = subprocess.run(['git', '-C', repository, 'cat-file', '--batch'], input=names.encode(), check=True, capture_output=True).stdout
    blobs, at = [], 0
    for _ in paths:
        end = output.index(b'\n', at)
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
