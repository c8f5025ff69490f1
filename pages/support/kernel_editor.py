"""The kernel of the filtering page: a preset or a learned one, its size, and every weight of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import filtering
from cnnlib.kernels import KERNELS, LARGEST_SIZE, KernelError, kernel_of_size
from pages.support.networks import shipped_network
from pages.support.spoken_name import give_name

LEARNED = "Learned by the shipped digits network"
TITLES = {kernel.title: name for name, kernel in KERNELS.items()}
DEFAULT = KERNELS["sobel_x"].title
ADDRESS = "filter_weights"  # of a kernel that a reader has changed
BASE = "filter_base"  # the weights that the editor started from, in the session


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
        name = f"learned_{number}"
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
        name = f"{TITLES[title]}_{size}"
        base = kernel_of_size(TITLES[title], size)
    return edited_weights(preset, name, base)


def edited_weights(preset: str, name: str, base: np.ndarray) -> tuple[str, np.ndarray]:
    """Let the reader change every weight; a changed kernel is custom, and in the address."""
    if BASE not in st.session_state:
        st.session_state[BASE] = base_from_address(base)
    start = st.session_state[BASE]
    key = f"filter_editor_{name}_{len(start)}"
    table = st.data_editor(
        np.asarray(start, dtype=np.float64).round(4),
        key=key,
        hide_index=True,
        column_config={
            str(n): st.column_config.NumberColumn(f"{n + 1}", step=0.0001, format="plain")
            for n in range(len(start))
        },
    )
    give_name("The kernel's weights, row by row", within=key, part='[role="grid"]')
    weights = filtering.checked_weights(table)
    if weights.shape == base.shape and np.abs(weights - base).max() < 1e-4:
        st.query_params.pop(ADDRESS, None)
        return preset, base
    st.query_params[ADDRESS] = filtering.weights_to_text(weights)
    return f"Custom, from {preset}", weights


def base_from_address(base: np.ndarray) -> np.ndarray:
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
    st.session_state.pop(BASE, None)
    st.query_params.pop(ADDRESS, None)
