"""Transposed convolution: each input cell stamps the kernel, times its value, onto the output."""

from __future__ import annotations

import numpy as np

from cnnlib.gradients import conv2d_image_gradient
from cnnlib.windows import ConvolutionError, Pair, check_floats, check_shape, pair

IMAGE_AXES = "batch, height, width, channels"
KERNEL_AXES = "kernel height, kernel width, filters, channels"


def conv2d_transpose(
    images: np.ndarray,
    kernels: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair = 1,
    padding: str = "valid",
) -> np.ndarray:
    """Run a convolution's shapes backwards: (batch, rows, columns, filters).

    Args:
        images: (batch, height, width, channels), float32 or float64.
        kernels: (kernel height, kernel width, filters, channels), as Keras's Conv2DTranspose has
            them: channels last, the other way round from `conv2d`.
        bias: (filters,), added to every cell of its filter's map; none if left out.
        stride: cells of the output from one stamp to the next; a number or a pair.
        padding: "valid" keeps all that is stamped on: rows = (height - 1) * stride + kernel height,
            or height * stride where the stride is larger. "same" cuts it to height * stride.

    It is the gradient of a `conv2d` with respect to its images (V. Dumoulin and F. Visin, "A guide
    to convolution arithmetic for deep learning", 2016, section 4), and is computed as such.

    Raises ConvolutionError, quoting what it got, when the arrays or settings do not fit.

    >>> image = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1)
    >>> conv2d_transpose(image, np.ones((1, 3, 1, 1)), stride=(1, 2))[0, :, :, 0].tolist()
    [[1.0, 1.0, 3.0, 2.0, 2.0]]
    """
    check_floats(images, "images", IMAGE_AXES)
    check_floats(kernels, "kernels", KERNEL_AXES)
    steps = pair(stride, "stride")
    if padding not in ("valid", "same"):
        raise ConvolutionError(f"padding is 'valid' or 'same' here; it is {padding!r:.80}.")
    if kernels.shape[3] != images.shape[3]:
        raise ConvolutionError(
            f"kernels need {images.shape[3]} channels, as the images have, on their last axis; "
            f"their shape is {kernels.shape}."
        )
    if bias is not None:
        check_shape(bias, "bias", kernels.shape[2:3], "one number for each filter")
    sides = [
        cells * step if padding == "same" else (cells - 1) * step + max(kernel, step)
        for cells, step, kernel in zip(images.shape[1:3], steps, kernels.shape[:2], strict=True)
    ]
    blank = np.empty((len(images), *sides, kernels.shape[2]), images.dtype)
    result = conv2d_image_gradient(images, blank, kernels, stride=steps, padding=padding)
    return result if bias is None else result + bias.astype(images.dtype)
