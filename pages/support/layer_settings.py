"""The settings of the convolution layer that its page takes apart, and the layer they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib.convolution import conv2d
from cnnlib.filter_bank import (
    LARGEST_SIZE,
    MOST_FILTERS,
    SMALLEST_SIZE,
    FilterBank,
    learned_filters,
    preset_filters,
    untrained_filters,
)
from cnnlib.layers import ConvLayer
from cnnlib.spec import LayerShape, NetworkSpec
from pages.support.choices import choose
from pages.support.networks import shipped_network

LEARNED, PRESETS, UNTRAINED = "Learned", "Presets", "Untrained"
SIDE = 32  # pixels of the picture, as in CIFAR-10
MOST_STRIDE = 4
CONTROL_WIDTH = 150  # pixels: two side by side on a phone
NUMBER = "layer_filter"  # of the filter that is looked at, from 1, in the session and the address
ADDRESS = {"bind": "query-params", "persist_state": "page"}  # kept in steps that do not draw it


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution layer on the picture.

    Attributes:
        source: where its filters are from: LEARNED, PRESETS or UNTRAINED.
        bank: its filters.
        step: its shapes and counts.
        number: the filter that is looked at, from 0.
    """

    source: str
    bank: FilterBank
    step: LayerShape
    number: int

    @property
    def sliding(self) -> dict[str, int | str]:
        """Stride and padding, as `conv2d` takes them."""
        return {"stride": self.step.layer.stride, "padding": self.step.layer.padding}

    def maps(self, image: np.ndarray) -> np.ndarray:
        """What the layer makes of (height, width, 3), before ReLU: (rows, columns, filters)."""
        return conv2d(image[np.newaxis], self.bank.kernels, self.bank.bias, **self.sliding)[0]


def draw_settings() -> Layer:
    """Draw the controls in a row, or as many as the width asks for; the layer they describe."""
    with st.container(horizontal=True, gap="medium"):
        return _draw_controls()


def _draw_controls() -> Layer:
    source = choose(
        "Filters",
        [LEARNED, PRESETS, UNTRAINED],
        key="layer_filters",
        help="Learned by the shipped photo network; the presets of the filtering page, each on "
        "brightness and on two pairs of colours; or what a training starts from.",
        width=300,
    )
    padding = choose(
        "Padding",
        ["valid", "same"],
        key="layer_padding",
        help="“valid” adds nothing; “same” adds as many zeros as keep the size at stride 1.",
        width=CONTROL_WIDTH,
    )
    slider = {"width": CONTROL_WIDTH, **ADDRESS}
    stride = st.slider("Stride", 1, MOST_STRIDE, 1, key="layer_stride", **slider)
    if source == LEARNED:
        size = st.session_state.get("layer_size", SMALLEST_SIZE)  # for when it counts again
        with st.container(width=CONTROL_WIDTH):
            trained = learned_filters(shipped_network("cifar10")).size
            st.markdown(f":small[Kernel size]\n\n{trained}, as it was trained")
    else:
        size = st.slider(
            "Kernel size", SMALLEST_SIZE, LARGEST_SIZE, SMALLEST_SIZE, key="layer_size", **slider
        )
    count = st.slider(
        "Number of filters", 1, MOST_FILTERS, MOST_FILTERS, key="layer_count", **slider
    )
    if st.session_state.get(NUMBER, 1) > count:
        st.session_state[NUMBER] = count
    number = st.number_input("Filter to look at", 1, count, 1, key=NUMBER, **slider)
    return layer_of(source, count, number, size, stride, padding)


def kept_settings() -> Layer:
    """The layer as it was set in another step, without any control."""
    kept = st.session_state.get
    return layer_of(
        kept("layer_filters", LEARNED),
        kept("layer_count", MOST_FILTERS),
        kept(NUMBER, 1),
        kept("layer_size", SMALLEST_SIZE),
        kept("layer_stride", 1),
        kept("layer_padding", "valid"),
    )


def layer_of(source: str, count: int, number: int, size: int, stride: int, padding: str) -> Layer:
    """The layer with these settings; what no honest browser would send falls back."""
    size, stride = within(size, SMALLEST_SIZE, LARGEST_SIZE), within(stride, 1, MOST_STRIDE)
    if source == PRESETS:
        bank = preset_filters(size)
    elif source == UNTRAINED:
        bank = untrained_filters(size)
    else:
        source, bank = LEARNED, learned_filters(shipped_network("cifar10"))
    bank = bank.first(count)
    conv = ConvLayer(bank.count, bank.size, stride, padding if padding == "same" else "valid")
    step = next(NetworkSpec((SIDE, SIDE, 3), (conv,)).steps())
    return Layer(source, bank, step, within(number, 1, bank.count) - 1)


def within(number: float, low: int, high: int) -> int:
    """A slider's whole number, from `low` to `high` whatever a client sends.

    >>> within(10**9, 1, 4), within(float("nan"), 1, 4)
    (4, 1)
    """
    return int(min(max(low, number), high))
