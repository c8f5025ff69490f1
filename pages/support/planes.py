"""A picture and its three planes, linked: one selected pixel is marked in all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from cnnlib.edits import Place
from pages.support.components import component
from pages.support.encoded import array_text

if TYPE_CHECKING:
    import numpy as np

_planes = component("planes", shared=["canvas", "volume"])


def draw_planes(
    image: np.ndarray,
    title: str,
    *,
    bits: int,
    chosen: Place,
    on_choice: Callable[[Place], None],
    key: str,
) -> None:
    """Draw uint8 (height, width, 3); looking around stays in the browser.

    A click or Enter calls `on_choice` with the pixel, before the page runs again with whatever
    `chosen` is then. `bits` says with how many each number is written out below its plane.
    """
    height, width = image.shape[:2]

    def tell() -> None:
        pixel = _pixel(st.session_state[key].get("pixel"), height, width)
        if pixel is not None:
            on_choice(pixel)

    _planes(
        data={
            "title": title,
            "height": height,
            "width": width,
            "pixels": array_text(image),
            "bits": bits,
            "row": chosen.row,
            "column": chosen.column,
        },
        key=key,
        on_pixel_change=tell,
    )


def _pixel(value: object, height: int, width: int) -> Place | None:
    """What the browser sent, if it names a pixel there is: clients can send anything."""
    if not isinstance(value, dict):
        return None
    row, column = value.get("row"), value.get("column")
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (row, column))
    if not whole or not (0 <= row < height and 0 <= column < width):
        return None
    return Place(row, column)
