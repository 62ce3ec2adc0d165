"""Depthwise convolutions of channels-last bfloat16 on a CUDA machine, forward and backward, by kernels of our own (Triton): with large kernels cuDNN's take most of a training step (README.md, "Speed").

`conv2d` is torch's, but for what these kernels are made for: large kernels, which are the strided ones. Each sums its taps in float32. Forward and the gradient of the input gather
their taps for a block of places and channels; the gradient of the kernel is summed over chunks of places, one row of taps at a time."""
import torch
from torch.nn import functional as F

try:
    import triton
    import triton.language as tl
except ImportError:  # a machine without CUDA does not need it
    triton = None

LARGE = 6  # cuDNN is quick with kernels that are smaller
PLACES, CHANNELS = 32, 64  # of a block
CHUNKS = 512  # at most, of the gradient of a kernel


def conv2d(x: torch.Tensor, weight: torch.Tensor, stride: int, padding: int, groups: int) -> torch.Tensor:
    """(N,C,H,W), (O,C/groups,k,k) -> (N,O,H',W')."""
    if triton is not None and x.is_cuda and groups == len(weight) and weight.shape[-1] >= LARGE and torch.is_autocast_enabled('cuda'):
        return Depthwise.apply(x.bfloat16(), weight, stride, padding)
    return F.conv2d(x, weight, None, stride, padding, groups=groups)


class Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(context, x, weight, stride: int, padding: int):
        x = x.contiguous(memory_format=torch.channels_last)
        context.save_for_backward(x, weight)
        context.stride, context.padding = stride, padding
        size = weight.shape[-1]
        sides = ((length + 2 * padding - size) // stride + 1 for length in x.shape[2:])
        return _sum_taps(x, _taps(weight), (*x.shape[:2], *sides), size, stride, padding, back=False)

    @staticmethod
    def backward(context, gradient):
        x, weight = context.saved_tensors
        gradient = gradient.bfloat16().contiguous(memory_format=torch.channels_last)
        size, stride, padding = weight.shape[-1], context.stride, context.padding
        of_x = of_weight = None
        if context.needs_input_grad[0]:
            of_x = _sum_taps(gradient, _taps(weight), x.shape, size, stride, padding, back=True)
        if context.needs_input_grad[1]:
            of_weight = _correlate(x, gradient, size, stride, padding).to(weight.dtype)
        return of_x, of_weight, None, None


def _taps(weight: torch.Tensor) -> torch.Tensor:
    """(C,1,k,k) -> (k*k,C) float32, channels side by side."""
    return weight.detach().float().flatten(1).T.contiguous()


def _sum_taps(source, taps, shape, size: int, stride: int, padding: int, back: bool) -> torch.Tensor:
    """The convolution of `source`, or `back`, of a gradient, its transpose: of that shape."""
    result = torch.empty(shape, dtype=source.dtype, device=source.device, memory_format=torch.channels_last)
    count, channels, height, width = shape
    places = count * height * width
    grid = (triton.cdiv(places, PLACES), triton.cdiv(channels, CHANNELS))
    _sum_taps_kernel[grid](source, taps, result, places, channels, *source.shape[2:], height, width, BACK=back, SIZE=size, STRIDE=stride, PADDING=padding, P=PLACES, C=CHANNELS)
    return result


def _correlate(x, gradient, size: int, stride: int, padding: int) -> torch.Tensor:
    count, channels, height, width = gradient.shape
    places = count * height * width
    chunk = max(256, triton.cdiv(triton.cdiv(places, CHUNKS), 8) * 8)
    chunks = triton.cdiv(places, chunk)
    room = triton.next_power_of_2(size)
    sums = torch.empty((chunks, size, room, channels), dtype=torch.float32, device=x.device)
    grid = (chunks, triton.cdiv(channels, CHANNELS), size)
    _correlate_kernel[grid](x, gradient, sums, places, channels, *x.shape[2:], height, width, chunk, SIZE=size, ROOM=room, STRIDE=stride, PADDING=padding, P=8, C=CHANNELS)
    return sums.sum(0)[:, :size].permute(2, 0, 1)[:, None].contiguous()


if triton is not None:

    @triton.jit
    def _source_of(place, tap, BACK: tl.constexpr, STRIDE: tl.constexpr, PADDING: tl.constexpr):
        """Along one axis: where a tap of a place of the result is in the source, and whether it is none (before the border, or between the strides)."""
        if BACK:
            at = place + PADDING - tap
            missed = (at < 0) | (at % STRIDE != 0)
            at = at // STRIDE
        else:
            at = place * STRIDE + tap - PADDING
            missed = at < 0
        return at, missed

    @triton.jit
    def _sum_taps_kernel(source, taps, result, places, channels, height, width, result_height, result_width,
                         BACK: tl.constexpr, SIZE: tl.constexpr, STRIDE: tl.constexpr, PADDING: tl.constexpr, P: tl.constexpr, C: tl.constexpr):
        place = tl.program_id(0) * P + tl.arange(0, P)
        channel = tl.program_id(1) * C + tl.arange(0, C)
        here, known = place < places, channel < channels
        column, row, picture = place % result_width, (place // result_width) % result_height, place // (result_width * result_height)
        total = tl.zeros((P, C), tl.float32)
        for i in range(SIZE):
            at, above = _source_of(row, i, BACK, STRIDE, PADDING)
            for j in tl.static_range(SIZE):
                across, left = _source_of(column, j, BACK, STRIDE, PADDING)
                inside = here & ~above & ~left & (at < height) & (across < width)
                start = ((picture * height + at) * width + across) * channels
                value = tl.load(source + start[:, None] + channel[None, :], mask=inside[:, None] & known[None, :], other=0.0)
                tap = tl.load(taps + (i * SIZE + j) * channels + channel, mask=known, other=0.0)
                total += value.to(tl.float32) * tap[None, :]
        tl.store(result + place[:, None] * channels + channel[None, :], total.to(result.dtype.element_ty), mask=here[:, None] & known[None, :])

    @triton.jit
    def _correlate_kernel(x, gradient, sums, places, channels, height, width, y_height, y_width, chunk,
                          SIZE: tl.constexpr, ROOM: tl.constexpr, STRIDE: tl.constexpr, PADDING: tl.constexpr, P: tl.constexpr, C: tl.constexpr):
        first = tl.program_id(0) * chunk
        channel = tl.program_id(1) * C + tl.arange(0, C)
        i = tl.program_id(2)
        tap = tl.arange(0, ROOM)
        known = channel < channels
        total = tl.zeros((ROOM, C), tl.float32)
        for block in range(0, chunk, P):
            place = first + block + tl.arange(0, P)
            here = (place < places) & (place < first + chunk)
            column, row, picture = place % y_width, (place // y_width) % y_height, place // (y_width * y_height)
            at = row * STRIDE + i - PADDING
            across = column[:, None] * STRIDE + tap[None, :] - PADDING
            inside = (here & (at >= 0) & (at < height))[:, None] & (across >= 0) & (across < width) & (tap < SIZE)[None, :]
            start = (((picture * height + at) * width)[:, None] + across) * channels
            value = tl.load(x + start[:, :, None] + channel[None, None, :], mask=inside[:, :, None] & known[None, None, :], other=0.0)
            of_place = tl.load(gradient + place[:, None] * channels + channel[None, :], mask=here[:, None] & known[None, :], other=0.0)
            total += tl.sum(value.to(tl.float32) * of_place.to(tl.float32)[:, None, :], 0)
        into = ((tl.program_id(0) * SIZE + i) * ROOM + tap) * channels
        tl.store(sums + into[:, None] + channel[None, :], total, mask=known[None, :])
