"""What the stage draws: an image, what slides over it, and what comes out, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cnnlib.convolution import average_pool2d, conv2d, max_pool2d, min_pool2d, relu
from cnnlib.shapes import Padding
from cnnlib.windows import Pair, Windows, pair, plan
from pages.support.encoded import array_text

Mode = Literal["convolution", "max", "average", "min"]

MOST_CHANNELS = 64
MOST_VALUES = 131_072  # in one input: 208 x 208 x 3; as text, 0.7 MB
LARGEST_KERNEL = 11
POOLS = {"max": max_pool2d, "average": average_pool2d, "min": min_pool2d}


class StageError(ValueError):
    """Something the stage cannot draw; the message says what was received and what to change."""


@dataclass(frozen=True, eq=False)
class Scene:
    """An image and what slides over it, checked. `output` is what `cnnlib.convolution` makes of it.

    Attributes:
        images: (height, width, channels) float32.
        kernel: (kernel height, kernel width, channels) float32, or None for pooling.
        windows: where the windows lie.
        bias: added to every sum.
        mode: "convolution", "max", "average" or "min".
        activation: None or "relu".
    """

    images: np.ndarray
    kernel: np.ndarray | None
    windows: Windows
    bias: float
    mode: Mode
    activation: str | None

    def output(self) -> np.ndarray:
        """(output height, output width, planes) float32: one plane, or one a channel if pooled."""
        batch = self.images[np.newaxis]
        size, stride, dilation, padding, _ = self.windows
        if self.kernel is None:
            return POOLS[self.mode](batch, size, stride=stride, padding=padding)[0]
        bias = np.array([self.bias], dtype=np.float32)
        kernels = self.kernel[..., np.newaxis]
        sums = conv2d(batch, kernels, bias, stride=stride, padding=padding, dilation=dilation)
        return (relu(sums) if self.activation == "relu" else sums)[0]

    def data(self) -> dict[str, Any]:
        """The scene as JSON for the browser; arrays as base64 of little-endian float32."""
        output = self.output()
        size, stride, dilation, padding, _ = self.windows
        return {
            "input": {"shape": self.images.shape, "values": array_text(self.images, "<f4")},
            "output": {"shape": output.shape, "values": array_text(output, "<f4")},
            "kernel": None if self.kernel is None else array_text(self.kernel, "<f4"),
            "window": size,
            "stride": stride,
            "dilation": dilation,
            "padding": padding,
            "bias": self.bias,
            "mode": self.mode,
            "activation": self.activation,
        }


def scene_of(
    images: np.ndarray,
    kernel: np.ndarray | None = None,
    window: Pair | None = None,
    bias: float = 0.0,
    stride: Pair | None = None,
    padding: Padding = 0,
    dilation: Pair = 1,
    mode: Mode = "convolution",
    activation: str | None = None,
) -> Scene:
    """Check everything that is drawn; arguments and errors as in `stage`."""
    images = _floats(images, "images")
    if images.shape[2] > MOST_CHANNELS or images.size > MOST_VALUES:
        raise StageError(
            f"The stage draws up to {MOST_CHANNELS} channels and {MOST_VALUES} values; these "
            f"images have the shape {images.shape}. Make them smaller or take a part of them."
        )
    if mode != "convolution" and mode not in POOLS:
        raise StageError(f'mode is "convolution", "max", "average" or "min"; it is {mode!r}.')
    if activation not in (None, "relu"):
        raise StageError(f'activation is None or "relu"; it is {activation!r}.')
    if not isinstance(bias, (int, float)) or not math.isfinite(bias):
        raise StageError(f"The bias must be a finite number; it is {bias!r}.")
    if mode == "convolution":
        kernel = _kernel(kernel, images.shape[2])
        size, stride = kernel.shape[:2], 1 if stride is None else stride
    else:
        size = _pool_window(mode, kernel, window, bias, dilation, activation)
        stride = size if stride is None else stride
    if max(size) > LARGEST_KERNEL:
        raise StageError(
            f"The stage draws windows up to {LARGEST_KERNEL} x {LARGEST_KERNEL}; this one is "
            f"{size[0]} x {size[1]}."
        )
    windows = plan(images.shape[:2], size, stride, padding, dilation)
    return Scene(images, kernel, windows, float(bias), mode, activation)


def _kernel(kernel: np.ndarray | None, channels: int) -> np.ndarray:
    if kernel is None:
        raise StageError('A convolution needs a kernel; for pooling pass mode="max" and a window.')
    kernel = _floats(kernel, "kernel")
    if kernel.shape[2] != channels:
        raise StageError(
            f"The kernel must have as many channels as the image, {channels}; its shape is "
            f"{kernel.shape}."
        )
    return kernel


def _pool_window(
    mode: str,
    kernel: np.ndarray | None,
    window: Pair | None,
    bias: float,
    dilation: Pair,
    activation: str | None,
) -> tuple[int, int]:
    if kernel is not None or bias or activation is not None or pair(dilation, "dilation") != (1, 1):
        raise StageError(f"{mode} pooling has no kernel, bias, dilation or activation; drop them.")
    if window is None:
        raise StageError(f"{mode} pooling needs a window, such as window=2.")
    return pair(window, "window")


def _floats(array: np.ndarray, name: str) -> np.ndarray:
    """`array` as finite float32 (height, width, channels)."""
    array = np.asarray(array)
    if array.ndim not in (2, 3) or array.size == 0 or array.dtype.kind not in "fiub":
        raise StageError(
            f"{name} must be numbers of shape (height, width, channels); it is "
            f"{array.dtype} of shape {array.shape}."
        )
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise StageError(
            f"{name} must be finite; it has {np.sum(~np.isfinite(array))} other values."
        )
    return array if array.ndim == 3 else array[..., np.newaxis]
