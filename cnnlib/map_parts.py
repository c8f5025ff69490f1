"""One feature map, or one dense unit, taken apart by the channels it is made from.

Each input channel, its slice of the kernel and what it adds to the sum: the partial results, which
together with the bias are the map before its activation function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnlib.cells import activation_of, check_place
from cnnlib.convolution import conv2d
from cnnlib.explain import ExplainError, LayerPass
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer
from cnnlib.windows import Windows, conv_windows

MOST_PARTS = 8  # channels shown each by itself, unless told otherwise


@dataclass(frozen=True, eq=False)
class ChannelPart:
    """What one input channel has to do with a map.

    Attributes:
        channel: its number, from 0.
        received: (height, width) float32: the channel itself.
        kernel: (kernel height, kernel width) float32: the weights that are laid on it.
        partial: float32, what it adds: (output height, output width) of a map; for a dense unit the
            products, in the channel's shape.
    """

    channel: int
    received: np.ndarray
    kernel: np.ndarray
    partial: np.ndarray


@dataclass(frozen=True, eq=False)
class MapParts:
    """A map as the sum it is: parts + rest + bias = sums, and then the activation.

    Attributes:
        parts: the channels that add or take away most, in falling order.
        rest: what all other channels add together, like a part's `partial`; None if none are left.
        rest_count: how many these are.
        bias: added at every cell.
        sums: (output height, output width) float32 before the activation; (1, 1) of a dense unit.
        passed_on: the same after it.
        activation: its name.
        windows: where the kernel lies on the channels; None for a dense unit, whose weights cover
            them whole.
    """

    parts: tuple[ChannelPart, ...]
    rest: np.ndarray | None
    rest_count: int
    bias: float
    sums: np.ndarray
    passed_on: np.ndarray
    activation: str
    windows: Windows | None


def conv_parts(layer: LayerPass, number: int, *, most: int = MOST_PARTS) -> MapParts:
    """Map `number`, from 0, of a convolution layer, its `most` weightiest channels by themselves.

    Raises ExplainError for a layer of another kind, or a map there is not.
    """
    kind = layer.step.layer
    if not isinstance(kind, ConvLayer):
        raise ExplainError(f"only a convolution adds up its channels' maps; this is {kind.title}.")
    check_place(layer, number, (0, 0))
    slides = {"stride": kind.stride, "padding": kind.padding}
    images, kernel = layer.received[np.newaxis], layer.weights["kernel"][:, :, :, number]
    channels = kernel.shape[2]
    bias = float(layer.weights["bias"][number]) if kind.use_bias else 0.0
    with np.errstate(all="ignore"):
        partials = conv2d(images, kernel[:, :, np.newaxis], groups=channels, **slides)[0]
        sums = conv2d(images, kernel[..., np.newaxis], **slides)[0, :, :, 0] + np.float32(bias)
    windows = conv_windows(
        images, kernel[..., np.newaxis], None, kind.stride, kind.padding, dilation=1, groups=1
    )
    chosen, rest = _weightiest(partials, most)
    return MapParts(
        tuple(
            ChannelPart(c, layer.received[:, :, c], kernel[:, :, c], partials[:, :, c])
            for c in chosen
        ),
        rest,
        channels - len(chosen),
        bias,
        sums,
        layer.passed_on[:, :, number],
        activation_of(layer),
        windows,
    )


def dense_parts(
    layers: Sequence[LayerPass], index: int, unit: int, *, most: int = MOST_PARTS
) -> MapParts:
    """Unit `unit`, from 0, of the dense layer at `index`, by the maps that were flattened for it.

    Raises ExplainError where its inputs are no flattened maps (see `volume_before`).
    """
    layer, shape = layers[index], volume_before(layers, index)
    if shape is None:
        raise ExplainError(
            f"the inputs of layer {index + 1} are no flattened maps, so there is no map to lay "
            "its weights on."
        )
    check_place(layer, unit, None)
    received = layer.received.reshape(shape)
    kernel = layer.weights["kernel"][:, unit].reshape(shape)
    bias = float(layer.weights["bias"][unit]) if layer.step.layer.use_bias else 0.0
    with np.errstate(all="ignore"):
        products = received * kernel
        total = products.sum(dtype=np.float64) + bias
    chosen, rest = _weightiest(products, most)
    return MapParts(
        tuple(
            ChannelPart(c, received[:, :, c], kernel[:, :, c], products[:, :, c]) for c in chosen
        ),
        rest,
        shape[2] - len(chosen),
        bias,
        np.full((1, 1), total, np.float32),
        layer.passed_on[unit].reshape(1, 1),
        activation_of(layer),
        None,
    )


def volume_before(layers: Sequence[LayerPass], index: int) -> tuple[int, int, int] | None:
    """The shape of the maps whose flattened numbers a dense layer takes; None if it takes others.

    Between flattening and the layer there may be others that keep each number in its place.
    """
    if not isinstance(layers[index].step.layer, DenseLayer):
        return None
    for layer in reversed(layers[:index]):
        if isinstance(layer.step.layer, FlattenLayer):
            shape = layer.step.input_shape
            return shape if len(shape) == 3 else None
        if isinstance(layer.step.layer, DenseLayer) or layer.received.ndim != 1:
            return None
    return None


def _weightiest(partials: np.ndarray, most: int) -> tuple[list[int], np.ndarray | None]:
    """The channels with the largest mean magnitude, `most` at most, and the sum of all others.

    `partials` is (rows, columns, channels).
    """
    with np.errstate(all="ignore"):
        weight = np.abs(partials).mean(axis=(0, 1), dtype=np.float64)
        chosen = np.argsort(-weight, kind="stable")[: max(1, most)].tolist()
        if len(chosen) == partials.shape[2]:
            return chosen, None
        others = np.delete(partials, chosen, axis=2)
        return chosen, others.sum(axis=2, dtype=np.float64).astype(np.float32)
