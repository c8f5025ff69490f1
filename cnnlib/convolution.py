"""The arithmetic of a convolutional network in NumPy, forward and backward, and window by window.

This module is the front door: `conv2d`, `dense`, `batch_normalization` and the traces live here,
pooling, activations and gradients in the modules they are imported from. Images are
(batch, height, width, channels), float32 or float64, and results have the images' type.

`conv2d_by_definition` says what a convolution is, in ten lines; `conv2d` computes the same, fast.
"Convolution" is cross-correlation throughout: the kernel is not flipped, as in Keras.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnlib.activations import relu, relu_backward, softmax
from cnnlib.correlation import correlate
from cnnlib.gradients import (
    batch_normalization_backward,
    conv2d_backward,
    conv2d_image_gradient,
    dense_backward,
    softmax_cross_entropy,
)
from cnnlib.pooling import (
    average_pool2d,
    average_pool2d_backward,
    global_average_pool2d,
    global_average_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
    min_pool2d,
)
from cnnlib.shapes import Padding
from cnnlib.threads import share
from cnnlib.windows import (
    ConvolutionError,
    Pair,
    Windows,
    check_floats,
    check_shape,
    conv_windows,
    pad,
)

__all__ = [
    "ConvolutionError",
    "WindowTrace",
    "average_pool2d",
    "average_pool2d_backward",
    "batch_normalization",
    "batch_normalization_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_by_definition",
    "conv2d_image_gradient",
    "dense",
    "dense_backward",
    "global_average_pool2d",
    "global_average_pool2d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "min_pool2d",
    "relu",
    "relu_backward",
    "softmax",
    "softmax_cross_entropy",
    "window_at",
]

DENSE_ROWS = 128


def conv2d_by_definition(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """What `conv2d` computes, cell by cell: the products of a window and a kernel, summed."""
    windows = conv_windows(images, kernels, bias, stride, padding, dilation, groups)
    padded = pad(images, windows.padding)
    channels, filters = kernels.shape[2:]
    result = np.empty((len(images), *windows.output, filters), images.dtype)
    for image, row, column, number in np.ndindex(result.shape):
        rows, columns = _tap_positions(windows, row, column)
        first = number // (filters // groups) * channels
        window = padded[image][np.ix_(rows, columns)][:, :, first : first + channels]
        total = (window * kernels[:, :, :, number]).sum()
        result[image, row, column, number] = total if bias is None else total + bias[number]
    return result


def conv2d(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """Slide kernels over images: (batch, rows, columns, filters).

    Args:
        images: (batch, height, width, channels), float32 or float64, finite.
        kernels: (kernel height, kernel width, channels // groups, filters).
        bias: (filters,), added to every cell of its filter's map; none if left out.
        stride: cells from one window to the next; a number or a pair (down, right).
        padding: zeros around the images: a number, "valid" (none), "same" (as many as give
            ceil(size / stride) outputs; an odd one goes to the bottom or right, as in Keras),
            or ((top, bottom), (left, right)).
        dilation: cells from one tap of a window to the next; a number or a pair.
        groups: the channels and the filters are cut into so many groups, and each group of
            filters sees its group of channels; groups = channels is a depthwise convolution.

    The result has the type of `images`; rows = (height + padding - reach) // stride + 1 with
    reach = (kernel height - 1) * dilation + 1, and so for columns. Cells at the end that no
    window reaches are left out. A value that is not finite spoils the cells whose windows see it,
    and may spoil their neighbours to the left and right.

    Raises ConvolutionError, quoting what it got, when the arrays or settings do not fit.

    >>> image = np.arange(9.0).reshape(1, 3, 3, 1)
    >>> kernel = np.array([[1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
    >>> conv2d(image, kernel)[0, :, :, 0].tolist()
    [[-4.0, -4.0], [-4.0, -4.0]]
    """
    windows = conv_windows(images, kernels, bias, stride, padding, dilation, groups)
    if kernels.dtype != images.dtype:
        kernels = kernels.astype(images.dtype)
    if bias is not None and bias.dtype != images.dtype:
        bias = bias.astype(images.dtype)
    return correlate(images, kernels, bias, windows, groups=groups)


def dense(inputs: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """Each unit's weighted sum of all inputs: (batch, inputs) to (batch, units).

    `kernel` is (inputs, units), `bias` (units,).

    >>> dense(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]), np.array([0.5])).tolist()
    [[11.5]]
    """
    check_floats(inputs, "inputs", "batch, inputs")
    check_floats(kernel, "kernel", "inputs, units")
    if kernel.shape[0] != inputs.shape[1]:
        raise ConvolutionError(
            f"kernel needs a row for each of the {inputs.shape[1]} inputs; its shape is "
            f"{kernel.shape}."
        )
    if bias is not None:
        check_shape(bias, "bias", kernel.shape[1:], "one number for each unit")
    kernel = kernel.astype(inputs.dtype, copy=False)
    out = np.empty((len(inputs), kernel.shape[1]), inputs.dtype)

    def work(tiles: Iterator[slice]) -> None:
        for tile in tiles:
            np.matmul(inputs[tile], kernel, out=out[tile])
            if bias is not None:
                out[tile] += bias

    tiles = [slice(first, first + DENSE_ROWS) for first in range(0, len(inputs), DENSE_ROWS)]
    share(work, tiles, out.size * kernel.shape[0])
    return out


def batch_normalization(
    images: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    *,
    epsilon: float = 1e-3,
) -> np.ndarray:
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel (the last axis).

    With the given mean and variance, as a trained network is run (S. Ioffe and C. Szegedy, "Batch
    Normalization", 2015, arXiv:1502.03167, algorithm 2). `epsilon` is Keras's default.

    >>> x, one = np.array([[3.0, 5.0]]), np.ones(2)
    >>> batch_normalization(x, 2 * one, one, one, 4 * one, epsilon=0).tolist()
    [[3.0, 5.0]]
    """
    if not isinstance(images, np.ndarray) or images.ndim == 0 or images.dtype.kind != "f":
        raise ConvolutionError(f"images must be an array of floats; got {images!r:.80}.")
    channels = images.shape[-1:]
    statistics = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    for name, numbers in statistics.items():
        check_shape(numbers, name, channels, "one number for each channel")
    scale = gamma / np.sqrt(variance + epsilon)
    result = images * scale.astype(images.dtype)
    result += (beta - mean * scale).astype(images.dtype)
    return result


@dataclass(frozen=True)
class WindowTrace:
    """How one output cell came about. Arrays are float64, so that the shown numbers add up.

    `window`, `kernel`, `products`: (kernel height, kernel width, channels the filter sees).
    `channel_sums`: (channels,), the products summed for each channel.
    `total`: the sum of `channel_sums`, plus `bias`: what conv2d returns at this cell.
    `rows`, `columns`: where in the input the taps lie; below 0 or past the end in the padding.
    `padded`: (kernel height, kernel width), True where a tap lies in the padding.
    `first_channel`: the input channel that `window[:, :, 0]` shows; 0 without groups.
    """

    window: np.ndarray
    kernel: np.ndarray
    products: np.ndarray
    channel_sums: np.ndarray
    bias: float
    total: float
    rows: np.ndarray
    columns: np.ndarray
    padded: np.ndarray
    first_channel: int

    @property
    def top(self) -> int:
        """Input row of the top-left tap; negative in the padding."""
        return int(self.rows[0])

    @property
    def left(self) -> int:
        """Input column of the top-left tap; negative in the padding."""
        return int(self.columns[0])


def window_at(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    row: int,
    column: int,
    filter: int = 0,
    image: int = 0,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> WindowTrace:
    """The arithmetic behind conv2d(images, kernels, bias, ...)[image, row, column, filter].

    >>> images, kernels = np.arange(1.0, 10.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1))
    >>> trace = window_at(images, kernels, row=0, column=0, padding=1)
    >>> trace.window[:, :, 0].tolist(), trace.total, (trace.top, trace.left)
    ([[0.0, 0.0], [0.0, 1.0]], 1.0, (-1, -1))
    """
    windows = conv_windows(images, kernels, bias, stride, padding, dilation, groups)
    shape = (len(images), *windows.output, kernels.shape[3])
    cell = {"image": image, "row": row, "column": column, "filter": filter}
    for (name, index), count in zip(cell.items(), shape, strict=True):
        if not 0 <= index < count:
            raise ConvolutionError(f"{name} must be from 0 to {count - 1}; it is {index!r:.80}.")
    channels = kernels.shape[2]
    first = filter // (kernels.shape[3] // groups) * channels
    taps = _tap_positions(windows, row, column)
    padded = pad(images[image : image + 1, :, :, first : first + channels], windows.padding)
    window = padded[0][np.ix_(*taps)].astype(np.float64)
    kernel = kernels[:, :, :, filter].astype(np.float64)
    products = window * kernel
    channel_sums = products.sum(axis=(0, 1))
    its_bias = 0.0 if bias is None else float(bias[filter])
    rows, columns = (taps[axis] - windows.padding[axis][0] for axis in (0, 1))
    outside = [(at < 0) | (at >= images.shape[1 + n]) for n, at in enumerate((rows, columns))]
    return WindowTrace(
        *(window, kernel, products, channel_sums),
        bias=its_bias,
        total=float(channel_sums.sum()) + its_bias,
        rows=rows,
        columns=columns,
        padded=np.logical_or.outer(*outside),
        first_channel=first,
    )


def _tap_positions(windows: Windows, row: int, column: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the padded image that the window of one output cell sees."""
    (high, wide), (down, right) = windows.size, windows.stride
    return (
        row * down + np.arange(high) * windows.dilation[0],
        column * right + np.arange(wide) * windows.dilation[1],
    )
