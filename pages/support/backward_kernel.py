"""The way back, its end: one kernel's gradient out of two pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import arithmetic
from cnnlib.backward_steps import BackwardPass, LayerBackward
from cnnlib.kernel_gradient import Correlation, kernel_correlation, kernel_layers
from cnnlib.layers import BatchNormLayer
from cnnlib.network import Network
from pages.support.linked import Picture, draw_correlation
from pages.support.maps import number_text
from pages.support.page import PageText
from pages.support.stage import Cell

COLOURS = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class Watched:
    """The kernel that is followed: its layer, filter and input channel from 0, and its gradient."""

    layer: LayerBackward
    filter: int
    channel: int
    found: Correlation
    weight: Cell


def draw_kernel(text: PageText, taken: BackwardPass, network: Network) -> Watched | None:
    """The choice of a kernel and its gradient as a correlation; None without convolutions."""
    text.show("kernel")
    places = kernel_layers(network.spec)
    if not places:
        text.show("no_kernel")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = taken.layers[_choose_layer(network, places)]
        filter, channel = _choose_kernel(layer)
    found = kernel_correlation(layer, filter, channel)
    weight = _chosen_weight(found)
    if found.windows.stride[0] > 1:
        text.show("kernel_stride", stride=found.windows.stride[0])
    draw_correlation(
        _seen_picture(layer, channel, found),
        found,
        tuple(weight),
        title=f"How the gradient of filter {filter + 1}'s kernel comes about",
        key="back_correlation",
        on_choose=_choose_weight,
    )
    _tell_bias(text, taken, layer, filter)
    return Watched(layer, filter, channel, found, weight)


def _choose_layer(network: Network, places: tuple[int, ...]) -> int:
    layers = network.spec.layers
    names = [f"{at + 1} · {arithmetic.layer_text(layers[at])}" for at in places]
    name = st.selectbox("Layer", names, key="back_kernel_layer", bind="query-params", width=320)
    return places[names.index(name)] if name in names else places[0]


def _choose_kernel(layer: LayerBackward) -> tuple[int, int]:
    """The filter, at first the one with the largest gradient, and the input channel."""
    gradient = np.abs(layer.to_weights["kernel"])
    *_, channels, filters = gradient.shape
    at = layer.step.index + 1
    filter_key, channel_key = f"back_filter_{at}", f"back_channel_{at}"
    if filter_key not in st.session_state and filter_key not in st.query_params:
        st.session_state[filter_key] = int(np.argmax(gradient.sum(axis=(0, 1, 2)))) + 1
    shown = {"bind": "query-params", "width": 170}
    filter = st.number_input(f"Filter, of {filters}", 1, filters, key=filter_key, **shown)
    channel = 1
    if channels > 1:
        channel = st.number_input(f"Channel, of {channels}", 1, channels, key=channel_key, **shown)
    return min(max(int(filter), 1), filters) - 1, min(max(int(channel), 1), channels) - 1


def _seen_picture(layer: LayerBackward, channel: int, found: Correlation) -> Picture:
    (top, bottom), (left, right) = found.windows.padding
    first, channels = layer.step.index == 0, layer.received.shape[2]
    colour = f", {COLOURS[channel]}" if first and channels == 3 else ""
    what = f"the image{colour}" if first else f"map {channel + 1} of the layer before"
    around = ", zeros around it" if max(top, bottom, left, right) else ""
    scale = "grey" if first else "magnitude" if found.seen.min() >= 0 else "signed"
    return Picture("Input", found.seen, scale, what + around, (top, bottom, left, right))


def _chosen_weight(found: Correlation) -> Cell:
    """The weight to follow, that the address names; else the one with the largest gradient."""
    height, width = found.windows.size
    named = st.query_params.get("back_weight", "")
    places = {f"{r + 1}-{c + 1}": Cell(r, c) for r in range(height) for c in range(width)}
    at = int(np.argmax(np.abs(found.gradient)))
    return places.get(named, Cell(*divmod(at, width)))


def _choose_weight(place: tuple[int, int]) -> None:
    st.query_params["back_weight"] = f"{place[0] + 1}-{place[1] + 1}"


def _tell_bias(text: PageText, taken: BackwardPass, layer: LayerBackward, filter: int) -> None:
    if "bias" in layer.to_weights:
        text.show("bias", gradient=number_text(float(layer.to_weights["bias"][filter])))
        return
    behind = taken.layers[layer.step.index + 1].step.layer
    text.show("no_bias_needed" if isinstance(behind, BatchNormLayer) else "no_bias")
