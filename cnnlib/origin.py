"""Where the numbers come from that a network's last layer weighs up, and what to call them."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, GlobalAveragePoolLayer
from cnnlib.spec import NetworkSpec, SpecError


@dataclass(frozen=True)
class Origin:
    """Where the numbers that go into the last layer come from.

    Attributes:
        maps: (height, width, channels) of the maps they were made from; None after a dense layer.
        pooled: whether each is the mean of a map, otherwise one cell of one.
        filtered: whether the maps are a convolution's, otherwise the image's own channels.
    """

    maps: tuple[int, int, int] | None
    pooled: bool
    filtered: bool

    def name(self, number: int) -> str:
        """What feature `number`, from 0, is, numbers from 1.

        >>> Origin((3, 3, 64), pooled=True, filtered=True).name(11)
        'filter 12'
        >>> Origin((5, 5, 64), pooled=False, filtered=True).name(64 * 6 + 11)
        'filter 12, row 2, column 2'
        >>> Origin(None, pooled=False, filtered=True).name(11)
        'unit 12'
        """
        if self.maps is None:
            return f"unit {number + 1}"
        _, width, channels = self.maps
        word = "filter" if self.filtered else "channel"
        if self.pooled:
            return f"{word} {number + 1}"
        cell, channel = divmod(number, channels)
        row, column = divmod(cell, width)
        return f"{word} {channel + 1}, row {row + 1}, column {column + 1}"


def origin(spec: NetworkSpec) -> Origin:
    """Where the features of a network's last layer come from."""
    filtered = any(isinstance(layer, ConvLayer) for layer in spec.layers)
    for step in reversed(spec.trace()[:-1]):
        if isinstance(step.layer, DenseLayer):
            return Origin(None, pooled=False, filtered=filtered)
        if isinstance(step.layer, (FlattenLayer, GlobalAveragePoolLayer)):
            if len(step.input_shape) == 1:
                continue  # flattening a row again changes nothing
            pooled = isinstance(step.layer, GlobalAveragePoolLayer)
            return Origin(step.input_shape, pooled, filtered)
    raise SpecError("the network has no flatten or global average pooling layer.")
