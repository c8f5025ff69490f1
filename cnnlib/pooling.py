"""Pooling: the largest, smallest or mean value of each window, channel by channel.

Images are (batch, height, width, channels), float32 or float64. `size` and `stride` are a number or
a pair (height, width), and `stride` is `size` unless given. `padding` is written as for `conv2d`;
cells of the padding never win and never count, as in Keras.
"""

from __future__ import annotations

import numpy as np

from cnnlib.shapes import Padding
from cnnlib.windows import (
    ConvolutionError,
    Pair,
    Windows,
    check_floats,
    check_shape,
    pad,
    pair,
    plan,
    taps,
    unpad,
)

IMAGE_AXES = "batch, height, width, channels"


def max_pool2d(
    images: np.ndarray, size: Pair, *, stride: Pair | None = None, padding: Padding = 0
) -> np.ndarray:
    """The largest value of each window: (batch, rows, columns, channels).

    >>> images = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> max_pool2d(images, 2)[0, :, :, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    return _pool(images, pool_windows(images, size, stride, padding), np.maximum, -np.inf)


def min_pool2d(
    images: np.ndarray, size: Pair, *, stride: Pair | None = None, padding: Padding = 0
) -> np.ndarray:
    """The smallest value of each window: (batch, rows, columns, channels).

    >>> images = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> min_pool2d(images, 2)[0, :, :, 0].tolist()
    [[0.0, 2.0], [8.0, 10.0]]
    """
    return _pool(images, pool_windows(images, size, stride, padding), np.minimum, np.inf)


def average_pool2d(
    images: np.ndarray, size: Pair, *, stride: Pair | None = None, padding: Padding = 0
) -> np.ndarray:
    """The mean of each window's cells that lie in the image: (batch, rows, columns, channels).

    >>> images = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> average_pool2d(images, 2)[0, :, :, 0].tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """
    windows = pool_windows(images, size, stride, padding)
    sums = _pool(images, windows, np.add, 0.0)
    sums /= _cells_seen(windows, images.shape[1:3], images.dtype)
    return sums


def global_average_pool2d(images: np.ndarray) -> np.ndarray:
    """The mean of each channel: (batch, channels).

    >>> global_average_pool2d(np.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[3.0, 4.0]]
    """
    check_floats(images, "images", IMAGE_AXES)
    batch, height, width, channels = images.shape
    return images.reshape(batch, height * width, channels).mean(axis=1)


def max_pool2d_backward(
    grad: np.ndarray,
    images: np.ndarray,
    size: Pair,
    *,
    stride: Pair | None = None,
    padding: Padding = 0,
) -> np.ndarray:
    """Gradient with respect to `images`, given `grad` with respect to max_pool2d(images, ...).

    Each window passes its gradient to its largest cell; to the first of them, row by row, where
    several are equal, as TensorFlow does.
    """
    windows = pool_windows(images, size, stride, padding)
    largest = _pool(images, windows, np.maximum, -np.inf)
    check_shape(grad, "grad", largest.shape, "as max_pool2d returns")
    padded = pad(images, windows.padding, value=-np.inf)
    gradient = np.zeros_like(padded)
    unclaimed = np.ones(largest.shape, bool)
    for seen, passed in zip(taps(padded, windows), taps(gradient, windows), strict=True):
        wins = (seen[2] == largest) & unclaimed
        unclaimed &= ~wins
        passed[2][...] += grad * wins
    return np.ascontiguousarray(unpad(gradient, windows.padding))


def average_pool2d_backward(
    grad: np.ndarray,
    images: np.ndarray,
    size: Pair,
    *,
    stride: Pair | None = None,
    padding: Padding = 0,
) -> np.ndarray:
    """Gradient with respect to `images`, given `grad` with respect to average_pool2d(images, ...).

    Each window passes equal parts of its gradient to all its cells.
    """
    windows = pool_windows(images, size, stride, padding)
    batch, height, width, channels = images.shape
    check_shape(grad, "grad", (batch, *windows.output, channels), "as average_pool2d returns")
    parts = (grad / _cells_seen(windows, (height, width), images.dtype)).astype(images.dtype)
    (top, bottom), (left, right) = windows.padding
    shape = (batch, top + height + bottom, left + width + right, channels)
    gradient = np.zeros(shape, images.dtype)
    for _, _, passed in taps(gradient, windows):
        passed += parts
    return np.ascontiguousarray(unpad(gradient, windows.padding))


def global_average_pool2d_backward(grad: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Gradient with respect to `images`, given `grad` (batch, channels)."""
    check_floats(images, "images", IMAGE_AXES)
    batch, height, width, channels = images.shape
    check_shape(grad, "grad", (batch, channels), "as global_average_pool2d returns")
    spread = (grad / (height * width)).astype(images.dtype)[:, None, None, :]
    return np.broadcast_to(spread, images.shape).copy()


def pool_windows(images: np.ndarray, size: Pair, stride: Pair | None, padding: Padding) -> Windows:
    """The windows of a pooling over `images`, or ConvolutionError."""
    check_floats(images, "images", IMAGE_AXES)
    sizes = pair(size, "size")
    windows = plan(images.shape[1:3], sizes, sizes if stride is None else stride, padding)
    for name, cells, border in zip(("height", "width"), sizes, windows.padding, strict=True):
        if max(border) >= cells:
            raise ConvolutionError(
                f"padding must be smaller than the window, or some windows see no image at all; "
                f"along the {name} it is {border} for a window of {cells}."
            )
    return windows


def _pool(images: np.ndarray, windows: Windows, combine: np.ufunc, border: float) -> np.ndarray:
    """`combine` over each window: first down its columns, then along the row that is left.

    For a window of size n that is 2 n steps instead of n * n.
    """
    padded = pad(images, windows.padding, value=border)
    (rows, columns), (down, right) = windows.output, windows.stride
    bottom, end = (rows - 1) * down + 1, (columns - 1) * right + 1
    lines = [padded[:, tap : tap + bottom : down] for tap in range(windows.size[0])]
    combined = _combine(lines, combine)
    cells = [combined[:, :, tap : tap + end : right] for tap in range(windows.size[1])]
    return _combine(cells, combine)


def _combine(parts: list[np.ndarray], combine: np.ufunc) -> np.ndarray:
    if len(parts) == 1:
        return parts[0].copy()
    total = combine(parts[0], parts[1])
    for part in parts[2:]:
        combine(total, part, out=total)
    return total


def _cells_seen(
    windows: Windows, image_size: tuple[int, int], dtype: np.dtype
) -> np.ndarray | float:
    """How many cells of the image each window sees: (rows, columns, 1), or one number for all."""
    if windows.padding == ((0, 0), (0, 0)):
        return float(windows.size[0] * windows.size[1])
    seen = []
    for axis in (0, 1):
        first = np.arange(windows.output[axis]) * windows.stride[axis] - windows.padding[axis][0]
        last = first + windows.size[axis]
        seen.append(np.minimum(last, image_size[axis]) - np.maximum(first, 0))
    return np.multiply.outer(*seen)[:, :, None].astype(dtype)
