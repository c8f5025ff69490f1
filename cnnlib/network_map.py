"""The whole network at work on one image, packed small: what a map of all its layers draws.

A map's cells are sent as one byte each, levels of its own largest magnitude; with that limit, any
other scale follows from them. Rows of numbers are few enough to be sent as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnlib.explain import LayerPass, map_levels, map_limits, strongest_first
from cnnlib.layers import ActivationLayer, ConvLayer, DenseLayer, FlattenLayer, Layer, PoolLayer
from cnnlib.network_links import Links, link_layer

MOST_BYTES = 400_000  # of all maps' cells together
FEWEST_MAPS = 16  # of each layer, however large they are


@dataclass(frozen=True, eq=False)
class Column:
    """What one layer passed on; the first column of a network is the image that it was given.

    Attributes:
        index: the layer's place, from 0; -1 for the image.
        title: its short name.
        kind: its `Layer.kind`; "image" for the image.
        activation: the function in it, "linear" if there is none.
        shape: of what it passed on.
        group: columns of one group show the same maps, since each map is made from the one of the
            same number.
        numbers: (sent,) int, the maps that are sent, from 0, in rising order: all of them, or the
            strongest of very many.
        order: (sent,) int, the same in falling order of strength.
        levels: (sent, height, width) uint8, see `map_levels`; empty for a row of numbers.
        limits: (sent,) float32, the magnitude of each map's last level.
        low, high: (sent,) float32, the smallest and the largest number of each map.
        signed: whether the levels are those of signed values.
        links: what each map or unit is made from; None for the image.
    """

    index: int
    title: str
    kind: str
    activation: str
    shape: tuple[int, ...]
    group: int
    numbers: np.ndarray
    order: np.ndarray
    levels: np.ndarray
    limits: np.ndarray
    low: np.ndarray
    high: np.ndarray
    signed: bool
    links: Links | None


def network_map(layers: Sequence[LayerPass], *, most_bytes: int = MOST_BYTES) -> tuple[Column, ...]:
    """The columns of a network, the image first, for `layer_passes(network, image)`.

    With more than `most_bytes` cells, layers with many large maps send their strongest.
    """
    groups = column_groups(layers)
    outputs = [layers[0].received, *(layer.passed_on for layer in layers)]
    last_of = dict(zip(groups, outputs, strict=True))  # a group's last layer is what is passed on
    orders = {
        group: strongest_first(_as_maps(_finite(output))) for group, output in last_of.items()
    }
    room = _room(outputs, most_bytes)
    numbers = {}
    for group, output in zip(groups, outputs, strict=True):
        kept = numbers.get(group, orders[group])
        numbers[group] = kept[: _most(output, room)]
    columns = [_image_column(layers[0], numbers[0])]
    for layer, before, group in zip(layers, groups, groups[1:], strict=False):
        links = link_layer(layer, numbers[before], numbers[group])
        columns.append(_layer_column(layer, group, numbers[group], links))
    return tuple(columns)


def column_groups(layers: Sequence[LayerPass]) -> tuple[int, ...]:
    """The group of each column, the image's first; see `Column.group`."""
    groups = [0]
    for layer in layers:
        kept = keeps_numbers(layer.step.layer) and layer.received.ndim == layer.passed_on.ndim
        groups.append(groups[-1] if kept else groups[-1] + 1)
    return tuple(groups)


def keeps_numbers(layer: Layer) -> bool:
    """Whether each map or unit is made from the one of the same number, and from no other.

    >>> keeps_numbers(PoolLayer()), keeps_numbers(ConvLayer())
    (True, False)
    """
    return not isinstance(layer, (ConvLayer, DenseLayer, FlattenLayer))


def short_title(layer: Layer) -> str:
    """A layer's name for the head of a narrow column.

    >>> short_title(ConvLayer(16, 5)), short_title(PoolLayer("average", 3)), short_title(Layer())
    ('Conv 5×5', 'Mean 3×3', '')
    """
    match layer:
        case ConvLayer():
            return f"Conv {layer.kernel_size}×{layer.kernel_size}"
        case PoolLayer():
            return f"{'Max' if layer.mode == 'max' else 'Mean'} {layer.size}×{layer.size}"
        case ActivationLayer():
            return "ReLU" if layer.activation == "relu" else layer.activation.capitalize()
        case DenseLayer():
            return "Softmax" if layer.activation == "softmax" else "Dense"
    short = {"batch_norm": "Batch norm", "global_average_pool": "Global mean", "rescale": "Rescale"}
    return short.get(layer.kind, layer.title)


def _image_column(first: LayerPass, numbers: np.ndarray) -> Column:
    maps = np.clip(_finite(first.received), 0, 1)
    limits = np.ones(maps.shape[2], np.float32)  # 1 is full light, whatever the picture
    return Column(
        *(-1, "Image", "image", "linear", maps.shape, 0),
        *(np.sort(numbers), numbers),
        levels=map_levels(maps, limits, signed=False),
        limits=limits,
        low=first.received.min(axis=(0, 1)),
        high=first.received.max(axis=(0, 1)),
        signed=False,
        links=None,
    )


def _layer_column(layer: LayerPass, group: int, order: np.ndarray, links: Links) -> Column:
    kind, output = layer.step.layer, layer.passed_on
    numbers = np.sort(order)
    maps = _as_maps(output)[:, :, numbers]
    limits = map_limits(_finite(maps), per_map=True)
    flat = output.ndim == 1
    levels = np.zeros((0, 0, 0), np.uint8)
    return Column(
        *(layer.step.index, short_title(kind), kind.kind, getattr(kind, "activation", "linear")),
        *(output.shape, group, numbers, order),
        levels=levels if flat else map_levels(maps, limits, signed=layer.signed),
        limits=limits,
        low=maps.min(axis=(0, 1)),
        high=maps.max(axis=(0, 1)),
        signed=layer.signed,
        links=links,
    )


def _room(outputs: Sequence[np.ndarray], most_bytes: int) -> int:
    """Cells that each layer with pictures may send: more than `most_bytes` in all are shared out
    evenly, what small layers leave going to the large."""
    sizes = sorted(output.size for output in outputs if output.ndim == 3)
    left = most_bytes
    for place, size in enumerate(sizes):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return most_bytes


def _most(output: np.ndarray, room: int) -> int:
    if output.ndim == 1:
        return output.size
    height, width, count = output.shape
    return min(count, max(FEWEST_MAPS, room // (height * width)))


def _as_maps(output: np.ndarray) -> np.ndarray:
    return output if output.ndim == 3 else output[np.newaxis, np.newaxis]


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
