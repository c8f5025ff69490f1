"""One kernel with its figures, and a slice of it with its numbers, before training and now."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.filter_health import similarities
from cnnlib.kernel_pictures import colour_pictures, legend
from cnnlib.layer_weights import CHANNELS, COLOUR, MAPS, MATRIX
from pages.support.kernel_choice import Block, Drawn, Place, unit_names
from pages.support.kernel_views import draw_slices, said_of
from pages.support.maps import Sheet, draw_maps, number_text
from pages.support.page import PageText
from pages.support.weight_data import Weights

WRITTEN = 7  # rows and columns of a kernel whose numbers are written into it
CELL = 34  # screen pixels of a written number, at least
LARGE = 168  # of a kernel without
COLOURED = 96  # of a kernel in colour


def draw_kernel(
    text: PageText, weights: Weights, place: Place, drawn: Drawn, limits: np.ndarray
) -> None:
    """One kernel: its figures, and a slice of it with its numbers, before training and now.

    `limits` (filters,) are those of the weights, whatever else is drawn.
    """
    layer, limit = weights.layer, float(limits[place.filter])
    number, (name,) = str(place.filter + 1), unit_names(weights, Block(place.filter, 1))
    purpose = "" if name == number else f", {name}"
    st.subheader(f"{layer.noun.capitalize()} {number}{purpose}", anchor=False)
    st.markdown(_figures(weights, place))
    if layer.kind in (CHANNELS, MAPS):
        draw_slices(weights, place, drawn)
    if layer.kind == MATRIX:
        st.markdown(_one_weight(weights, place))
        return
    now, before = weights.kernels[..., place.filter], None
    if weights.kernels_before is not None:
        before = weights.kernels_before[..., place.filter]
    if layer.kind == COLOUR:
        _draw_colours(weights, now, before, limit)
    _draw_numbers(weights, place, now, before, limit)
    text.show("difference" if before is not None else "no_start", limit=number_text(limit))


def _draw_colours(
    weights: Weights, now: np.ndarray, before: np.ndarray | None, limit: float
) -> None:
    kernels = np.stack([now] if before is None else [before, now], axis=-1)
    count = kernels.shape[3]
    sheet = Sheet(
        "The kernel in colour",
        kernels[:, :, 0],
        signed=True,
        side=COLOURED,
        noun="kernel",
        names=["now"] if before is None else ["before training", "now"],
        limits=np.full(count, limit),
        texts=[said_of(kernels[..., at]) for at in range(count)],
        colours=colour_pictures(kernels, np.full(count, limit)),
        legend=legend(weights.layer),
        marks_dead=False,
    )
    draw_maps(sheet, key="wt_colours")


def _draw_numbers(
    weights: Weights, place: Place, now: np.ndarray, before: np.ndarray | None, limit: float
) -> None:
    layer, size = weights.layer, max(now.shape[:2])
    shown = {"now": now[:, :, place.channel]}
    if before is not None:
        old = before[:, :, place.channel]
        with np.errstate(all="ignore"):
            shown = {"before training": old, **shown, "difference": shown["now"] - old}
    name = f"Filter {place.filter + 1}" if layer.noun == "filter" else f"Unit {place.filter + 1}"
    sheet = Sheet(
        f"{name}, {layer.channel_noun} {place.channel + 1}",
        np.stack(list(shown.values()), axis=-1),
        signed=True,
        side=CELL * size if size <= WRITTEN else LARGE,
        noun="picture",
        names=list(shown),
        written=size <= WRITTEN,
        limit=limit,
        marks_dead=False,
    )
    draw_maps(sheet, key="wt_numbers")


def _figures(weights: Weights, place: Place) -> str:
    """A kernel's figures in a line."""
    at, now, before = place.filter, weights.now, weights.before
    parts = [f"L2 norm **{number_text(float(now.norms[at]))}**"]
    if before is not None:
        parts[0] += f", {number_text(float(before.norms[at]))} before training"
        pair = np.stack([weights.kernels_before[..., at], weights.kernels[..., at]], axis=-1)
        alike = float(similarities(pair)[0, 1])
        parts.append(f"cosine similarity with what it began as **{number_text(round(alike, 3))}**")
    if now.bias is not None:
        parts.append(f"bias **{number_text(float(now.bias[at]))}**")
    return "; ".join(parts) + "."


def _one_weight(weights: Weights, place: Place) -> str:
    index = (0, 0, place.channel, place.filter)
    now = float(weights.kernels[index])
    words = f"The weight from input {place.channel + 1}: **{number_text(now)}**"
    if weights.kernels_before is not None:
        before = float(weights.kernels_before[index])
        words += (
            f", {number_text(before)} before training, a difference of {number_text(now - before)}"
        )
    return words + "."
