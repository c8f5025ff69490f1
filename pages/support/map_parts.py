"""A map as linked pictures: its input channels, their kernels, what each adds, and the sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

from cnnlib.cells import Cell
from cnnlib.windows import Windows
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.palettes import palette_texts

Role = Literal["input", "kernel", "output"]

SMALL, LARGE = 72, 132  # screen pixels of a channel among many, and of what becomes of all
_parts = component("map_parts", shared="canvas")


@dataclass(frozen=True, eq=False)
class Picture:
    """Numbers as a picture: (height, width) floats, coloured up to `limit`.

    `role` says what is marked in it: the window ("input"), the weight pointed at ("kernel"), or the
    cell itself ("output").
    """

    role: Role
    name: str
    values: np.ndarray
    signed: bool
    limit: float
    side: int = SMALL


@dataclass(frozen=True, eq=False)
class Row:
    """One input channel: its pictures side by side, and their sum where that is one number."""

    name: str
    pictures: Sequence[Picture]
    sum: float | None = None


@dataclass(frozen=True, eq=False)
class Final:
    """What becomes of all rows: a picture or a number. `sign` stands before it."""

    name: str
    what: Picture | float
    sign: str = ""


def largest(*arrays: np.ndarray) -> float:
    """The largest finite magnitude in all of them."""
    return max(float(np.abs(np.where(np.isfinite(each), each, 0)).max()) for each in arrays)


def draw_parts(
    title: str,
    rows: Sequence[Row],
    finals: Sequence[Final] = (),
    *,
    key: str,
    signs: Sequence[str] = ("×", "="),
    windows: Windows | None = None,
    chosen: Cell | None = None,
    on_choose: Callable[[Cell], None] | None = None,
    hint: str,
) -> None:
    """Draw the pictures. One cell is marked in all of them: the one pointed at, or `chosen`.

    Args:
        title: what they are, for a screen reader.
        signs: what stands between the pictures of a row.
        windows: where the kernel lies on the inputs; without it all lie on each other cell by cell.
        on_choose: told of a click on a cell, from 0, before the page runs again.
        hint: a sentence to read while no cell is marked.
    """
    data = {
        "title": title,
        "rows": [
            {
                "name": row.name,
                "sum": _number(row.sum),
                "pictures": [
                    {**_picture(picture), "first": at == 0 and place == 0}
                    for place, picture in enumerate(row.pictures)
                ],
            }
            for at, row in enumerate(rows)
        ],
        "finals": [_final(final) for final in finals],
        "signs": list(signs),
        "window": None
        if windows is None
        else {
            "size": list(windows.size),
            "stride": list(windows.stride),
            "before": [before for before, _ in windows.padding],
        },
        "palettes": palette_texts(),
        "chosen": None if chosen is None else list(chosen),
        "clickable": on_choose is not None,
        "hint": hint,
    }
    sizes = _sizes(rows, finals)

    def tell() -> None:
        cell = _cell(st.session_state[key].cell, sizes)
        if on_choose is not None and cell is not None:
            on_choose(cell)

    _parts(data=data, key=key, on_cell_change=tell)


def _sizes(rows: Sequence[Row], finals: Sequence[Final]) -> tuple[int, int]:
    """Rows and columns of what can be chosen: the outputs', or the inputs' if there are none."""
    pictures = [picture for row in rows for picture in row.pictures]
    pictures += [final.what for final in finals if isinstance(final.what, Picture)]
    outputs = [picture for picture in pictures if picture.role == "output"]
    return (outputs or pictures)[0].values.shape


def _cell(value: object, sizes: tuple[int, int]) -> Cell | None:
    """What the browser sent, if it names a cell there is: clients can send anything."""
    if not isinstance(value, dict):
        return None
    row, column = value.get("row"), value.get("column")
    if type(row) is not int or type(column) is not int:
        return None
    return (row, column) if 0 <= row < sizes[0] and 0 <= column < sizes[1] else None


def _final(final: Final) -> dict[str, object]:
    drawn = isinstance(final.what, Picture)
    return {
        "name": final.name,
        "sign": final.sign,
        "picture": {**_picture(final.what), "first": False} if drawn else None,
        "number": None if drawn else _number(final.what),
    }


def _picture(picture: Picture) -> dict[str, object]:
    height, width = picture.values.shape
    return {
        "role": picture.role,
        "name": picture.name,
        "height": height,
        "width": width,
        "values": array_text(picture.values, "<f4"),
        "signed": picture.signed,
        "limit": picture.limit,
        "side": picture.side,
    }


def _number(value: float | None) -> float | None:
    """JSON knows no numbers that are not finite."""
    return None if value is None or not np.isfinite(value) else float(value)
