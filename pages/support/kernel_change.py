"""What one step did to one kernel: before, gradient, after, and one weight's sum."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from cnnlib.colours import signed
from cnnlib.events import StepDetail
from cnnlib.spec import TrainingSpec
from cnnlib.step_formulas import weight_step
from pages.support.maps import number_text
from pages.support.page import PageText

INK = "#111"  # on colours that are mixed with white
PALE = 0.55  # how much white, so that numbers can be read on all of them
MOST_CELLS = 49  # of a row of weights without a picture
A_ROW = 7


def draw_kernel_change(text: PageText, detail: StepDetail, training: TrainingSpec) -> None:
    """Draw the three on one scale of colours, and the equation of one of the weights."""
    channel = _choose_channel(detail)
    grids = [_grid(array, channel) for array in (detail.before, detail.gradient, detail.after)]
    limit = max(float(np.nanmax(np.abs(grid))) for grid in grids)
    row, column = _choose_weight(grids[1])
    parts = "".join(
        weight_table(title, grid, limit, (row, column))
        for title, grid in zip(("Before", "Gradient", "After"), grids, strict=True)
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:1rem 2rem">{parts}</div>')
    size = "" if detail.before.size == grids[0].size else f"; {grids[0].size} of its weights"
    text.show("kernel", limit=number_text(limit), size=size)
    before, gradient, after = (float(grid[row, column]) for grid in grids)
    text.show(f"step_{training.optimizer}", row=row + 1, column=column + 1)
    numbers = (detail.learning_rate, before, gradient, after)
    for formula in weight_step(training.optimizer, *numbers, training.weight_decay):
        st.latex(formula)


def _choose_channel(detail: StepDetail) -> int:
    if detail.before.ndim != 3 or detail.before.shape[2] == 1:
        return 0
    count = detail.before.shape[2]
    key = f"training_step_channel_{count}"
    return int(st.number_input(f"Its input channel, of {count}", 1, count, key=key, width=200)) - 1


def _grid(array: np.ndarray, channel: int) -> np.ndarray:
    """A channel of a convolution's kernel, or the first weights of a unit, in rows."""
    if array.ndim == 3:
        return array[:, :, channel]
    shown = array[:MOST_CELLS]
    return shown.reshape(-1, A_ROW) if len(shown) % A_ROW == 0 else shown[np.newaxis]


def _choose_weight(gradient: np.ndarray) -> tuple[int, int]:
    """The weight whose sum is shown: at first the one with the largest gradient."""
    height, width = gradient.shape
    largest = np.unravel_index(np.argmax(np.abs(np.nan_to_num(gradient))), gradient.shape)
    places = [(row, column) for row in range(height) for column in range(width)]
    names = {place: f"row {place[0] + 1}, column {place[1] + 1}" for place in places}
    most = f"{names[int(largest[0]), int(largest[1])]}, the largest gradient"
    options = [None, *places]
    picked = st.selectbox(
        "The weight to follow",
        options,
        format_func=lambda place: most if place is None else names.get(place, ""),
        key=f"training_step_weight_{height}_{width}",
        width=340,
    )
    return picked if picked in places else (int(largest[0]), int(largest[1]))


def weight_table(title: str, grid: np.ndarray, limit: float, marked: tuple[int, int]) -> str:
    """A grid of numbers on their colours, as HTML, with one of them marked."""
    colours = signed(np.nan_to_num(grid), limit) * (1 - PALE) + 255 * PALE
    rows = "".join(
        "<tr>"
        + "".join(
            _cell(float(grid[row, column]), colours[row, column], (row, column) == marked)
            for column in range(grid.shape[1])
        )
        + "</tr>"
        for row in range(grid.shape[0])
    )
    name = escape(title)
    return (
        f'<div style="max-width:100%;overflow-x:auto" tabindex="0" role="region" '
        f'aria-label="{name}"><table style="border-collapse:collapse;font-size:.8125rem;'
        f'font-variant-numeric:tabular-nums"><caption style="text-align:left;'
        f'padding-bottom:.2rem;font-weight:600">{name}</caption><tbody>{rows}</tbody></table></div>'
    )


def _cell(value: float, colour: np.ndarray, is_marked: bool) -> str:
    red, green, blue = (int(part) for part in colour)
    edge = "outline:2px solid #111;outline-offset:-3px;font-weight:700;" if is_marked else ""
    return (
        f'<td style="min-width:3.9rem;padding:.3rem .4rem;text-align:right;{edge}'
        f'border:1px solid #8883;background:rgb({red},{green},{blue});color:{INK}">'
        f"{number_text(value)}</td>"
    )
