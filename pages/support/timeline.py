"""The timeline: a year to scrub to, what happened, and something to try."""

from __future__ import annotations

import streamlit as st

from cnnlib import shapes
from cnnlib.history import STOPS, Stop, stop_of
from pages.support.links import draw_link, entry_of
from pages.support.page import PageText, fill


@st.fragment
def draw_timeline(text: PageText) -> None:
    """Draw the years, and the stop that is chosen; the address keeps it."""
    years = [stop.year for stop in STOPS]
    with st.container(border=True, key="history_timeline"):
        year = st.select_slider("Year", years, key="history_year", bind="query-params")
        stop = stop_of(year)
        st.subheader(f"{stop.year}: {stop.title}", anchor=False)
        happened, to_try = st.columns([3, 2], gap="large")
        with happened:
            st.markdown(stop.happened)
            sources = (f":small[[{words}]({address})]" for words, address in stop.sources)
            st.markdown("  \n".join(sources))
        with to_try:
            st.markdown("**Something to try**")
            draw_something_to_try(text, stop)


def draw_something_to_try(text: PageText, stop: Stop) -> None:
    """The stop's exhibit, or its first door that leads to a listed page."""
    if stop.exhibit:
        EXHIBITS[stop.exhibit](text)
        return
    door = next((door for door in stop.doors if entry_of(door.page)), None)
    if door:
        st.markdown(door.words)
        draw_link(door.page, query=door.query)


def _bar(text: PageText) -> None:
    st.markdown(text.sections["bar"])


def _alexnet(text: PageText) -> None:
    """Whether AlexNet's first layer fits the image that its paper names."""
    st.markdown(text.sections["alexnet"])
    side = st.slider("Pixels to a side", 220, 232, 224, key="history_side", bind="query-params")
    answer = {
        "side": side,
        "answers": shapes.output_size(side, 11, stride=4),
        "unused": shapes.unused_cells(side, 11, stride=4),
        "parameters": f"{shapes.conv_parameters(11, 3, 96):,}",
    }
    st.markdown(fill(text.sections["alexnet_answer"], answer))


def _stacked(text: PageText) -> None:
    """Small kernels in a row against a large one."""
    st.markdown(text.sections["stacked"])
    count = st.slider("Kernels in a row", 1, 5, 2, key="history_stacked", bind="query-params")
    field, _ = shapes.receptive_field([(3, 1)] * count)
    answer = {
        "count": count,
        "field": field,
        "small": f"{count * shapes.conv_parameters(3, 64, 64, bias=False):,}",
        "large": f"{shapes.conv_parameters(field, 64, 64, bias=False):,}",
    }
    st.markdown(fill(text.sections["stacked_answer"], answer))


def _patches(text: PageText) -> None:
    """An image cut into the words of a vision transformer."""
    st.markdown(text.sections["patches"])
    sizes = [8, 14, 16, 28, 32, 56]
    size = st.select_slider("Side of a square", sizes, 16, key="history_patch", bind="query-params")
    size = size if size in sizes else 16
    count = shapes.output_size(224, size, stride=size)
    answer = {"count": count, "patches": f"{count**2:,}", "size": size, "numbers": 3 * size**2}
    st.markdown(fill(text.sections["patches_answer"], answer))


EXHIBITS = {"bar": _bar, "alexnet": _alexnet, "stacked": _stacked, "patches": _patches}
