"""The weights of a layer as kernels, whatever the layer: (height, width, channels, filters).

A convolution has its kernels so already. A dense layer behind a flatten layer has them too: the
weights of one unit, laid back onto the maps that were flattened, are a kernel as large as the maps.
Any other dense layer has kernels of one cell, with a channel for each of its inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    Layer,
    PoolLayer,
    RescaleLayer,
    Shape,
)
from cnnlib.spec import NetworkSpec

COLOUR = "colour"  # one picture in colour a filter: red, green and blue of the image
GREY = "grey"  # the same of an image that has only one channel
CHANNELS = "channels"  # a picture for each filter and input channel
MAPS = "maps"  # the same, of a unit over the maps that were flattened
MATRIX = "matrix"  # a number for each unit and input
_STAY = (RescaleLayer, BatchNormLayer, ActivationLayer, DropoutLayer)  # each number in its place


@dataclass(frozen=True)
class WeightLayer:
    """A layer that has kernels.

    Attributes:
        index: its place among all layers, from 0.
        name: its kind and its place among those of its kind, from 1.
        layer: its settings.
        shape: (height, width, channels, filters) of its kernels; a dense layer's units are filters.
        kind: how they are pictured: COLOUR, GREY, CHANNELS, MAPS or MATRIX.
        rescaled: whether what a COLOUR or GREY kernel meets is the image rescaled.
    """

    index: int
    name: str
    layer: Layer
    shape: tuple[int, int, int, int]
    kind: str
    rescaled: bool = False

    @property
    def noun(self) -> str:
        """What one of its outputs is called."""
        return "filter" if isinstance(self.layer, ConvLayer) else "unit"

    @property
    def channel_noun(self) -> str:
        """What one slice of a kernel belongs to."""
        return {MAPS: "map", MATRIX: "input"}.get(self.kind, "input channel")

    @property
    def start_limit(self) -> float:
        """The largest magnitude of a weight that Keras starts with; see `glorot_limit`."""
        return glorot_limit(self.layer, self.shape)

    def kernels(self, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        """The layer's "kernel" as (height, width, channels, filters)."""
        return weights["kernel"].reshape(self.shape)


def weight_layers(spec: NetworkSpec) -> tuple[WeightLayer, ...]:
    """The convolutions and dense layers of a network, in order.

    >>> layers = (ConvLayer(4, 3), FlattenLayer(), DenseLayer(10, "softmax"))
    >>> [(x.name, x.shape, x.kind) for x in weight_layers(NetworkSpec((5, 5, 1), layers))]
    [('Convolution 1', (3, 3, 1, 4), 'grey'), ('Dense 1', (3, 3, 4, 10), 'maps')]
    """
    found: list[WeightLayer] = []
    image, rescaled = True, False  # whether the channels are still those of the image
    maps: Shape | None = None  # the shape of what was flattened, as long as its order is kept
    for step in spec.trace():
        layer = step.layer
        if isinstance(layer, (ConvLayer, DenseLayer)):
            number = 1 + sum(type(one.layer) is type(layer) for one in found)
            shape = _kernel_shape(layer, step.input_shape, maps)
            kind = _kind(layer, shape, image)
            name = f"{layer.title} {number}"
            found.append(WeightLayer(step.index, name, layer, shape, kind, image and rescaled))
            image, maps = False, None
        elif isinstance(layer, FlattenLayer):
            maps = step.input_shape
        elif isinstance(layer, RescaleLayer):
            rescaled = True
        elif not isinstance(layer, (*_STAY, PoolLayer)):
            image, maps = False, None
    return tuple(found)


def _kernel_shape(
    layer: ConvLayer | DenseLayer, inputs: Shape, maps: Shape | None
) -> tuple[int, int, int, int]:
    if isinstance(layer, ConvLayer):
        return layer.kernel_size, layer.kernel_size, inputs[2], layer.filters
    return (*maps, layer.units) if maps is not None else (1, 1, inputs[0], layer.units)


def _kind(layer: ConvLayer | DenseLayer, shape: tuple[int, int, int, int], image: bool) -> str:
    height, width, channels, _ = shape
    if isinstance(layer, DenseLayer) and height == width == 1:
        return MATRIX
    if image and channels in (1, 3):
        return GREY if channels == 1 else COLOUR
    return CHANNELS if isinstance(layer, ConvLayer) else MAPS


def glorot_limit(layer: Layer, shape: tuple[int, int, int, int]) -> float:
    """Keras starts kernels uniform within ± this: sqrt(6 / (fan in + fan out)).

    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010). `shape` is that of the kernels; of a dense layer all of one kernel is fan in.

    >>> glorot_limit(ConvLayer(3, 1), (1, 1, 3, 3)), glorot_limit(DenseLayer(2), (2, 2, 1, 2))
    (1.0, 1.0)
    """
    height, width, channels, filters = shape
    window = height * width
    if isinstance(layer, DenseLayer):
        return float(np.sqrt(6 / (window * channels + filters)))
    return float(np.sqrt(6 / (window * (channels + filters))))
