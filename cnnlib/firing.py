"""When a filter fires: where in one image, and for which images of a data set the most.

A filter's map is taken where it is passed on: after the batch normalisation and the activation
that follow its convolution. A filter fires where its map is above 0, and the more the larger the
number is. Numbers that are not finite, as a training that blew up leaves them, count as no firing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib import datasets
from cnnlib.layers import ActivationLayer, BatchNormLayer, ConvLayer, DropoutLayer
from cnnlib.passes import steps
from cnnlib.patches import Field, receptive_fields
from cnnlib.spec import NetworkSpec

if TYPE_CHECKING:
    from cnnlib.network import Network

BATCH_BYTES = 8_000_000  # of the widest layer's maps at a time; the cache likes them small
FEATURE_COUNT = 2  # images for each feature of the last layer
SILENT_BATCH = 25  # images: most filters fire for one of so many, and then they are settled
BESIDE = 0.5  # of a map's largest number: what fires less is not marked as a place of its own


@dataclass(frozen=True)
class FilterLayer:
    """A convolution and what follows it up to its activation.

    Attributes:
        number: the convolution's place among the convolutions, from 1.
        first: the place of the convolution among all layers, from 0.
        last: the place of the layer whose output is the filters' maps.
        shape: (height, width, filters) of them.
        field: what each of their cells sees of the image.
    """

    number: int
    first: int
    last: int
    shape: tuple[int, int, int]
    field: Field


@dataclass(frozen=True, eq=False)
class Peaks:
    """For each filter of a layer, the images that fire it most, the strongest first.

    All are (count, filters): the largest number of the filter's map, the image's number, and the
    row and column of the cell. Where fewer images fire the filter, the value is not above 0.
    """

    values: np.ndarray
    images: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    @property
    def record(self) -> np.ndarray:
        """The largest number of each filter: (filters,)."""
        return self.values[0]

    @property
    def dead(self) -> np.ndarray:
        """Which filters fire for none of the images: (filters,) bool."""
        return ~(self.values[0] > 0)

    def fired(self, number: int) -> Iterator[tuple[float, int, int, int]]:
        """(value, image, row, column) of each image that fires filter `number`, from 0."""
        for at in range(len(self.values)):
            if self.values[at, number] > 0:
                yield (
                    float(self.values[at, number]),
                    *(int(part[at, number]) for part in (self.images, self.rows, self.columns)),
                )


@dataclass(frozen=True, eq=False)
class Survey:
    """What was found in a set of images: for each of `filter_layers`, its filters' strongest
    places, and the images in which each number that goes into the last layer is largest."""

    filters: tuple[Peaks, ...]
    features: Peaks


def filter_layers(spec: NetworkSpec) -> tuple[FilterLayer, ...]:
    """The convolutions of a network, each with the layers that finish its maps."""
    shapes, fields = spec.trace(), receptive_fields(spec)
    result = []
    for first, layer in enumerate(spec.layers):
        if isinstance(layer, ConvLayer):
            last = _finished(spec, first)
            result.append(
                FilterLayer(len(result) + 1, first, last, shapes[last].output_shape, fields[last])
            )
    return tuple(result)


def _finished(spec: NetworkSpec, first: int) -> int:
    """The last layer before the maps are made into something else."""
    last, curved = first, spec.layers[first].activation != "linear"
    for index in range(first + 1, len(spec.layers)):
        layer = spec.layers[index]
        if curved or not isinstance(layer, (BatchNormLayer, ActivationLayer, DropoutLayer)):
            break
        last = index
        curved = isinstance(layer, ActivationLayer) and layer.activation != "linear"
    return last


def filter_maps(network: Network, images: np.ndarray) -> tuple[np.ndarray, ...]:
    """The maps of each of `filter_layers`: (batch, height, width, filters).

    `images` are float32 (batch, height, width, channels) in [0, 1]. The maps are those that
    `Network.activations` gives, within rounding.
    """
    *maps, _ = _outputs(network, images)
    return tuple(maps)


def _outputs(network: Network, images: np.ndarray) -> Iterator[np.ndarray]:
    """The filters' maps, layer by layer, and then what goes into the last layer: (batch, features).

    One layer's are let go before the next one's are made.
    """
    ends = [layer.last + 1 for layer in filter_layers(network.spec)]
    x, done = images, 0
    for end in (*ends, len(network.spec.layers) - 1):
        with np.errstate(all="ignore"):  # weights that are not finite speak for themselves
            for step in steps(network.spec.layers[done:end], network.weights[done:end]):
                x = step(x)
        done = end
        yield x


def survey(
    network: Network,
    images: np.ndarray,
    *,
    count: int = 6,
    progress: Callable[[float], None] | None = None,
) -> Survey:
    """Which images fire each filter most, and in which the last layer's features are largest.

    Args:
        network: any network.
        images: uint8 (number, height, width, channels), as data sets have them.
        count: places for each filter, each in another image.
        progress: is told the share that is done, from 0 to 1, after each batch.
    """
    shapes = [layer.shape for layer in filter_layers(network.spec)]
    features = network.spec.trace()[-1].input_shape[0]
    counts = [*(min(count, len(images)) for _ in shapes), min(FEATURE_COUNT, len(images))]
    best = [
        _no_peaks(*size) for size in zip(counts, [*(s[2] for s in shapes), features], strict=True)
    ]
    widest = max(int(np.prod(shape)) for shape in (network.spec.input_shape, *shapes))
    batch = max(1, BATCH_BYTES // (4 * widest))
    for start in range(0, len(images), batch):
        part = datasets.scale(images[start : start + batch])
        for at, maps in enumerate(_outputs(network, part)):
            cells = maps.reshape(len(maps), 1, 1, -1) if maps.ndim == 2 else maps
            best[at] = _merged(best[at], cells, start)
        if progress is not None:
            progress(min(1.0, (start + batch) / len(images)))
    return Survey(tuple(best[:-1]), best[-1])


def _no_peaks(count: int, filters: int) -> Peaks:
    nowhere = np.zeros((count, filters), np.int32)
    return Peaks(np.full((count, filters), -np.inf, np.float32), nowhere, nowhere, nowhere)


def _merged(best: Peaks, maps: np.ndarray, start: int) -> Peaks:
    """The strongest of what was found and of a batch whose first image is number `start`."""
    count, width = len(best.values), maps.shape[2]
    cells = maps.reshape(len(maps), -1, maps.shape[3])
    largest = cells.max(axis=1)
    largest = np.where(np.isfinite(largest), largest, -np.inf)
    # After a few batches most filters have seen stronger: only the others are sorted anew.
    better = np.flatnonzero((largest > best.values[-1]).any(axis=0))
    values = np.concatenate([best.values[:, better], largest[:, better]])
    order = np.argsort(-values, axis=0, kind="stable")[:count]
    rank, column = np.nonzero(order >= count)
    new = order[rank, column] - count
    places = cells[new, :, better[column]].argmax(axis=1)
    merged = [best.values.copy()]
    merged[0][:, better] = np.take_along_axis(values, order, axis=0)
    known = np.minimum(order, count - 1)
    found = (new + start, places // width, places % width)
    for old, numbers in zip((best.images, best.rows, best.columns), found, strict=True):
        part = np.take_along_axis(old[:, better], known, axis=0)
        part[rank, column] = numbers
        merged.append(old.copy())
        merged[-1][:, better] = part
    return Peaks(*merged)


def silent_filters(
    network: Network,
    images: np.ndarray,
    *,
    progress: Callable[[float], None] | None = None,
) -> tuple[np.ndarray | None, ...]:
    """Which filters fire for none of the images: for each of `filter_layers`, (filters,) bool.

    They are dead, as far as the images tell: their maps are 0 everywhere after ReLU. None for a
    layer whose maps do not end in ReLU, which no filter can be dead in.

    Args:
        network: any network.
        images: uint8 (number, height, width, channels). Mixed ones are best: where every filter has
            fired once, the images that are left are not looked at.
        progress: is told the share that is done, from 0 to 1, after each batch.
    """
    layers = filter_layers(network.spec)
    silent = [np.ones(layer.shape[2], bool) for layer in layers]
    asked = [_ends_in_relu(network.spec, layer) for layer in layers]
    for start in range(0, len(images), SILENT_BATCH):
        last = max((at for at, found in enumerate(silent) if asked[at] and found.any()), default=-1)
        if last < 0:
            break
        part = datasets.scale(images[start : start + SILENT_BATCH])
        for at, maps in zip(range(last + 1), _outputs(network, part), strict=False):
            silent[at] &= ~(maps > 0).any(axis=(0, 1, 2))
        if progress is not None:
            progress(min(1.0, (start + SILENT_BATCH) / len(images)))
    return tuple(found if relu else None for found, relu in zip(silent, asked, strict=True))


def _ends_in_relu(spec: NetworkSpec, layer: FilterLayer) -> bool:
    ends = spec.layers[layer.first : layer.last + 1]
    return any(getattr(each, "activation", None) == "relu" for each in ends)


def strongest_filters(maps: np.ndarray, record: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The filters that fire in one image, most first, and how much as a share of their record.

    `maps` is (height, width, filters), `record` the largest number of each filter over a data set.
    Both results have one entry for each filter that fires. A share may be above 1; without a
    record, a filter that fires has share infinity.

    >>> maps, record = np.array([[[4.0, 1.0, 0.0]]]), np.array([8.0, 1.0, 3.0])
    >>> numbers, shares = strongest_filters(maps, record)
    >>> numbers.tolist(), shares.tolist()
    ([1, 0], [1.0, 0.5])
    """
    largest = maps.max(axis=(0, 1)).astype(np.float64)
    largest = np.where(np.isfinite(largest), largest, 0)
    shares = np.where(record > 0, largest / np.where(record > 0, record, 1), np.inf)
    shares = np.where(largest > 0, shares, 0)
    order = np.argsort(-shares, kind="stable")
    order = order[shares[order] > 0]
    return order, shares[order]


def strongest_places(feature_map: np.ndarray, field: Field, most: int = 3) -> list[tuple[int, int]]:
    """(row, column) of the cells where a (height, width) map is largest, whose fields lie apart.

    The first is the largest of all; others follow while they have half of it. None if the map is
    nowhere above 0.

    >>> from cnnlib.patches import Axis
    >>> two_wide = Field(Axis(0, 1, 2), Axis(0, 1, 2))
    >>> strongest_places(np.array([[3.0, 2.9, 0.0, 2.0, 1.0]]), two_wide)
    [(0, 0), (0, 3)]
    """
    left = np.where(np.isfinite(feature_map), feature_map, 0).astype(np.float64)
    rows, columns = np.indices(left.shape)
    places, enough = [], BESIDE * left.max()
    while len(places) < most and left.max() > 0 and left.max() >= enough:
        row, column = (int(part) for part in np.unravel_index(left.argmax(), left.shape))
        places.append((row, column))
        near = (abs(rows - row) * field.rows.step < field.rows.size) & (
            abs(columns - column) * field.columns.step < field.columns.size
        )
        left = np.where(near, 0, left)
    return places
