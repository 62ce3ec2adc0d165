"""Carries prepared sets to a machine that cannot fetch them, in files of any size: pictures as WebP, masks as bits.

`unpack` writes the arrays that prepare.py and evaluate.py wrote. The pictures have been compressed once more: good enough to train on."""
import io
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

QUALITY = 58
COUNTS = {'tiny': 8_000, 'nette': 1_500, 'woof': 1_000, 'web': 3_000}  # that travel, at most


def pack(work: Path, target: Path, names: list[str], seed: int = 7) -> int:
    """Writes the sets `names`, or so many of their pictures as COUNTS says, into one file. Returns its bytes."""
    entries = {}
    for name in names:
        arrays = {file.name.split('.')[-2]: np.load(file, mmap_mode='r') for file in _folder(work, name).glob(f'{name}.*.npy')}
        pictures = arrays.pop('pictures')
        rows = np.sort(np.random.default_rng(seed).permutation(len(pictures))[: COUNTS.get(name)])
        with ProcessPoolExecutor() as pool:
            files = list(pool.map(_encode, (pictures[row] for row in rows), chunksize=64))
        entries[f'{name}.bytes'] = np.frombuffer(b''.join(files), np.uint8)
        entries[f'{name}.ends'] = np.cumsum([0, *(len(file) for file in files)])
        for key, array in arrays.items():
            entries[f'{name}.{key}'] = np.packbits(array[rows] > 127, axis=-1) if key == 'masks' else array[rows]
    np.savez_compressed(target, **entries)
    return target.stat().st_size


def unpack(packed: Path, work: Path) -> dict:
    """Writes the arrays of what was packed. Returns the count of pictures of each set."""
    (work / 'sets').mkdir(parents=True, exist_ok=True)
    counts = {}
    with np.load(packed) as entries, ProcessPoolExecutor() as pool:
        for name in sorted({key.split('.')[0] for key in entries}):
            arrays = {key.split('.')[1]: entries[key] for key in entries if key.startswith(f'{name}.')}
            data, ends = arrays.pop('bytes').tobytes(), arrays.pop('ends')
            arrays['pictures'] = np.stack(list(pool.map(_decode, (data[a:b] for a, b in pairwise(ends)), chunksize=128)))
            if 'masks' in arrays:
                arrays['masks'] = np.unpackbits(arrays['masks'], axis=-1) * 255
            for key, array in arrays.items():
                np.save(_folder(work, name) / f'{name}.{key}.npy', array)
            counts[name] = len(arrays['pictures'])
    return counts


def _folder(work: Path, name: str) -> Path:
    return work if name.startswith('dev-') else work / 'sets'


def _encode(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, 'webp', quality=QUALITY)
    return file.getvalue()


def _decode(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))
