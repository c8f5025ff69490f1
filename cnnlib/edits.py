"""Pixels that a reader has changed: which, to what, as arrays and as short text for an address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

MOST_EDITS = 64
_EDIT = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_PLACE = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)


class EditError(ValueError):
    """A change or a place that cannot be; the message says what was received."""


class Place(NamedTuple):
    """A pixel, counted from 0 at the top left."""

    row: int
    column: int


class Edit(NamedTuple):
    """A pixel and the numbers it is given, each from 0 to 255."""

    place: Place
    colour: tuple[int, int, int]


def apply_edits(image: np.ndarray, edits: Sequence[Edit]) -> np.ndarray:
    """A copy of a uint8 (height, width, 3) picture with the changed pixels in it.

    Raises EditError for a pixel outside of the picture.

    >>> black = np.zeros((1, 2, 3), np.uint8)
    >>> apply_edits(black, [Edit(Place(0, 1), (10, 20, 30))]).tolist()
    [[[0, 0, 0], [10, 20, 30]]]
    """
    height, width = image.shape[:2]
    changed = image.copy()
    for (row, column), colour in edits:
        if not (0 <= row < height and 0 <= column < width):
            raise EditError(
                f"There is no pixel in row {row + 1}, column {column + 1} of a picture of "
                f"{height} × {width} pixels."
            )
        changed[row, column] = colour
    return changed


def with_edit(edits: Sequence[Edit], edit: Edit) -> tuple[Edit, ...]:
    """The edits and a new last one, which replaces an earlier one of the same pixel.

    Raises EditError when there would be more than MOST_EDITS.
    """
    others = tuple(other for other in edits if other.place != edit.place)
    if len(others) >= MOST_EDITS:
        raise EditError(
            f"At most {MOST_EDITS} pixels can be changed. Take some changes back first."
        )
    return (*others, edit)


def edits_to_text(edits: Sequence[Edit]) -> str:
    """Rows, columns and colours with dots between; changes are parted by "_".

    >>> edits_to_text([Edit(Place(3, 4), (255, 0, 9))])
    '3.4.255.0.9'
    """
    return "_".join(
        ".".join(map(str, (*place, *colour))) for place, colour in (Edit(*edit) for edit in edits)
    )


def edits_from_text(text: str, height: int, width: int) -> tuple[Edit, ...]:
    """What `edits_to_text` wrote, of a picture of this size; no text is no change.

    Raises EditError for anything that it would not have written.

    >>> edits_from_text("0.1.10.20.30", 1, 2)
    (Edit(place=Place(row=0, column=1), colour=(10, 20, 30)),)
    """
    parts = str(text).split("_") if text else []
    if len(parts) > MOST_EDITS:
        raise EditError(f"At most {MOST_EDITS} pixels can be changed; these are {len(parts)}.")
    edits: tuple[Edit, ...] = ()
    for part in parts:
        found = _EDIT.fullmatch(part)
        if not found:
            raise EditError(
                f"A changed pixel is written row.column.red.green.blue; this one is {part[:30]!r}."
            )
        row, column, *colour = map(int, found.groups())
        _check(Place(row, column), height, width)
        if max(colour) > 255:
            raise EditError(f"A pixel's numbers are at most 255; these are {tuple(colour)}.")
        edits = with_edit(edits, Edit(Place(row, column), tuple(colour)))
    return edits


def place_to_text(place: Place) -> str:
    """A pixel for an address.

    >>> place_to_text(Place(3, 4))
    '3.4'
    """
    return f"{place.row}.{place.column}"


def place_from_text(text: str, height: int, width: int) -> Place:
    """What `place_to_text` wrote, of a picture of this size.

    Raises EditError for anything that it would not have written.
    """
    found = _PLACE.fullmatch(str(text))
    if not found:
        raise EditError(f"A pixel is written row.column; this one is {str(text)[:30]!r}.")
    place = Place(*map(int, found.groups()))
    _check(place, height, width)
    return place


def _check(place: Place, height: int, width: int) -> None:
    if place.row >= height or place.column >= width:
        raise EditError(
            f"There is no pixel in row {place.row + 1}, column {place.column + 1} of a picture "
            f"of {height} × {width} pixels."
        )
