"""A simple cell and a bar that the reader moves over its receptive field, in the browser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import colours, simple_cell
from pages.support.components import component
from pages.support.encoded import array_text

ANGLES = range(0, 180, 5)  # where the script measures
_cell = component("simple_cell", shared=["canvas", "simple_cell_draw"])


@dataclass(frozen=True)
class Cell:
    """What a reader sets: the cell's field, and the bar that it is shown.

    Degrees and pixels, as in `cnnlib.simple_cell`; `light` is one of its LIGHTS.
    """

    orientation: int = 60
    wavelength: int = 14
    phase: int = 0
    width: int = 5
    light: str = "light"

    def field(self) -> np.ndarray:
        """The receptive field: (SIDE, SIDE) float64."""
        size = simple_cell.SIDE
        return simple_cell.gabor(size, self.wavelength, self.orientation, self.phase)


def draw_cell(cell: Cell, *, key: str) -> None:
    """Draw the experiment; moving and turning the bar asks nothing of the server."""
    _cell(data=_scene(cell), key=key)


@st.cache_data(max_entries=200, show_spinner=False)
def _scene(cell: Cell) -> dict[str, object]:
    field = cell.field()
    curve = simple_cell.tuning_curve(field, ANGLES, width=cell.width, light=cell.light)
    return {
        "size": simple_cell.SIDE,
        "field": array_text(field, "<f4"),
        "width": cell.width,
        "length": simple_cell.BAR_LENGTH,
        "light": cell.light,
        "peak": simple_cell.PEAK_RATE,
        "curve": array_text(curve, "<f4"),
        "scale": array_text(colours.signed(np.arange(-127, 128), 127)),
    }
