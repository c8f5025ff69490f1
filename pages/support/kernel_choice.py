"""What of a layer's kernels is looked at, and on which scale: the reader's choices, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.layer_weights import COLOUR
from pages.support.choices import choose
from pages.support.weight_data import Weights

NOW, CHANGE = "now", "change"
DRAWN = {NOW: "The weights", CHANGE: "Their change since the start"}
LAYER, FILTER = "layer", "filter"
SCALES = {LAYER: "One for the layer", FILTER: "One for each"}
COLOURS = ("Red", "Green", "Blue")


@dataclass(frozen=True)
class Place:
    """What is looked at, from 0: a filter, and one slice of its kernel."""

    filter: int
    channel: int


@dataclass(frozen=True)
class Block:
    """Those of many that are shown: from `first`, `count` of them, numbers from 0."""

    first: int
    count: int

    @property
    def part(self) -> slice:
        return slice(self.first, self.first + self.count)

    @classmethod
    def around(cls, at: int, available: int, most: int) -> Block:
        """The block of `most` that number `at` is in."""
        most = max(1, most)
        first = at // most * most
        return cls(first, min(most, available - first))


def choose_place(weights: Weights) -> Place:
    """Draw the numbers of the filter and of the slice."""
    layer = weights.layer
    _, _, channels, filters = layer.shape
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = _number(f"{layer.noun.capitalize()}, of {filters}", filters, "wt_filter")
        if layer.kind == COLOUR:
            name = choose("Numbers of", COLOURS, key="wt_colour")
            return Place(number - 1, COLOURS.index(name))
        if channels == 1:
            return Place(number - 1, 0)
        label = f"{layer.channel_noun.capitalize()}, of {channels}"
        return Place(number - 1, _number(label, channels, "wt_channel") - 1)


def _number(label: str, most: int, key: str) -> int:
    if st.session_state.get(key, 1) > most:
        st.session_state[key] = most  # another layer was chosen, with fewer of them
    number = st.number_input(label, 1, most, key=key, bind="query-params", width=180)
    return min(max(int(number), 1), most)


def look_at(key: str, number: int) -> None:
    """Look at another filter or slice, after a click on it."""
    st.session_state[key] = number + 1


def limits_of(largest: np.ndarray, *, per_filter: bool) -> np.ndarray:
    """(filters,): the magnitude with the last colour, from each kernel's largest at any epoch."""
    most = float(largest.max()) or 1.0
    return np.where(largest > 0, largest, most) if per_filter else np.full(len(largest), most)


def unit_names(weights: Weights, block: Block) -> list[str]:
    """What the filters of a block are called; the last layer's units are the classes'."""
    numbers = range(block.first, block.first + block.count)
    if weights.layer.index < len(weights.network.spec.layers) - 1:
        return [str(number + 1) for number in numbers]
    classes = datasets.info(weights.chosen.dataset).classes
    return [f"for {classes[number]}" for number in numbers]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is drawn of a layer: (height, width, channels, filters) numbers, and the magnitudes
    (filters,) with the last colour."""

    kernels: np.ndarray
    limits: np.ndarray


def choose_drawn(weights: Weights) -> tuple[Drawn, bool]:
    """Draw the choice of what is drawn on which scale; whether each kernel has its own comes too.

    Weights that were not kept from the start have no change to draw.
    """
    options = DRAWN if weights.start is not None else {NOW: DRAWN[NOW]}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = choose("Pictures of", options, key="wt_show") if len(options) > 1 else NOW
        per_filter = choose("Colour scale", SCALES, key="wt_scale") == FILTER
    if shown == NOW:
        return Drawn(
            weights.kernels, limits_of(weights.filter_limits, per_filter=per_filter)
        ), per_filter
    with np.errstate(all="ignore"):
        change = weights.kernels - weights.kernels_before
    return Drawn(change, limits_of(weights.change_limits, per_filter=per_filter)), per_filter
