"""Views of pictures, all vectorised over the batch and on the device of the batch.

`view` decides where to look: zoom, small in the frame, rotation, perspective, mirror. It gives the clean view, which the teacher sees.
`degrade` makes of it what the student sees: light, colour, noise, blur, occlusion. `swap_grounds` puts other pictures behind a subject.
These are the challenges that search is measured against: scale, viewpoint, lighting, partial occlusion, background.
"""
import math

import torch
from torch.nn import functional as F

GREY = 128 / 255


def uniform(count: int, low: float, high: float, device=None) -> torch.Tensor:
    return torch.empty(count, device=device).uniform_(low, high)


def chance(count: int, probability: float, device=None) -> torch.Tensor:
    return torch.rand(count, device=device) < probability


def view(pictures: torch.Tensor, boxes: torch.Tensor, side: int, masks: torch.Tensor | None = None):
    """uint8 pictures (N,S,S,3) with their content boxes (N,2) -> views (N,3,side,side) in 0..1 and, with masks (N,S,S), subjects (N,1,..).
    Outside a picture there is grey 128, as around a picture that search fits into its input."""
    count, device = len(pictures), pictures.device
    x = pictures.permute(0, 3, 1, 2).float() / 255 - GREY
    if masks is not None:
        x = torch.cat([x, masks[:, None].float() / 255], 1)
    grid = _places(boxes, side, device)
    x = F.grid_sample(x, grid, mode='bilinear', padding_mode='zeros', align_corners=False)
    return (x[:, :3] + GREY).clamp_(0, 1), None if masks is None else x[:, 3:]


def _places(boxes: torch.Tensor, side: int, device) -> torch.Tensor:
    """Where each place of the view lies in its picture, -1..1 over the whole square."""
    count = len(boxes)
    axis = (torch.arange(side, device=device) + 0.5) / side * 2 - 1
    y, x = torch.meshgrid(axis, axis, indexing='ij')
    base = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3)
    size = _scales(count, device) * boxes.max(1).values
    stretch = torch.exp(uniform(count, -0.12, 0.12, device))
    half = torch.stack([size * stretch, size / stretch], 1)
    centre = uniform(2 * count, -1, 1, device).view(count, 2) * (boxes - half).abs()
    angle = torch.randn(count, device=device) * 0.25 * chance(count, 0.4, device)
    mirror = torch.where(chance(count, 0.5, device), -1.0, 1.0)
    tilt = uniform(2 * count, -0.3, 0.3, device).view(count, 2) * chance(count, 0.3, device)[:, None]
    cosine, sine = torch.cos(angle), torch.sin(angle)
    matrix = torch.zeros(count, 3, 3, device=device)
    matrix[:, 0, 0], matrix[:, 0, 1] = half[:, 0] * mirror * cosine, -half[:, 1] * sine
    matrix[:, 1, 0], matrix[:, 1, 1] = half[:, 0] * mirror * sine, half[:, 1] * cosine
    matrix[:, 2, :2], matrix[:, 2, 2] = tilt, 1
    points = base @ matrix.transpose(1, 2)
    points = points[..., :2] / points[..., 2:].clamp(min=0.3) + centre[:, None]
    return points.view(count, side, side, 2)


def _scales(count: int, device) -> torch.Tensor:
    """Half the view's side over half the picture's longer side: a part (7 in 10), the whole (1 in 10), small in the frame (2 in 10)."""
    part = torch.sqrt(uniform(count, 0.2, 1, device))
    small = uniform(count, 1, 2.2, device)
    kind = torch.rand(count, device=device)
    return torch.where(kind < 0.7, part, torch.where(kind < 0.8, torch.ones_like(part), small))


def swap_grounds(views: torch.Tensor, subjects: torch.Tensor, others: torch.Tensor, probability: float = 0.5) -> torch.Tensor:
    """Puts a picture of `others`, or a plain colour, behind the subject of some views."""
    count, device = len(views), views.device
    behind = others[torch.randint(len(others), (count,), device=device)]
    colour = torch.rand(count, 3, 1, 1, device=device)
    behind = torch.where(chance(count, 0.25, device).view(-1, 1, 1, 1), colour.expand_as(behind), behind)
    alpha = torch.where(chance(count, probability, device).view(-1, 1, 1, 1), subjects, torch.ones_like(subjects))
    return views * alpha + behind * (1 - alpha)


def degrade(x: torch.Tensor, share: float = 0.75) -> torch.Tensor:
    """Light, colour, shadow, blur, noise and occlusion, on `share` of the views; the rest stay as they are."""
    y = _occlude(x, 0.35)
    y = _light(y)
    y = _blur(y, 0.25)
    count, device = len(x), x.device
    deviation = uniform(count, 0, 0.07, device) * chance(count, 0.35, device)
    y = y + torch.randn_like(y) * deviation.view(-1, 1, 1, 1)
    return torch.where(chance(count, share, device).view(-1, 1, 1, 1), y.clamp(0, 1), x)


def _light(x):
    count, device = len(x), x.device
    column = lambda values: values.view(-1, 1, 1, 1)
    exposure = column(torch.exp(uniform(count, -0.5, 0.4, device)))
    contrast = column(uniform(count, 0.6, 1.35, device))
    saturation = column(uniform(count, 0.5, 1.4, device) * ~chance(count, 0.04, device))
    warmth = uniform(count, -0.18, 0.18, device)
    gains = torch.exp(torch.stack([warmth, torch.zeros_like(warmth), -warmth], 1)).view(-1, 3, 1, 1)
    luma = x.mean(1, keepdim=True)
    x = luma + (x - luma) * saturation
    middle = x.mean((1, 2, 3), keepdim=True)
    return ((x - middle) * contrast + middle) * exposure * gains * _shadow(x)


def _shadow(x):
    """A ramp of darkness across one in four views."""
    count, side, device = len(x), x.shape[-1], x.device
    axis = torch.linspace(-1, 1, side, device=device)
    angle = uniform(count, 0, 2 * math.pi, device).view(-1, 1, 1)
    across = torch.cos(angle) * axis[None, None, :] + torch.sin(angle) * axis[None, :, None]
    depth = uniform(count, 0, 0.7, device) * chance(count, 0.25, device)
    return (1 - depth.view(-1, 1, 1) * torch.sigmoid(across * 4 + uniform(count, -2, 2, device).view(-1, 1, 1)))[:, None]


def _blur(x, probability):
    """Coarser pixels, as of a small or strongly compressed picture."""
    side = x.shape[-1]
    coarse = F.interpolate(x, size=max(24, round(side * float(uniform(1, 0.35, 0.7)))), mode='bilinear', align_corners=False, antialias=True)
    coarse = F.interpolate(coarse, size=side, mode='bilinear', align_corners=False)
    return torch.where(chance(len(x), probability, x.device).view(-1, 1, 1, 1), coarse, x)


def _occlude(x, probability):
    """A turned bar, box or blob over part of some views, in one colour or of another picture."""
    count, side, device = len(x), x.shape[-1], x.device
    axis = torch.linspace(-1, 1, side, device=device)
    centre = uniform(2 * count, -0.8, 0.8, device).view(count, 2, 1, 1)
    angle = uniform(count, 0, math.pi, device).view(-1, 1, 1)
    dx, dy = axis[None, None, :] - centre[:, 0], axis[None, :, None] - centre[:, 1]
    along = (dx * torch.cos(angle) + dy * torch.sin(angle)).abs() / uniform(count, 0.2, 1.6, device).view(-1, 1, 1)
    across = (dy * torch.cos(angle) - dx * torch.sin(angle)).abs() / uniform(count, 0.12, 0.5, device).view(-1, 1, 1)
    round_one = chance(count, 0.5, device).view(-1, 1, 1)
    inside = torch.where(round_one, along.square() + across.square() < 1, (along < 1) & (across < 1))
    inside = (inside & chance(count, probability, device).view(-1, 1, 1))[:, None]
    colour = torch.rand(count, 3, 1, 1, device=device).expand_as(x)
    cover = torch.where(chance(count, 0.4, device).view(-1, 1, 1, 1), x.roll(1, 0).flip(-1), colour)
    return torch.where(inside, cover, x)
