"""The backward passes: what a change of each input and weight does to the loss.

Each function takes `grad`, the gradient of the loss with respect to a layer's output, and returns
the gradients with respect to what went in. Arrays are as in the forward functions of
`cnnlib.convolution`; formulas: I. Goodfellow, Y. Bengio and A. Courville, "Deep Learning" (2016),
sections 6.5 and 9.5.
"""

from __future__ import annotations

import numpy as np

from cnnlib.activations import softmax
from cnnlib.correlation import WindowMatrix, correlate
from cnnlib.shapes import Padding
from cnnlib.windows import (
    ConvolutionError,
    Pair,
    Windows,
    check_floats,
    check_shape,
    conv_windows,
    plan,
    unpad,
)


def conv2d_backward(
    grad: np.ndarray,
    images: np.ndarray,
    kernels: np.ndarray,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients with respect to images, kernels and bias of conv2d(images, kernels, bias, ...).

    >>> images, kernels = np.ones((1, 3, 3, 1)), np.full((2, 2, 1, 1), 5.0)
    >>> to_images, to_kernels, to_bias = conv2d_backward(np.ones((1, 2, 2, 1)), images, kernels)
    >>> to_images[0, :, :, 0].tolist()
    [[5.0, 10.0, 5.0], [10.0, 20.0, 10.0], [5.0, 10.0, 5.0]]
    >>> to_kernels[:, :, 0, 0].tolist(), to_bias.tolist()
    ([[4.0, 4.0], [4.0, 4.0]], [4.0])
    """
    windows = conv_windows(images, kernels, None, stride, padding, dilation, groups)
    grad = _checked_grad(grad, images, kernels, windows)
    return (
        conv2d_image_gradient(
            grad, images, kernels, stride=stride, padding=padding, dilation=dilation, groups=groups
        ),
        _kernel_gradient(grad, images, kernels, windows, groups),
        grad.sum(axis=(0, 1, 2)),
    )


def conv2d_image_gradient(
    grad: np.ndarray,
    images: np.ndarray,
    kernels: np.ndarray,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """The first of conv2d_backward's three gradients alone; of `images` only the shape is used.

    It is a convolution too: of `grad`, with zeros between its cells when the stride is over 1, with
    the kernels turned by 180 degrees and their channels and filters exchanged.
    """
    windows = conv_windows(images, kernels, None, stride, padding, dilation, groups)
    grad = _checked_grad(grad, images, kernels, windows)
    batch, height, width, _ = images.shape
    (top, bottom), (left, right) = windows.padding
    reach = [(n - 1) * gap + 1 for n, gap in zip(windows.size, windows.dilation, strict=True)]
    # One cell for each place a window could start at in the padded image, were the stride 1.
    starts = (top + height + bottom - reach[0] + 1, left + width + right - reach[1] + 1)
    spread = grad
    if windows.stride != (1, 1):
        spread = np.zeros((batch, *starts, grad.shape[3]), grad.dtype)
        spread[:, :: windows.stride[0], :: windows.stride[1]] = grad
    turned = _turned(kernels, groups).astype(grad.dtype, copy=False)
    border = tuple((cells - 1, cells - 1) for cells in reach)
    full = plan(starts, windows.size, 1, border, windows.dilation)
    return np.ascontiguousarray(
        unpad(correlate(spread, turned, None, full, groups=groups), windows.padding)
    )


def _checked_grad(
    grad: np.ndarray, images: np.ndarray, kernels: np.ndarray, windows: Windows
) -> np.ndarray:
    shape = (len(images), *windows.output, kernels.shape[3])
    check_shape(grad, "grad", shape, "as conv2d returns")
    return grad.astype(images.dtype, copy=False)


def _turned(kernels: np.ndarray, groups: int) -> np.ndarray:
    """Kernels (kh, kw, filters // groups, channels) that carry a gradient back."""
    height, width, channels, filters = kernels.shape
    parted = kernels[::-1, ::-1].reshape(height, width, channels, groups, filters // groups)
    exchanged = parted.transpose(0, 1, 4, 3, 2)
    return exchanged.reshape(height, width, filters // groups, groups * channels)


def _kernel_gradient(
    grad: np.ndarray, images: np.ndarray, kernels: np.ndarray, windows: Windows, groups: int
) -> np.ndarray:
    """Every weight's gradient: what it was multiplied with, times what became of it, summed."""
    channels, filters = kernels.shape[2], kernels.shape[3] // groups
    gradient = np.zeros(kernels.shape, images.dtype)
    for group in range(groups):
        seen = images[..., group * channels : (group + 1) * channels]
        made = slice(group * filters, (group + 1) * filters)
        total = gradient[..., made].reshape(-1, filters)
        matrix = WindowMatrix(seen, windows)
        space = matrix.space()
        for tile in matrix.tiles:
            total += matrix.fill(tile, space).T @ grad[tile][..., made].reshape(-1, filters)
        gradient[..., made] = total.reshape(*kernels.shape[:3], filters)
    return gradient


def dense_backward(
    grad: np.ndarray, inputs: np.ndarray, kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients with respect to inputs, kernel and bias of dense(inputs, kernel, bias).

    >>> grad, inputs, kernel = np.array([[1.0, 2.0]]), np.array([[3.0]]), np.array([[5.0, 7.0]])
    >>> [gradient.tolist() for gradient in dense_backward(grad, inputs, kernel)]
    [[[19.0]], [[3.0, 6.0]], [1.0, 2.0]]
    """
    check_floats(inputs, "inputs", "batch, inputs")
    check_floats(kernel, "kernel", "inputs, units")
    if kernel.shape[0] != inputs.shape[1]:
        raise ConvolutionError(
            f"kernel needs a row for each of the {inputs.shape[1]} inputs; its shape is "
            f"{kernel.shape}."
        )
    check_shape(grad, "grad", (len(inputs), kernel.shape[1]), "as dense returns")
    grad = grad.astype(inputs.dtype, copy=False)
    return grad @ kernel.T.astype(inputs.dtype, copy=False), inputs.T @ grad, grad.sum(axis=0)


def batch_normalization_backward(
    grad: np.ndarray, gamma: np.ndarray, variance: np.ndarray, *, epsilon: float = 1e-3
) -> np.ndarray:
    """Gradient with respect to the inputs of batch_normalization with fixed mean and variance."""
    return grad * (gamma / np.sqrt(variance + epsilon)).astype(grad.dtype)


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean of -log(softmax(logits)[label]) over the batch, and its gradient (batch, classes).

    `labels` are whole numbers from 0, one for each row of `logits`.

    >>> loss, grad = softmax_cross_entropy(np.array([[0.0, 0.0]]), np.array([1]))
    >>> round(loss, 6), grad.tolist()
    (0.693147, [[0.5, -0.5]])
    """
    check_floats(logits, "logits", "batch, classes")
    labels = np.asarray(labels)
    batch, classes = logits.shape
    if labels.shape != (batch,) or batch == 0 or labels.dtype.kind not in "iu":
        raise ConvolutionError(
            f"labels must be {batch} whole numbers, one for each row of logits (at least one); "
            f"got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ConvolutionError(
            f"labels must be from 0 to {classes - 1}; they reach from {labels.min()} to "
            f"{labels.max()}."
        )
    rows = np.arange(batch)
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, labels]
    gradient = softmax(logits)
    gradient[rows, labels] -= 1
    gradient /= batch
    return float(losses.mean()), gradient
