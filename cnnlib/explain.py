"""What a layer passed on for one image, as pictures: colours, sheets, and which maps say most.

Feature maps are (height, width, maps) floats: what `Network.activations` gives for one image,
without the batch axis. Numbers that are not finite, as a network has them whose training blew up,
are drawn like 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib import colours
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    Layer,
    RescaleLayer,
)
from cnnlib.spec import LayerShape, NetworkSpec

if TYPE_CHECKING:
    from cnnlib.network import Network

NON_NEGATIVE = ("relu", "sigmoid", "softmax")
LAST = 255  # level of a map's limit on the scale of magnitudes
MIDDLE = 127  # level of 0 on the signed scale, so that there are as many below as above


class ExplainError(ValueError):
    """Maps or settings that cannot be drawn; the message says what was received."""


@dataclass(frozen=True, eq=False)
class LayerPass:
    """One layer at work on one image.

    Attributes:
        step: the layer, its place and its shapes.
        weights: its arrays by name.
        received: (height, width, channels) or (units,) floats: what it was given.
        passed_on: the same for what it made of it.
        received_signed: whether what it is given can be negative.
        signed: whether what it makes can be.
    """

    step: LayerShape
    weights: dict[str, np.ndarray]
    received: np.ndarray
    passed_on: np.ndarray
    received_signed: bool
    signed: bool


def layer_passes(network: Network, image: np.ndarray) -> tuple[LayerPass, ...]:
    """Every layer at work on `image`, float32 (height, width, channels) in [0, 1], in order."""
    outputs = [output[0] for output in network.activations(image[np.newaxis])]
    signs = [not positive for positive in never_negative(network.spec)]
    return tuple(
        LayerPass(*parts)
        for parts in zip(
            network.spec.trace(),
            network.weights,
            [image, *outputs[:-1]],
            outputs,
            [False, *signs[:-1]],
            signs,
            strict=True,
        )
    )


def batch_norm_line(weights: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A trained batch normalisation as what it is, scale * x + shift: (channels,) each."""
    deviation = np.sqrt(weights["moving_variance"] + BatchNormLayer.EPSILON)
    scale = weights["gamma"] / deviation
    return scale, weights["beta"] - weights["moving_mean"] * scale


def never_negative(spec: NetworkSpec) -> tuple[bool, ...]:
    """For each layer, whether its output is 0 or more whatever the image, pixels being 0 to 1.

    Such a layer is drawn on the scale of magnitudes, the others on the signed one.

    >>> layers = (ConvLayer(activation="linear"), BatchNormLayer(), ActivationLayer("relu"))
    >>> never_negative(NetworkSpec((8, 8, 1), layers))
    (False, False, True)
    """
    result, positive = [], True
    for layer in spec.layers:
        positive = _keeps_positive(layer, positive)
        result.append(positive)
    return tuple(result)


def _keeps_positive(layer: Layer, before: bool) -> bool:
    match layer:
        case ConvLayer() | DenseLayer():
            return layer.activation in NON_NEGATIVE
        case BatchNormLayer():
            return False
        case ActivationLayer():
            # A non-negative number stays one under tanh too.
            return layer.activation in NON_NEGATIVE or before
        case RescaleLayer():
            return before and min(*layer.scale, *layer.offset, 0.0) == 0
    return before


def changes_nothing(layer: Layer) -> bool:
    """Whether a trained network's layer passes on the very numbers it was given.

    >>> changes_nothing(DropoutLayer(0.5)), changes_nothing(FlattenLayer())
    (True, True)
    >>> changes_nothing(ActivationLayer("relu"))
    False
    """
    linear = isinstance(layer, ActivationLayer) and layer.activation == "linear"
    return linear or isinstance(layer, (DropoutLayer, FlattenLayer))


def dead_maps(maps: np.ndarray) -> np.ndarray:
    """Which maps are zero in every cell: (maps,) bool.

    >>> dead_maps(np.array([[[0.0, 0.0, -1.0]], [[0.0, 2.0, 1.0]]])).tolist()
    [True, False, False]
    """
    return ~_checked(maps).any(axis=(0, 1))


def strongest_first(maps: np.ndarray) -> np.ndarray:
    """The maps' numbers, from 0, by their mean magnitude: (maps,) int, the largest first.

    >>> strongest_first(np.array([[[1.0, 0.0, -2.0]]])).tolist()
    [2, 0, 1]
    """
    strength = np.abs(_finite(maps)).mean(axis=(0, 1), dtype=np.float64)
    return np.argsort(-strength, kind="stable")


def map_limits(maps: np.ndarray, *, per_map: bool) -> np.ndarray:
    """The magnitude that gets the scale's last colour in each map: (maps,) floats.

    With `per_map` each map's own largest magnitude, otherwise the largest of all of them.

    >>> maps = np.array([[[1.0, -4.0]]])
    >>> map_limits(maps, per_map=True).tolist(), map_limits(maps, per_map=False).tolist()
    ([1.0, 4.0], [4.0, 4.0])
    """
    largest = np.abs(_finite(maps)).max(axis=(0, 1))
    return largest if per_map else np.full_like(largest, largest.max())


def contact_sheet(
    maps: np.ndarray,
    limits: np.ndarray,
    *,
    signed: bool,
    columns: int,
    scale: int = 1,
    gap: int = 0,
    background: tuple[int, int, int] = (255, 255, 255),
) -> np.ndarray:
    """All maps as one picture: uint8 RGB, row by row, `columns` to a row.

    Args:
        maps: (height, width, maps) floats.
        limits: (maps,), the magnitude with the scale's last colour; see `map_limits`.
        signed: the diverging scale, from -limit to limit; otherwise magnitudes, from 0 to limit.
        columns: maps to a row, at least 1; cells without a map have the background's colour.
        scale: picture pixels along each side of a map's cell.
        gap: picture pixels between two maps.

    >>> maps = np.array([[[9.0, 0.0]]])
    >>> contact_sheet(maps, np.array([9.0, 9.0]), signed=False, columns=2, gap=1).tolist()
    [[[246, 236, 153], [255, 255, 255], [0, 34, 77]]]
    """
    levels = map_levels(maps, limits, signed=signed)
    count, height, width = levels.shape
    if min(columns, scale) < 1 or gap < 0:
        raise ExplainError(
            "A sheet needs 1 column or more, scale 1 or more and gap 0 or more; received "
            f"{columns}, {scale} and {gap}."
        )
    columns = min(columns, count)
    rows = -(-count // columns)
    high, wide = height * scale + gap, width * scale + gap
    sheet = np.empty((rows * high, columns * wide, 3), np.uint8)
    sheet[:] = background
    pictures = palette(signed=signed)[levels].repeat(scale, axis=1).repeat(scale, axis=2)
    for number, picture in enumerate(pictures):
        top, left = number // columns * high, number % columns * wide
        sheet[top : top + height * scale, left : left + width * scale] = picture
    return sheet[: rows * high - gap, : columns * wide - gap]


def palette(*, signed: bool) -> np.ndarray:
    """The colours of `map_levels`: (255, 3) uint8 for signed values, (256, 3) for magnitudes."""
    if signed:
        return colours.signed(np.linspace(-1, 1, 2 * MIDDLE + 1), 1.0)
    return colours.magnitude(np.linspace(0, 1, LAST + 1), 1.0)


def map_levels(maps: np.ndarray, limits: np.ndarray, *, signed: bool) -> np.ndarray:
    """Which colour of the palette each cell has: (maps, height, width) uint8.

    A value of 0 is level 0, or the middle one of signed values; beyond a limit lie the ends.

    >>> map_levels(np.array([[[-8.0, 0.0, 8.0]]]), np.full(3, 8.0), signed=True).ravel().tolist()
    [0, 127, 254]
    """
    values = np.moveaxis(_finite(maps), 2, 0)
    if np.shape(limits) != (len(values),):
        raise ExplainError(f"{len(values)} maps need as many limits; received {np.shape(limits)}.")
    # The smallest normal number divides as well as any where all values are 0.
    limits = np.maximum(limits, np.finfo(values.dtype).tiny).astype(values.dtype)
    shares = values / limits[:, np.newaxis, np.newaxis]
    steps = (shares + 1) * MIDDLE if signed else shares * LAST
    return np.rint(np.clip(steps, 0, 2 * MIDDLE if signed else LAST)).astype(np.uint8)


def _finite(maps: np.ndarray) -> np.ndarray:
    maps = _checked(maps)
    return np.where(np.isfinite(maps), maps, 0)


def _checked(maps: np.ndarray) -> np.ndarray:
    if maps.ndim != 3 or not maps.size or maps.dtype.kind != "f":
        raise ExplainError(
            "Feature maps are floats of shape (height, width, maps); these are "
            f"{maps.dtype} of shape {maps.shape}."
        )
    return maps
