"""All kernels of a layer as pictures, and the slices of one of them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.explain import map_levels, palette
from cnnlib.kernel_pictures import colour_pictures, legend
from cnnlib.layer_weights import COLOUR, GREY, MAPS, MATRIX
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.kernel_choice import Block, Drawn, Place, look_at, unit_names
from pages.support.maps import Sheet, draw_maps, number_text
from pages.support.page import PageText
from pages.support.weight_data import Weights

MOST_ROWS = 64  # kernels shown at a time
MOST_COLUMNS = {MATRIX: 128}  # slices of them; 64 of others
MOST_CELLS = 40_000
_grid = component("kernel_grid", shared="canvas")


def draw_kernels(text: PageText, weights: Weights, place: Place, drawn: Drawn) -> None:
    """Draw all kernels of the layer that have room, and say what is seen."""
    layer = weights.layer
    text.show(f"kind_{layer.kind}", noun=layer.noun)
    if layer.kind in (COLOUR, GREY):
        _draw_flow(weights, place, drawn)
    elif layer.kind != MAPS:
        _draw_grid(weights, place, drawn)
    if layer.rescaled:
        text.show("rescaled")


def draw_slices(weights: Weights, place: Place, drawn: Drawn) -> None:
    """Draw the slices of one kernel, side by side."""
    layer = weights.layer
    height, width, channels, _ = layer.shape
    most = min(MOST_ROWS, max(8, MOST_CELLS // (height * width)))
    block = Block.around(place.channel, channels, most)
    slices = drawn.kernels[:, :, block.part, place.filter]
    names = [str(number + 1) for number in range(block.first, block.first + block.count)]
    sheet = Sheet(
        f"The kernel of {layer.noun} {place.filter + 1} of {layer.name}, slice by slice",
        slices,
        signed=True,
        side=max(28, min(72, 12 * width)),
        noun=layer.channel_noun,
        names=names,
        limit=float(drawn.limits[place.filter]),
        marks_dead=False,
    )
    draw_maps(
        sheet,
        key="wt_slices",
        chosen=place.channel - block.first,
        on_choose=lambda at: look_at("wt_channel", block.first + at),
    )


def _draw_flow(weights: Weights, place: Place, drawn: Drawn) -> None:
    """One picture a filter."""
    layer, (height, width, channels, filters) = weights.layer, weights.layer.shape
    most = min(MOST_ROWS, max(8, MOST_CELLS // (height * width * channels)))
    block = Block.around(place.filter, filters, most)
    kernels, shown = drawn.kernels[..., block.part], drawn.limits[block.part]
    is_colour = layer.kind == COLOUR
    sheet = Sheet(
        f"The kernels of {layer.name}",
        kernels[:, :, 0],
        signed=True,
        per_map=len(set(shown.tolist())) > 1,
        noun=layer.noun,
        names=unit_names(weights, block),
        limits=shown,
        texts=[said_of(kernels[..., at]) for at in range(block.count)],
        colours=colour_pictures(kernels, shown) if is_colour else None,
        legend=legend(layer),
        marks_dead=False,
    )
    draw_maps(
        sheet,
        key="wt_flow",
        chosen=place.filter - block.first,
        on_choose=lambda at: look_at("wt_filter", block.first + at),
    )


def _draw_grid(weights: Weights, place: Place, drawn: Drawn) -> None:
    """A picture for each filter and slice; a row a filter."""
    layer, (height, width, channels, filters) = weights.layer, weights.layer.shape
    rows = Block.around(place.filter, filters, MOST_ROWS)
    columns = Block.around(place.channel, channels, MOST_COLUMNS.get(layer.kind, MOST_ROWS))
    # Kernel by kernel along the rows: (rows * columns, height, width).
    kernels = drawn.kernels[:, :, columns.part, rows.part].transpose(3, 2, 0, 1)
    flat = kernels.reshape(-1, height, width)
    shown = drawn.limits[rows.part].repeat(columns.count)
    with np.errstate(all="ignore"):
        numbers = flat[:, 0, 0] if layer.kind == MATRIX else np.sqrt((flat**2.0).sum(axis=(1, 2)))

    def take() -> None:
        told = st.session_state["wt_grid"].kernel
        # Clients can send anything.
        if not isinstance(told, list) or [type(part) for part in told] != [int, int]:
            return
        row, column = told
        if 0 <= row < rows.count and 0 <= column < columns.count:
            look_at("wt_filter", rows.first + row)
            look_at("wt_channel", columns.first + column)

    same = len(set(shown.tolist())) == 1
    data = {
        "title": f"The kernels of {layer.name}",
        "rows": rows.count,
        "columns": columns.count,
        "height": height,
        "width": width,
        "levels": array_text(map_levels(np.moveaxis(flat, 0, 2), shown, signed=True)),
        "palette": array_text(palette(signed=True)),
        "numbers": array_text(numbers, "<f4"),
        "number": "number" if layer.kind == MATRIX else "L2 norm",
        "row": layer.noun.capitalize(),
        "column": layer.channel_noun.capitalize(),
        "first": {"row": rows.first + 1, "column": columns.first + 1},
        "chosen": {"row": place.filter - rows.first, "column": place.channel - columns.first},
        "limit": number_text(float(shown[0])) if same else f"largest of each {layer.noun}",
    }
    _grid(data=data, key="wt_grid", on_kernel_change=take)


def said_of(kernel: np.ndarray) -> str:
    """A kernel's figures, as they are read out."""
    low, high = number_text(float(kernel.min())), number_text(float(kernel.max()))
    return f"L2 norm {number_text(norm_of(kernel))}, weights from {low} to {high}"


def norm_of(kernel: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt((kernel.astype(np.float64) ** 2).sum()))
