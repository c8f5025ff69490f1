"""One kernel's gradient for one image as a correlation of two pictures, and a step down it.

Arrays are of one image and have no batch axis, as in `cnnlib.backward_steps`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.backward_steps import BackwardError, BackwardPass, LayerBackward
from cnnlib.convolution import conv2d
from cnnlib.gradients import softmax_cross_entropy
from cnnlib.layers import ConvLayer
from cnnlib.spec import NetworkSpec
from cnnlib.windows import Windows, pad, plan

if TYPE_CHECKING:
    from cnnlib.descent import Optimizer
    from cnnlib.network import Network


def kernel_layers(spec: NetworkSpec) -> tuple[int, ...]:
    """The convolutions of a network, by their place from 0."""
    return tuple(at for at, layer in enumerate(spec.layers) if isinstance(layer, ConvLayer))


@dataclass(frozen=True, eq=False)
class Correlation:
    """A kernel's gradient as what it is: one picture slid over another.

    Weight (a, b) met cell (a + i * stride, b + j * stride) of its channel in sum (i, j), and what
    became of that sum is what the gradient at it says. So its gradient is the sum of the products.

    Attributes:
        seen: (height, width), the input channel with its padding around it.
        pull: (rows, columns), the gradient at the filter's sums.
        windows: how the kernel slides; `windows.padding` is the border of `seen`.
        gradient: (kernel height, kernel width), of the kernel.
    """

    seen: np.ndarray
    pull: np.ndarray
    windows: Windows
    gradient: np.ndarray

    def met(self, row: int, column: int) -> np.ndarray:
        """What the weight at this place of the kernel met, one number a sum: like `pull`."""
        height, width = self.windows.size
        if row not in range(height) or column not in range(width):
            raise BackwardError(
                f"the kernel has {height} rows and {width} columns, counted from 0; there is no "
                f"weight at {row!r:.20}, {column!r:.20}."
            )
        (rows, columns), (down, right) = self.windows.output, self.windows.stride
        return self.seen[
            row : row + (rows - 1) * down + 1 : down,
            column : column + (columns - 1) * right + 1 : right,
        ]

    def products(self, row: int, column: int) -> np.ndarray:
        """The products that add up to this weight's gradient: like `pull`."""
        return self.met(row, column) * self.pull


def kernel_correlation(layer: LayerBackward, filter: int, channel: int) -> Correlation:
    """The gradient of one filter's kernel in one of its input channels, both from 0.

    BackwardError unless the layer is a convolution that has them.
    """
    _check_kernel(layer, filter, channel)
    kernel = layer.weights["kernel"]
    conv = layer.step.layer
    windows = plan(layer.received.shape[:2], kernel.shape[:2], conv.stride, conv.padding)
    seen = pad(layer.received[np.newaxis, :, :, channel : channel + 1], windows.padding)
    return Correlation(
        seen[0, :, :, 0],
        layer.at_sums[:, :, filter],
        windows,
        layer.to_weights["kernel"][:, :, channel, filter],
    )


@dataclass(frozen=True, eq=False)
class ReturnedMap:
    """What one filter passes back to one channel: its gradient, convolved with its kernel turned
    by 180 degrees.

    Attributes:
        spread: (height, width), the gradient at the filter's sums; with a stride over 1 zeros lie
            between its cells.
        kernel: (kernel height, kernel width), turned.
        padding: ((top, bottom), (left, right)) zeros around `spread`.
    """

    spread: np.ndarray
    kernel: np.ndarray
    padding: tuple[tuple[int, int], tuple[int, int]]

    def values(self) -> np.ndarray:
        """The map itself: (height, width) of the layer's input."""
        images, kernels = self.spread[np.newaxis, ..., np.newaxis], self.kernel[..., None, None]
        return conv2d(images, kernels, padding=self.padding)[0, :, :, 0]


def returned_map(layer: LayerBackward, filter: int, channel: int) -> ReturnedMap:
    """How `filter` passes back to `channel`. All filters' maps together are the gradient there.

    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016,
    section 4. BackwardError unless the layer is a convolution that has them.
    """
    found = kernel_correlation(layer, filter, channel)
    (rows, columns), (down, right) = found.windows.output, found.windows.stride
    spread = np.zeros(((rows - 1) * down + 1, (columns - 1) * right + 1), found.pull.dtype)
    spread[::down, ::right] = found.pull
    padding = tuple(
        (taps - 1 - before, cells + before - length)
        for taps, (before, _), cells, length in zip(
            found.windows.size,
            found.windows.padding,
            layer.received.shape[:2],
            spread.shape,
            strict=True,
        )
    )
    return ReturnedMap(spread, layer.weights["kernel"][::-1, ::-1, channel, filter], padding)


@dataclass(frozen=True, eq=False)
class KernelStep:
    """One step of an optimizer that has taken none before, and what comes of it.

    Attributes:
        before, gradient, after: (kernel height, kernel width), of the kernel that is watched.
        loss: of the image before the step.
        loss_after: with all of the network's weights after it.
        loss_of_kernel: with this kernel after it and all other weights before it.
        promised: the loss after it, had every slope stayed what it was: the loss plus each
            gradient times its weight's change, summed.
        promised_of_kernel: the same of this kernel alone.
    """

    before: np.ndarray
    gradient: np.ndarray
    after: np.ndarray
    loss: float
    loss_after: float
    loss_of_kernel: float
    promised: float
    promised_of_kernel: float


def kernel_step(
    network: Network,
    image: np.ndarray,
    taken: BackwardPass,
    rule: Optimizer,
    *,
    layer: int,
    filter: int,
    channel: int,
) -> KernelStep:
    """A step of `rule` for this image alone: a batch of one. `taken` is the image's way back.

    BackwardError unless `layer` is a convolution that has the filter and the channel.
    """
    if layer not in range(len(taken.layers)):
        raise BackwardError(f"there is no layer {layer!r:.40} of {len(taken.layers)}, from 0.")
    _check_kernel(taken.layers[layer], filter, channel)
    moved = stepped(network, taken, rule)
    place = (slice(None), slice(None), channel, filter)
    before, gradient = network.weights[layer]["kernel"], taken.layers[layer].to_weights["kernel"]
    alone = before.copy()
    alone[place] = moved.weights[layer]["kernel"][place]
    arrays = list(network.weights)
    arrays[layer] = {**network.weights[layer], "kernel": alone}
    return KernelStep(
        before[place],
        gradient[place],
        alone[place],
        taken.loss,
        image_loss(moved, image, taken.label),
        image_loss(replace(network, weights=tuple(arrays)), image, taken.label),
        taken.loss + sum(_promise(*changes) for changes in _changes(network, moved, taken)),
        taken.loss + _promise(before[place], alone[place], gradient[place]),
    )


def _changes(
    network: Network, moved: Network, taken: BackwardPass
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Every array of weights that is trained: before, after, and its gradient."""
    for before, after, layer in zip(network.weights, moved.weights, taken.layers, strict=True):
        for name, gradient in layer.to_weights.items():
            yield before[name], after[name], gradient


def _promise(before: np.ndarray, after: np.ndarray, gradient: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.sum((after.astype(np.float64) - before) * gradient))


def stepped(network: Network, taken: BackwardPass, rule: Optimizer) -> Network:
    """The network after one step of `rule`, which begins with this one, down the pass's gradients.

    A batch normalisation's moving statistics are no weights that are trained, and stay.
    """
    with np.errstate(all="ignore"):
        return replace(
            network,
            weights=tuple(
                {
                    name: rule.step(array, layer.to_weights[name], rule.start(array))[0]
                    if name in layer.to_weights
                    else array
                    for name, array in layer.weights.items()
                }
                for layer in taken.layers
            ),
        )


def image_loss(network: Network, image: np.ndarray, label: int) -> float:
    """The cross-entropy of one image with its label."""
    logits = network.logits(image[np.newaxis])
    with np.errstate(all="ignore"):
        return float(softmax_cross_entropy(logits, np.array([label]))[0])


def _check_kernel(layer: LayerBackward, filter: int, channel: int) -> None:
    if not isinstance(layer.step.layer, ConvLayer):
        raise BackwardError(
            f"layer {layer.step.index + 1} is {layer.step.layer.title.lower()}; kernels are what "
            "convolutions have."
        )
    *_, channels, filters = layer.weights["kernel"].shape
    if filter not in range(filters) or channel not in range(channels):
        raise BackwardError(
            f"layer {layer.step.index + 1} has {filters} filters and {channels} input channels, "
            f"counted from 0; there is no filter {filter!r:.40} with channel {channel!r:.40}."
        )
