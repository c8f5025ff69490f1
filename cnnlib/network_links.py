"""What each map or unit of a layer is made from, and how much of it comes from each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.explain import LayerPass
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer
from cnnlib.windows import conv_windows, pad, taps

MOST_INPUTS = 12  # of a dense unit, the strongest
SHARES = 127  # a share of 1 as a whole number


@dataclass(frozen=True, eq=False)
class Links:
    """The inputs of each of a layer's maps or units that are shown.

    Attributes:
        kind: "same": made from the input of the same number. "flatten": number n is a number of map
            n modulo the count of maps. "all": made from every input. "some": from these.
        inputs: of "all", (inputs,) int: the numbers of the inputs, from 0; of "some", (units,
            strongest) int: the numbers of each unit's strongest inputs, in falling order; else
            empty.
        shares: int8 in -127..127, how much each input adds or takes away, beside the input of the
            same map or unit that does most: of "all" (inputs, maps), of "some" (units, strongest).
        largest: (maps,) float32: what a share of 127 stands for: of a convolution, what the input
            adds to a cell on average; of a dense unit, its product.
    """

    kind: str
    inputs: np.ndarray
    shares: np.ndarray
    largest: np.ndarray


def link_layer(layer: LayerPass, inputs: np.ndarray, numbers: np.ndarray) -> Links:
    """The links of a layer's maps `numbers` to the maps `inputs` of the layer before, from 0."""
    kind = layer.step.layer
    with np.errstate(all="ignore"):
        if isinstance(kind, ConvLayer):
            inputs, numbers = np.sort(inputs), np.sort(numbers)
            shares = mean_partials(layer)[np.ix_(inputs, numbers)]
            return Links("all", inputs, *_scaled(shares, axis=0))
        if isinstance(kind, DenseLayer):
            strongest, products = strongest_inputs(layer)
            return Links("some", strongest, *_scaled(products, axis=1))
    name = "flatten" if isinstance(kind, FlattenLayer) else "same"
    none = np.zeros(0, np.int64)
    return Links(name, none, none.astype(np.int8), none.astype(np.float32))


def mean_partials(layer: LayerPass) -> np.ndarray:
    """What each input channel of a convolution adds to a cell of each map on average.

    (channels, maps) float32: the mean of the channel's partial result. As that is a sum over the
    kernel's taps, only the mean of what each tap sees is needed.
    """
    kind, kernel = layer.step.layer, layer.weights["kernel"]
    images = layer.received[np.newaxis]
    windows = conv_windows(images, kernel, None, kind.stride, kind.padding, dilation=1, groups=1)
    padded = pad(images, windows.padding)
    seen = np.stack([view.mean(axis=(0, 1, 2)) for _, _, view in taps(padded, windows)])
    return np.einsum("tc,tcf->cf", seen, kernel.reshape(len(seen), *kernel.shape[2:]))


def strongest_inputs(layer: LayerPass, most: int = MOST_INPUTS) -> tuple[np.ndarray, np.ndarray]:
    """For each unit of a dense layer the inputs whose products are furthest from 0.

    Their numbers, from 0, in falling order, and their products: (units, strongest) each.
    """
    products = layer.weights["kernel"].T * layer.received
    sizes = np.nan_to_num(np.abs(products), nan=0.0)
    most = min(most, sizes.shape[1])
    found = np.argpartition(-sizes, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(sizes, found, axis=1), axis=1, kind="stable")
    found = np.take_along_axis(found, order, axis=1)
    return found, np.take_along_axis(products, found, axis=1)


def _scaled(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Values as shares of the largest along `axis`, int8, and these largest, float32."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    largest = np.abs(values).max(axis=axis)
    least = np.maximum(largest, np.finfo(np.float32).tiny)
    shares = np.rint(values / np.expand_dims(least, axis) * SHARES)
    return shares.astype(np.int8), largest.astype(np.float32)
