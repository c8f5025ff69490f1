"""The kernel of the filtering page: a preset or a learned one, its size, and every weight of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import filtering
from cnnlib.kernels import KERNELS, LARGEST_SIZE, KernelError, kernel_of_size
from pages.support.components import component
from pages.support.networks import shipped_network
from pages.support.page import sentence

LEARNED = "Learned by the shipped digits network"
TITLES = {kernel.title: name for name, kernel in KERNELS.items()}
DEFAULT = KERNELS["sobel_x"].title
ADDRESS = "filter_weights"  # of a kernel that a reader has changed
EDITOR = "filter_editor"
REFUSED = "filter_refused"  # why what was typed last is no kernel, until it is said
_weights = component("weights")


def kernel_controls() -> tuple[str, np.ndarray]:
    """Draw preset, size and weights; return the kernel's title and its weights."""
    preset = st.selectbox(
        "Kernel",
        [*TITLES, LEARNED],
        index=[*TITLES].index(DEFAULT),
        key="filter_preset",
        bind="query-params",
        on_change=forget_changes,
    )
    if preset == LEARNED:
        network = shipped_network("digits")
        count = network.spec.layers[0].filters
        number = st.slider(
            "Filter",
            1,
            count,
            1,
            key="filter_learned",
            bind="query-params",
            on_change=forget_changes,
        )
        base = filtering.learned_weights(network, number - 1)
    else:
        size = st.slider(
            "Kernel size",
            1,
            LARGEST_SIZE,
            3,
            key="filter_size",
            bind="query-params",
            on_change=forget_changes,
        )
        title = preset if preset in TITLES else DEFAULT
        base = kernel_of_size(TITLES[title], size)
    return edited_weights(preset, base)


def edited_weights(preset: str, base: np.ndarray) -> tuple[str, np.ndarray]:
    """Let the reader change every weight; a changed kernel is custom, and in the address."""
    weights = _from_address(base)

    def take() -> None:
        sent = st.session_state[EDITOR].weights
        # Clients can send anything.
        if not isinstance(sent, str):
            return
        try:
            st.query_params[ADDRESS] = filtering.weights_to_text(filtering.weights_from_text(sent))
        except KernelError as error:
            st.session_state[REFUSED] = str(error)

    rows = filtering.weights_to_text(weights).split(";")
    _weights(
        data={
            "title": "The kernel's weights, row by row",
            "rows": tuple(tuple(row.split(",")) for row in rows),
            "refused": st.session_state.get(REFUSED, ""),
        },
        key=EDITOR,
        on_weights_change=take,
    )
    if REFUSED in st.session_state:
        st.error(sentence(st.session_state.pop(REFUSED)), icon=":material/error:")
    if weights.shape == base.shape and np.abs(weights - base).max() < 1e-4:
        st.query_params.pop(ADDRESS, None)
        return preset, base
    return f"Custom, from {preset}", weights


def _from_address(base: np.ndarray) -> np.ndarray:
    """The changed weights that the address names, or those of the preset."""
    if ADDRESS not in st.query_params:
        return base
    try:
        return filtering.weights_from_text(st.query_params[ADDRESS])
    except KernelError as error:
        st.warning(f"The preset is shown, because {error}")
        return base


def forget_changes() -> None:
    """A new preset or size starts from its own weights."""
    st.query_params.pop(ADDRESS, None)
