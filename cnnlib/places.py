"""Where in a network a reader looks: a layer, a map or unit of it, a cell of that map; as text too.

In an address everything counts from 1, and nothing an address says need be true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cnnlib.spec import NetworkSpec

MOST_DIGITS = 9
_CELL = re.compile(rf"([0-9]{{1,{MOST_DIGITS}}})-([0-9]{{1,{MOST_DIGITS}}})")


@dataclass(frozen=True)
class NetworkPlace:
    """All count from 0. `cell` is (row, column), None for a whole map and for units."""

    layer: int
    number: int
    cell: tuple[int, int] | None = None

    @property
    def query(self) -> dict[str, str]:
        """The parts of an address by name, from 1; `cell` is left out where there is none.

        >>> NetworkPlace(2, 0, (3, 4)).query
        {'layer': '3', 'map': '1', 'cell': '4-5'}
        """
        parts = {"layer": str(self.layer + 1), "map": str(self.number + 1)}
        if self.cell is not None:
            parts["cell"] = f"{self.cell[0] + 1}-{self.cell[1] + 1}"
        return parts


def read_place(
    spec: NetworkSpec, *, layer: object, number: object, cell: object = None
) -> NetworkPlace | None:
    """What an address names, if the network has it; of a cell that it has not, the map.

    >>> from cnnlib.presets import tiny_vgg
    >>> read_place(tiny_vgg(), layer="1", number="10", cell="62-62")
    NetworkPlace(layer=0, number=9, cell=(61, 61))
    >>> read_place(tiny_vgg(), layer="1", number="10", cell="63-1")
    NetworkPlace(layer=0, number=9, cell=None)
    >>> read_place(tiny_vgg(), layer="99", number="1") is None
    True
    """
    steps = spec.trace()
    index = _whole(layer)
    if index is None or not 1 <= index <= len(steps):
        return None
    *sizes, count = steps[index - 1].output_shape
    at = _whole(number)
    if at is None or not 1 <= at <= count:
        return None
    return NetworkPlace(index - 1, at - 1, _cell(cell, sizes))


def _cell(text: object, sizes: list[int]) -> tuple[int, int] | None:
    match = _CELL.fullmatch(text) if isinstance(text, str) else None
    if match is None or len(sizes) != 2:
        return None
    row, column = (int(part) - 1 for part in match.groups())
    return (row, column) if 0 <= row < sizes[0] and 0 <= column < sizes[1] else None


def _whole(text: object) -> int | None:
    """A whole number that is written as one, in plain digits."""
    if not isinstance(text, str) or not re.fullmatch(rf"[0-9]{{1,{MOST_DIGITS}}}", text):
        return None
    return int(text)
