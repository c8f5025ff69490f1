"""A network at work on one image as stacks of planes: what stands where, and the levels in it.

Of each layer as many maps as can be looked at are taken, the strongest first; numbers that have no
rows and columns (flattened, dense) are laid out in cells, top to bottom and then to the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnlib.explain import (
    ExplainError,
    LayerPass,
    changes_nothing,
    map_levels,
    map_limits,
    strongest_first,
)
from cnnlib.layers import FlattenLayer

PLANES = 16  # of a layer, at most
UNITS = 1024  # of a layer without maps, at most
LINES = ((16, 16), (256, 16), (UNITS, 32))  # up to so many units stand in lines of so many
BYTES = 270_000  # of all levels; in base64 a third more
Scale = Literal["map", "layer", "net"]
SCALES: tuple[Scale, ...] = ("map", "layer", "net")


@dataclass(frozen=True, eq=False)
class Stack:
    """What of one layer is drawn.

    Attributes:
        layer: what the layer was given and made, and its place.
        numbers: which of its maps these are, from 0, the strongest first; or of its units, in
            their own order.
        levels: (planes, height, width) uint8, the colours of `explain.palette`. Units are one
            plane; the cells after the last of them are 0.
        limits: (planes,), the magnitude with the last colour of each plane.
    """

    layer: LayerPass
    numbers: tuple[int, ...]
    levels: np.ndarray
    limits: np.ndarray

    @property
    def is_flat(self) -> bool:
        """Whether the layer makes a row of numbers and not maps."""
        return self.layer.passed_on.ndim == 1

    @property
    def is_part(self) -> bool:
        """Whether there is more in the layer than what is drawn."""
        return len(self.numbers) < self.layer.passed_on.shape[-1]


def stacks(
    layers: Sequence[LayerPass], *, per: Scale, most: int = PLANES, budget: int = BYTES
) -> tuple[Stack, ...]:
    """The stacks of a network, in order; layers that pass on what they were given have none.

    Args:
        layers: see `explain.layer_passes`.
        per: what shares one scale: the cells of a map, of a layer, or of the whole net. Units have
            the scale of their layer where maps have their own: each is a single number.
        most: planes of a layer, at most. It gives way to `budget`, but one plane is always drawn.
        budget: cells of all planes.

    Raises:
        ExplainError: `per` is none of SCALES.
    """
    if per not in SCALES:
        raise ExplainError(f"The colour scale is per map, layer or net; received {per!r}.")
    drawn = [layer for layer in layers if _is_drawn(layer)]
    common = net_limit(drawn) if per == "net" else None
    maps = [layer.passed_on for layer in drawn if layer.passed_on.ndim == 3]
    most = planes_within(budget, [values.shape for values in maps], most)
    return tuple(_stack(layer, per == "map", common, most) for layer in drawn)


def planes_within(budget: int, shapes: Sequence[tuple[int, ...]], most: int) -> int:
    """How many planes of every layer, up to `most`, fit into `budget` cells: at least 1.

    >>> planes_within(1000, [(10, 10, 4), (5, 5, 32)], 16), planes_within(10, [(10, 10, 4)], 16)
    (16, 1)
    >>> planes_within(600, [(10, 10, 4), (5, 5, 32)], 16)
    8
    """
    for planes in range(most, 1, -1):
        if sum(h * w * min(planes, count) for h, w, count in shapes) <= budget:
            return planes
    return 1


def net_limit(layers: Sequence[LayerPass]) -> float:
    """The largest magnitude that any of the layers passes on; what is not finite counts as 0."""
    return max((float(np.abs(_finite(layer.passed_on)).max()) for layer in layers), default=0.0)


def unit_lines(count: int) -> tuple[int, int]:
    """How the cells of `count` units stand: (cells of a line, lines).

    >>> unit_lines(10), unit_lines(64), unit_lines(1000)
    ((10, 1), (16, 4), (32, 32))
    """
    length = next(length for limit, length in LINES if count <= limit)
    return min(length, count), -(-count // length)


def _is_drawn(layer: LayerPass) -> bool:
    return isinstance(layer.step.layer, FlattenLayer) or not changes_nothing(layer.step.layer)


def _stack(layer: LayerPass, per_map: bool, common: float | None, most: int) -> Stack:
    values = layer.passed_on
    if values.ndim == 1:
        return _unit_stack(layer, common)
    numbers = strongest_first(values)[:most]
    # A scale per layer is that of all its maps, drawn or not.
    limits = map_limits(values, per_map=per_map)[numbers]
    if common is not None:
        limits = np.full_like(limits, common)
    levels = map_levels(values[:, :, numbers], limits, signed=layer.signed)
    return Stack(layer, tuple(numbers.tolist()), levels, limits)


def _unit_stack(layer: LayerPass, common: float | None) -> Stack:
    values = layer.passed_on
    limit = net_limit([layer]) if common is None else common
    limits = np.full(1, limit, values.dtype)
    # The strongest of too many, in the order that they have.
    numbers = np.sort(strongest_first(values[np.newaxis, np.newaxis])[:UNITS])
    length, lines = unit_lines(len(numbers))
    row = map_levels(values[np.newaxis, numbers, np.newaxis], limits, signed=layer.signed)
    cells = np.zeros(length * lines, np.uint8)
    cells[: len(numbers)] = row.ravel()
    levels = cells.reshape(1, lines, length).swapaxes(1, 2)
    return Stack(layer, tuple(numbers.tolist()), np.ascontiguousarray(levels), limits)


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, 0)
