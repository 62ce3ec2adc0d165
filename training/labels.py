"""Which pictures of a repository a set has, with the class of each: from the paths, or from the tables that came with them."""
import csv
import hashlib
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from fetch import find_repository, read_blob
from sets import MYNTRA_TABLES, Source

SMALLEST_GARMENT = 96  # pixels: the shorter side of its box
GARMENT_MARGIN = 0.12  # of the box, on each side
CATEGORIES = ('shirt', 'sweater', 't-shirt', 'outerwear', 'suit', 'tank top', 'dress')
SLEEVES = ('none', 'short', 'long')


@dataclass(frozen=True)
class Row:
    """A picture, or a part of one: `crop` is left, top, right, bottom in pixels. `label` None: its class is not known, only the teachers
    speak of it. `more`: further labels by their name, as the colour."""

    path: str
    label: str | None = None
    crop: tuple[float, float, float, float] | None = None
    more: dict[str, str | None] = field(default_factory=dict)


def read_rows(source: Source, repository: Path, paths: list[str], work: Path, local: Path | None) -> list[Row]:
    """The rows of one set. `paths`: those of the repository that match its pattern."""
    if source.labels == 'myntra':
        return _myntra(paths, find_repository(work, MYNTRA_TABLES, local))
    if source.labels == 'garments':
        return _garments(paths, repository, source.commit)
    if source.labels == 'attributes':
        return _attributes(paths, repository, source.commit)
    pattern = re.compile(source.pattern)
    label = {'folder': lambda path: pattern.match(path).group(1), 'own': lambda path: path, 'none': lambda path: None}[source.labels]
    return [Row(path, label(path)) for path in paths]


def _myntra(paths: list[str], tables: Path) -> list[Row]:
    """Article types and colours, without the titles that are held out."""
    styles, texts = (csv.DictReader(io.StringIO(read_blob(tables, name).decode())) for name in ('styles.csv', 'styles_text.csv'))
    rows = {row['id']: (row, text['productDisplayName']) for row, text in zip(styles, texts, strict=True)}
    result = []
    for path in paths:
        row, title = rows.get(Path(path).stem, (None, None))
        if row is not None and title and not is_held_out(title):
            result.append(Row(path, row['articleType'], more={'colours': row['baseColour']}))
    return result


def is_held_out(title: str) -> bool:
    """One title in five is kept for measuring: by the MD5 of the title, lower-case and trimmed."""
    return int(hashlib.md5(title.strip().lower().encode()).hexdigest(), 16) % 5 == 0


def _garments(paths: list[str], repository: Path, commit: str) -> list[Row]:
    """Each garment of Fashionpedia's pictures that is large enough, cut out by its box with a margin; its class is its category."""
    result, there = [], set(paths)
    for picture in json.loads(read_blob(repository, 'Dataset/final_dataset.json', commit)).values():
        path = f'Dataset/{picture["image_path"]}'
        for garment in picture['garments'] if path in there else []:
            x, y, width, height = garment['bbox']
            if min(width, height) >= SMALLEST_GARMENT:
                dx, dy = GARMENT_MARGIN * width, GARMENT_MARGIN * height
                result.append(Row(path, garment['category'], (x - dx, y - dy, x + width + dx, y + height + dy)))
    return result


def _attributes(paths: list[str], repository: Path, commit: str) -> list[Row]:
    """Category and length of the sleeves of the Clothing Attribute Dataset, where its six readers agreed."""
    from scipy.io import loadmat

    tables = [loadmat(io.BytesIO(read_blob(repository, f'ClothingAttributeDataset/labels/{name}_GT.mat', commit)))['GT'].ravel()
              for name in ('category', 'sleevelength')]
    name = lambda options, value: options[int(value) - 1] if value == value else None
    result = []
    for path in paths:
        category, sleeves = (table[int(Path(path).stem) - 1] for table in tables)
        result.append(Row(path, name(CATEGORIES, category), more={'sleeves': name(SLEEVES, sleeves)}))
    return result
