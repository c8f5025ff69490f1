"""Where the windows of a convolution or a pooling lie, and the checks that both share.

A window has `size` taps, `dilation` cells apart; the next window starts `stride` cells on. `plan`
works the geometry out for any way to write stride, padding and dilation, `conv_windows` does so for
a whole convolution, and `pad` and `taps` turn images into what the arithmetic reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cnnlib import shapes
from cnnlib.shapes import Padding

Pair = int | tuple[int, int]

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class ConvolutionError(ValueError):
    """Arrays or settings that no convolution or pooling can work with; says what to change."""


class Windows(NamedTuple):
    """The windows over images of one size; every pair is (along height, along width)."""

    size: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]  # ((top, bottom), (left, right))
    output: tuple[int, int]  # number of windows


def plan(
    image_size: tuple[int, int],
    size: tuple[int, int],
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
) -> Windows:
    """The windows of `size` over images of `image_size`, both (height, width).

    Raises ConvolutionError when a setting has no meaning or the window does not fit even once.

    >>> plan((5, 5), (3, 3), stride=2, padding="same")
    ... # doctest: +NORMALIZE_WHITESPACE
    Windows(size=(3, 3), stride=(2, 2), dilation=(1, 1), padding=((1, 1), (1, 1)), output=(3, 3))
    """
    if isinstance(padding, list):
        padding = tuple(tuple(side) if isinstance(side, list) else side for side in padding)
    strides, dilations = pair(stride, "stride"), pair(dilation, "dilation")
    try:
        return _plan(image_size, size, strides, padding, dilations)
    except TypeError:  # a padding that cannot be hashed: let the check name it
        return _plan.__wrapped__(image_size, size, strides, padding, dilations)


@lru_cache(maxsize=4096, typed=True)
def _plan(
    image_size: tuple[int, int],
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: Padding,
    dilations: tuple[int, int],
) -> Windows:
    paddings, outputs = [], []
    for axis, name in enumerate(("height", "width")):
        cells, taps = image_size[axis], size[axis]
        step, gap = strides[axis], dilations[axis]
        try:
            before, after = shapes.axis_padding(padding, axis, cells, taps, step, gap)
        except (shapes.ShapeError, TypeError, ValueError):
            raise ConvolutionError(
                'padding must be a whole number from 0, "same", "valid" or ((top, bottom), '
                f"(left, right)); it is {padding!r:.80}."
            ) from None
        reach = (taps - 1) * gap + 1
        room = cells + before + after - reach
        if room < 0:
            raise ConvolutionError(
                f"the window reaches over {reach} cells along the {name}, but with its padding the "
                f"image has only {cells + before + after}. Use a smaller window, a smaller "
                "dilation or more padding."
            )
        paddings.append((before, after))
        outputs.append(room // step + 1)
    return Windows(size, strides, dilations, tuple(paddings), tuple(outputs))


def pair(value: Pair, name: str) -> tuple[int, int]:
    """`value` for both axes when it is one number; ConvolutionError unless whole and positive.

    >>> pair(2, "stride"), pair((1, 3), "stride")
    ((2, 2), (1, 3))
    """
    if type(value) is int and value >= 1:
        return value, value
    both = value if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2 or not all(_is_count(number) for number in both):
        raise ConvolutionError(
            f"{name} must be a whole number from 1 or a pair of them (height, width); "
            f"it is {value!r:.80}."
        )
    return int(both[0]), int(both[1])


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 1


def check_floats(array: np.ndarray, name: str, axes: str) -> None:
    """ConvolutionError unless `array` is float32 or float64 with as many axes as `axes` names."""
    if not isinstance(array, np.ndarray):
        raise ConvolutionError(f"{name} must be a NumPy array; it is a {type(array).__name__}.")
    if array.ndim != axes.count(",") + 1:
        raise ConvolutionError(f"{name} must have the axes ({axes}); its shape is {array.shape}.")
    if array.dtype not in _FLOATS:
        raise ConvolutionError(
            f"{name} must be float32 or float64; it is {array.dtype}. "
            f"{name}.astype(np.float32) makes it so."
        )


def check_shape(array: np.ndarray, name: str, shape: tuple[int, ...], why: str) -> None:
    """ConvolutionError unless `array` has floats and this very shape; `why` is in the sentence."""
    if not isinstance(array, np.ndarray) or array.dtype not in _FLOATS or array.shape != shape:
        is_array = isinstance(array, np.ndarray)
        got = f"{array.dtype} {array.shape}" if is_array else f"{array!r:.80}"
        raise ConvolutionError(f"{name} must be floats of shape {shape}, {why}; got {got}.")


def conv_windows(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None,
    stride: Pair,
    padding: Padding,
    dilation: Pair,
    groups: int,
) -> Windows:
    """The windows of a convolution whose arrays and settings fit together, or ConvolutionError."""
    check_floats(images, "images", "batch, height, width, channels")
    check_floats(kernels, "kernels", "height, width, channels // groups, filters")
    channels, filters = images.shape[3], kernels.shape[3]
    if 0 in images.shape[1:] or 0 in kernels.shape:
        raise ConvolutionError(
            f"images and kernels need at least one cell; the shapes are {images.shape} and "
            f"{kernels.shape}."
        )
    if groups != 1:
        if not _is_count(groups) or channels % groups or filters % groups:
            raise ConvolutionError(
                f"groups must divide the {channels} channels and the {filters} filters; "
                f"it is {groups!r:.80}."
            )
        channels //= groups
    if kernels.shape[2] != channels:
        share = "" if groups == 1 else f" in each of {groups} groups"
        raise ConvolutionError(
            f"each kernel must see the {channels} channels of the images{share}; kernels of shape "
            f"{kernels.shape} see {kernels.shape[2]}."
        )
    if bias is not None:
        check_shape(bias, "bias", (filters,), "one number for each filter")
    return plan(images.shape[1:3], kernels.shape[:2], stride, padding, dilation)


def pad(
    images: np.ndarray,
    padding: tuple[tuple[int, int], tuple[int, int]],
    *,
    value: float = 0.0,
) -> np.ndarray:
    """`images` (batch, height, width, channels) with a border of `value`, contiguous.

    Without a border the images themselves are returned when they are contiguous already.
    """
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return np.ascontiguousarray(images)
    batch, height, width, channels = images.shape
    shape = (batch, top + height + bottom, left + width + right, channels)
    # np.pad does the same in twenty times as long on a 32 x 32 image.
    padded = np.zeros(shape, images.dtype) if value == 0 else np.full(shape, value, images.dtype)
    padded[:, top : top + height, left : left + width] = images
    return padded


def unpad(padded: np.ndarray, padding: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    """The view of `padded` that leaves its border out."""
    (top, bottom), (left, right) = padding
    _, height, width, _ = padded.shape
    return padded[:, top : height - bottom, left : width - right]


def taps(padded: np.ndarray, windows: Windows) -> Iterator[tuple[int, int, np.ndarray]]:
    """For each tap (row, column) of the window, the view of the cells it sees in all windows.

    Each view has the shape (batch, *windows.output, channels).
    """
    (rows, columns), (down, right) = windows.output, windows.stride
    for row in range(windows.size[0]):
        top = row * windows.dilation[0]
        bottom = top + (rows - 1) * down + 1
        for column in range(windows.size[1]):
            left = column * windows.dilation[1]
            end = left + (columns - 1) * right + 1
            yield row, column, padded[:, top:bottom:down, left:end:right]
