"""Small arrays as grids of numbers that can be read, each on the colour of its value."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from cnnlib.colours import signed
from pages.support.tables import hundredths

A_ROW = 12  # numbers of a flat array in one row of its grid
NARROW = 7  # columns that fit on a phone
CELL = "padding:.16rem .22rem;min-width:2.35rem;text-align:right;border:1px solid #8883"
Grid = tuple[str, np.ndarray]


def grids_of(array: np.ndarray, name: str) -> list[Grid]:
    """An output or an input without its batch axis, as grids: one a channel, or one of a row.

    >>> [(title, grid.shape) for title, grid in grids_of(np.zeros((4, 5, 2)), "Map")]
    [('Map 1', (4, 5)), ('Map 2', (4, 5))]
    >>> [grid.shape for _, grid in grids_of(np.zeros(36), "Row")]
    [(3, 12)]
    """
    if array.ndim == 3:
        count = array.shape[2]
        names = [f"{name} {at + 1}" for at in range(count)] if count > 1 else [name]
        return [(title, array[:, :, at]) for at, title in enumerate(names)]
    flat = np.atleast_1d(array).ravel()
    if flat.size <= A_ROW or flat.size % A_ROW:
        return [(name, flat[np.newaxis])]
    return [(name, flat.reshape(-1, A_ROW))]


def draw_grids(grids: Sequence[Grid]) -> None:
    """Draw grids side by side, in as many rows as the width asks for, on one scale of colours."""
    limit = max(float(np.abs(grid).max()) for _, grid in grids)
    parts = "".join(_table(title, grid, limit) for title, grid in grids)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.6rem 1.2rem">{parts}</div>')


def _table(title: str, grid: np.ndarray, limit: float) -> str:
    colours = signed(grid, limit)
    rows = "".join(
        f"<tr>{''.join(_cell(*pair) for pair in zip(values, row, strict=True))}</tr>"
        for values, row in zip(grid, colours, strict=True)
    )
    name = escape(title)
    # What may be too wide for a phone is scrolled, also with the arrow keys.
    focus = 'tabindex="0"' if grid.shape[1] > NARROW else ""
    return (
        f'<div style="max-width:100%;overflow-x:auto" {focus} role="group" aria-label="{name}">'
        '<table style="border-collapse:collapse;font-size:.8125rem;'
        'font-variant-numeric:tabular-nums"><caption style="text-align:left;'
        f'padding-bottom:.2rem">{name}</caption><tbody>{rows}</tbody></table></div>'
    )


def _cell(value: float, colour: np.ndarray) -> str:
    red, green, blue = (int(part) for part in colour)
    # Relative luminance decides which of black and white stands out (WCAG 2.2, 1.4.3).
    linear = ((np.array([red, green, blue]) / 255 + 0.055) / 1.055) ** 2.4
    ink = "#000" if float(linear @ [0.2126, 0.7152, 0.0722]) > 0.179 else "#fff"
    return (
        f'<td style="{CELL};background:rgb({red},{green},{blue});color:{ink}">'
        f"{hundredths(value)}</td>"
    )
