"""Views of pictures, all vectorised over the batch and on the device of the batch.

`view` decides where to look: a part, the whole, small in the frame. It gives the clean view: what the teachers see, and what stands in a
catalogue. `challenge` makes of it a customer's photo: scale, viewpoint, background, partial occlusion, lighting, more or less of each.
These are the challenges that search is measured against (src/image/transform), in other mixtures and shapes."""
import math
from functools import lru_cache

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch.nn import functional as F

GREY = 128 / 255
SKIN = torch.tensor([205, 150, 120]) / 255


def uniform(count: int, low: float, high: float, device=None) -> torch.Tensor:
    return torch.empty(count, device=device).uniform_(low, high)


def chance(count: int, probability: float, device=None) -> torch.Tensor:
    return torch.rand(count, device=device) < probability


def signs(count: int, device=None) -> torch.Tensor:
    return torch.where(chance(count, 0.5, device), -1.0, 1.0)


def column(values: torch.Tensor) -> torch.Tensor:
    return values.view(-1, 1, 1, 1)


def view(pictures: torch.Tensor, boxes: torch.Tensor, side: int, masks: torch.Tensor | None = None):
    """uint8 pictures (N,S,S,3) with their content boxes (N,2) -> views (N,3,side,side) in 0..1, and subjects (N,1,side,side): of `masks`
    (N,S,S), or the content. Outside a picture there is grey 128, as around a picture that search fits into its input."""
    count, device = len(pictures), pictures.device
    alpha = torch.ones_like(pictures[..., 0]) * 255 if masks is None else masks
    x = torch.cat([pictures.permute(0, 3, 1, 2).float() / 255 - GREY, alpha[:, None].float() / 255], 1)
    longest = boxes.max(1).values
    half = _scales(count, device) * longest
    stretch = torch.exp(uniform(count, -0.12, 0.12, device))
    half = torch.stack([half * stretch, half / stretch], 1)
    centre = uniform(2 * count, -1, 1, device).view(count, 2) * (boxes - half).abs()
    matrix = torch.diag_embed(half)
    matrix[:, 0, 0] *= signs(count, device)
    matrix = _rotation(torch.randn(count, device=device) * 0.2 * chance(count, 0.2, device)) @ matrix
    points = _square(side, device) @ matrix.transpose(1, 2) + centre[:, None]
    x = F.grid_sample(x, points.view(count, side, side, 2), padding_mode='zeros', align_corners=False)
    return (x[:, :3] + GREY).clamp_(0, 1), x[:, 3:]


def _scales(count: int, device) -> torch.Tensor:
    """Half the view's side over half the picture's longer side: a part (half of the views), the whole (3 in 10), small in the frame."""
    part = torch.sqrt(uniform(count, 0.2, 1, device))
    small = uniform(count, 1, 1.8, device)
    kind = torch.rand(count, device=device)
    return torch.where(kind < 0.5, part, torch.where(kind < 0.8, torch.ones_like(part), small))


def _square(side: int, device) -> torch.Tensor:
    """The places of a square, -1..1: (1, side * side, 2)."""
    axis = (torch.arange(side, device=device) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing='ij')
    return torch.stack([x, y], -1).view(1, -1, 2)


def _rotation(angle: torch.Tensor) -> torch.Tensor:
    cosine, sine = torch.cos(angle), torch.sin(angle)
    return torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)


def challenge(views: torch.Tensor, subjects: torch.Tensor, others: torch.Tensor, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Clean views (N,3,H,W) in 0..1, their subjects (N,1,H,W), other pictures (M,3,H,W) -> what a customer's photos of the same things
    might look like (N,3,side,side), and where in its view each of their pixels is (N,side,side,2): -1..1 inside. One in ten stays as it is but for its size."""
    x = swap_grounds(views, subjects, others, 0.25)
    x, points = _moved(x, others, side)
    x = _occlude(x, others, 0.6)
    x = _light(x)
    x = _blur(x, 0.2)
    count, device = len(x), x.device
    deviation = uniform(count, 0, 0.12, device) * chance(count, 0.3, device)
    x = (x + torch.randn_like(x) * column(deviation)).clamp(0, 1)
    same = column(chance(count, 0.1, device))
    return torch.where(same, resized(views, side), x), torch.where(same, _square(side, device).view(1, side, side, 2), points)


def swap_grounds(views: torch.Tensor, subjects: torch.Tensor, others: torch.Tensor, probability: float = 0.5) -> torch.Tensor:
    """Puts a picture of `others`, or a plain colour, behind the subject of some views."""
    count, device = len(views), views.device
    behind = others[torch.randint(len(others), (count,), device=device)]
    colour = torch.rand(count, 3, 1, 1, device=device)
    behind = torch.where(column(chance(count, 0.25, device)), colour.expand_as(behind), behind)
    alpha = torch.where(column(chance(count, probability, device)), subjects, torch.ones_like(subjects))
    return views * alpha + behind * (1 - alpha)


def _moved(x: torch.Tensor, others: torch.Tensor, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Scale and viewpoint: nearer (3 in 10), farther (4 in 10) on another picture, a colour, or the colour of its edge; turned, tilted, mirrored."""
    count, device = len(x), x.device
    kind = torch.rand(count, device=device)
    nearer, farther = kind < 0.3, (kind >= 0.3) & (kind < 0.7)
    half = torch.ones(count, device=device)
    half = torch.where(nearer, 1 / uniform(count, 1, 2.5, device), half)
    half = torch.where(farther, 1 / uniform(count, 0.4, 1, device), half)
    room = torch.where(nearer, (1 - half) * 0.5, (half - 1).clamp(min=0))  # what is nearer stays near the middle
    centre = uniform(2 * count, -1, 1, device).view(count, 2) * room[:, None]
    stretch = torch.exp(uniform(count, -0.15, 0.15, device))
    matrix = torch.diag_embed(torch.stack([half * stretch * signs(count, device), half / stretch], 1))
    matrix = _rotation(torch.randn(count, device=device) * 0.3 * chance(count, 0.35, device)) @ matrix
    # as a plane turned around an axis through its centre, made smaller so that little is cut (as inPerspective of src/image/transform)
    strength = uniform(count, 0, 0.55, device) * chance(count, 0.35, device)
    axis = uniform(count, 0, 2 * math.pi, device)
    normal = torch.stack([torch.cos(axis), torch.sin(axis)], 1)
    base = _square(side, device)
    points = base * (1 + strength).view(-1, 1, 1)
    points = points / (1 + strength.view(-1, 1) * (points @ normal[:, :, None])[..., 0])[..., None].clamp(min=0.2)
    points = points @ matrix.transpose(1, 2) + centre[:, None]
    grid = points.view(count, side, side, 2)
    moved = F.grid_sample(torch.cat([x, torch.ones_like(x[:, :1])], 1), grid, padding_mode='zeros', align_corners=False)
    alpha = moved[:, 3:]
    edge = torch.cat([x[:, :, 0], x[:, :, -1], x[:, :, :, 0], x[:, :, :, -1]], 2).mean(2)[..., None, None]
    kind = torch.rand(count, device=device)
    plain = torch.where(column(kind < 0.3), edge, torch.rand(count, 3, 1, 1, device=device))
    ground = resized(others, side)[torch.randint(len(others), (count,), device=device)]
    ground = torch.where(column((kind >= 0.55) & farther), ground, plain.expand_as(ground))
    return moved[:, :3] + ground * (1 - alpha), grid


def resized(x: torch.Tensor, side: int) -> torch.Tensor:
    return x if x.shape[-1] == side else F.interpolate(x, size=side, mode='bilinear', align_corners=False, antialias=True)


def _occlude(x: torch.Tensor, others: torch.Tensor, probability: float) -> torch.Tensor:
    """Over some views: a turned box or blob, bars, a hand, or (twice as often) a line of text, hiding up to half; in one colour or of another picture."""
    count, side, device = len(x), x.shape[-1], x.device
    kind = torch.randint(6, (count,), device=device).clamp(max=4)
    kind[~chance(count, probability, device)] = -1
    cover = torch.rand(count, 3, 1, 1, device=device).expand_as(x).clone()
    pictured = chance(count, 0.25, device) & (kind <= 1)
    cover[pictured] = resized(others, side)[torch.randint(len(others), (int(pictured.sum()),), device=device)]
    inside = torch.zeros(count, side, side, dtype=torch.bool, device=device)
    for i, shape in enumerate((_box, _blob, _bars, _hand)):
        chosen = (kind == i).nonzero()[:, 0]
        if len(chosen):
            inside[chosen] = shape(len(chosen), side, device)
    hands = kind == 3
    cover[hands] = (SKIN.to(device) * uniform(int(hands.sum()), 0.4, 1.15, device)[:, None]).clamp(max=1)[..., None, None].expand_as(cover[hands])
    x = torch.where(inside[:, None], cover, x)
    lines = (kind == 4).nonzero()[:, 0]
    if len(lines):
        band, letters = _text(len(lines), side, device)
        x[lines] = torch.where(band, cover[lines], x[lines])
        x[lines] = torch.lerp(x[lines], torch.rand(len(lines), 3, 1, 1, device=device), letters)
    return x


def _turned(count: int, side: int, device, most: float):
    """Coordinates of the places, -1..1, around random centres and turned by up to `most` radians: two of (count, side, side)."""
    points = _square(side, device) - uniform(2 * count, -0.8, 0.8, device).view(count, 1, 2)
    points = points @ _rotation(uniform(count, -most, most, device) * chance(count, 0.6, device))
    return points.view(count, side, side, 2).unbind(-1)


def _box(count: int, side: int, device):
    area, ratio = uniform(count, 0.05, 0.5, device), torch.exp(uniform(count, -0.6, 0.6, device))
    x, y = _turned(count, side, device, 0.8)
    return (x.abs() < torch.sqrt(area * ratio).view(-1, 1, 1)) & (y.abs() < torch.sqrt(area / ratio).view(-1, 1, 1))


def _blob(count: int, side: int, device):
    area, ratio = uniform(count, 0.05, 0.5, device) * 4 / math.pi, torch.exp(uniform(count, -0.7, 0.7, device))
    x, y = _turned(count, side, device, math.pi)
    return x.square() / (area * ratio).view(-1, 1, 1) + y.square() / (area / ratio).view(-1, 1, 1) < 1


def _bars(count: int, side: int, device):
    """Upright, level or slanted, three to nine of them across the view."""
    angle = torch.where(chance(count, 0.5, device), 0.0, math.pi / 2) + torch.randn(count, device=device) * 0.25 * chance(count, 0.4, device)
    direction = torch.stack([torch.cos(angle), torch.sin(angle)], 1)
    across = (_square(side, device) @ direction[:, :, None]).view(count, side, side)
    frequency = torch.exp(uniform(count, math.log(3), math.log(9), device)) / 2
    phase = (across * frequency.view(-1, 1, 1) + torch.rand(count, 1, 1, device=device)) % 1
    return phase < uniform(count, 0.08, 0.5, device).view(-1, 1, 1)


def _hand(count: int, side: int, device):
    """Discs in a row for each of four fingers, from a palm on an edge towards the centre."""
    angle = uniform(count, 0, 2 * math.pi, device)
    reach = uniform(count, 0.8, 1.05, device)
    palm = torch.stack([torch.cos(angle), torch.sin(angle)], 1) * reach[:, None]
    size = uniform(count, 0.6, 2, device)
    points = _square(side, device)
    inside = (points - palm[:, None]).square().sum(2) < (0.32 * size).square()[:, None]
    for finger in range(4):
        direction = angle + math.pi + (finger - 1.5) * 0.28 + uniform(count, -0.1, 0.1, device)
        along = torch.stack([torch.cos(direction), torch.sin(direction)], 1)
        for joint in range(1, 7):
            disc = palm + along * (0.24 + 0.09 * joint)
            inside |= (points - disc[:, None]).square().sum(2) < (0.09 * size).square()[:, None]
    return inside.view(count, side, side)


def _text(count: int, side: int, device) -> tuple[torch.Tensor, torch.Tensor]:
    """A band across the view, level or a little slanted, and a word on it (masks, N,1,side,side); one in four without its band."""
    x, y = _turned(count, side, device, 0.25)
    share = uniform(count, 0.08, 0.5, device)
    band = (y.abs() < share.view(-1, 1, 1)) & chance(count, 0.75, device).view(-1, 1, 1)
    bank, widths = _words(str(device))
    word = torch.randint(len(bank), (count,), device=device)
    aspect = widths[word] * torch.exp(uniform(count, -0.3, 0.3, device))  # a word's width over its height
    half = torch.minimum(share * uniform(count, 0.45, 0.95, device), uniform(count, 0.5, 1.4, device) / aspect)
    points = torch.stack([x / (half * aspect).view(-1, 1, 1), y / half.view(-1, 1, 1)], 3)
    points[..., 0] += torch.clamp(1 - 1 / (half * aspect), min=0).view(-1, 1, 1) * uniform(count, -1, 1, device).view(-1, 1, 1)
    return band[:, None], F.grid_sample(bank[word], points, align_corners=False)


@lru_cache
def _words(device: str, count: int = 256) -> tuple[torch.Tensor, torch.Tensor]:
    """Words of random letters in several weights, as masks (N,1,40,320) that each fill theirs, and their widths over their heights."""
    random = np.random.default_rng(0)
    masks, widths = [], []
    for _ in range(count):
        letters = random.choice(list(random.choice(['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz', 'AEIOULNRST0123456789%!'])), random.integers(3, 11))
        weight = int(random.integers(0, 5))
        picture = Image.new('L', (900, 120))
        ImageDraw.Draw(picture).text((20, 20), ''.join(letters), 255, ImageFont.load_default(60), stroke_width=weight)
        box = picture.getbbox()
        widths.append((box[2] - box[0]) / (box[3] - box[1]))
        masks.append(np.asarray(picture.resize((320, 40), Image.BILINEAR, box=box)))
    return torch.from_numpy(np.stack(masks)[:, None]).to(device).float() / 255, torch.tensor(widths, device=device)


def _light(x: torch.Tensor) -> torch.Tensor:
    count, device = len(x), x.device
    often = lambda probability: chance(count, probability, device)
    exposure = column(torch.exp(uniform(count, -0.8, 0.6, device) * often(0.6)))
    contrast = column(torch.exp(uniform(count, -0.7, 0.4, device) * often(0.5)))
    saturation = column(1 + uniform(count, -0.5, 0.4, device) * often(0.4))
    warmth = uniform(count, -0.25, 0.25, device) * often(0.5)
    gains = torch.exp(torch.stack([warmth, torch.zeros_like(warmth), -warmth], 1)).view(-1, 3, 1, 1)
    luma = x.mean(1, keepdim=True)
    x = luma + (x - luma) * saturation
    return ((x - 0.5) * contrast + 0.5) * exposure * gains * _shadow(x)


def _shadow(x: torch.Tensor) -> torch.Tensor:
    """A ramp of darkness across one in five views."""
    count, side, device = len(x), x.shape[-1], x.device
    angle = uniform(count, 0, 2 * math.pi, device)
    direction = torch.stack([torch.cos(angle), torch.sin(angle)], 1)
    across = (_square(side, device) @ direction[:, :, None]).view(count, 1, side, side)
    depth = uniform(count, 0, 0.7, device) * chance(count, 0.2, device)
    steep = column(torch.exp(uniform(count, 1, 2.5, device)))
    return 1 - column(depth) * torch.sigmoid((across + column(uniform(count, -0.4, 0.4, device))) * steep)


def _blur(x: torch.Tensor, probability: float) -> torch.Tensor:
    """Coarser pixels, as of a small or strongly compressed picture."""
    side = x.shape[-1]
    coarse = F.interpolate(x, size=max(24, round(side * float(uniform(1, 0.3, 0.7)))), mode='bilinear', align_corners=False, antialias=True)
    coarse = F.interpolate(coarse, size=side, mode='bilinear', align_corners=False)
    return torch.where(column(chance(len(x), probability, x.device)), coarse, x)
