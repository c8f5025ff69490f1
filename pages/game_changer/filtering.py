"""One filter, one window at a time, and then on a whole photo."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import filtering, shapes
from cnnlib.convolution import ConvolutionError
from cnnlib.kernels import KERNELS, LARGEST_SIZE, KernelError, kernel_of_size
from cnnlib.pixels import fit_square, to_png
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.exercise import draw_exercise
from pages.support.networks import shipped_network
from pages.support.page import open_page, sentence
from pages.support.photos import choose_photo
from pages.support.stage import stage

NO_FIT = (shapes.ShapeError, ConvolutionError)
SMALL_SIDE = 24
LARGE_SIDE = 512
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
    table = st.data_editor(
        np.asarray(start, dtype=np.float64).round(4),
        key=f"filter_editor_{name}_{len(start)}",
        hide_index=True,
        column_config={
            str(n): st.column_config.NumberColumn(f"{n + 1}", step=0.0001, format="plain")
            for n in range(len(start))
        },
    )
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


def sliding_controls() -> filtering.Settings:
    """Draw stride, padding, dilation and bias."""
    return filtering.Settings(
        stride=st.slider("Stride", 1, 4, 1, key="filter_stride", bind="query-params"),
        padding=st.slider("Padding", 0, 5, 0, key="filter_padding", bind="query-params"),
        dilation=st.slider("Dilation", 1, 3, 1, key="filter_dilation", bind="query-params"),
        bias=st.slider("Bias", -2.0, 2.0, 0.0, 0.1, key="filter_bias", bind="query-params"),
    )


def draw_small(title: str, image: np.ndarray, weights: np.ndarray, how: filtering.Settings) -> None:
    """The picture as a few pixels, window by window."""
    stage(
        image,
        weights,
        key="filter_stage",
        bias=how.bias,
        stride=how.stride,
        padding=how.padding,
        dilation=how.dilation,
        title=title,
    )
    unused = shapes.unused_cells(
        len(image), len(weights), stride=how.stride, padding=how.padding, dilation=how.dilation
    )
    if unused:
        text.show("unreached", stride=how.stride, count=unused, size=len(image) + 2 * how.padding)


def draw_photo(title: str, rgb: np.ndarray, weights: np.ndarray, how: filtering.Settings) -> None:
    """The same filter on the whole photo, beside it."""
    image = filtering.grey(filtering.shrink_to(rgb, LARGE_SIDE))
    answers = filtering.response(image, weights, how)
    text.show("photo", places=f"{answers.size:,}")
    as_picture = filtering.is_like_a_picture(weights)
    drawn = filtering.grey_picture(answers) if as_picture else filtering.signed_picture(answers)
    before, after = st.columns(2)
    before.image(to_png(image), caption="Brightness, 0 to 1", alt=f"{title}, in grey")
    after.image(
        to_png(drawn),
        caption=f"Answers, {answers.min():.2f} to {answers.max():.2f}"
        + ("" if as_picture else "; blue positive, orange negative"),
        alt=f"The filter's answers on {title.lower()}",
    )


def say_no_fit(error: ValueError) -> None:
    st.error(f"No window fits: {error}", icon=":material/error:")


text = open_page("filtering")
title, rgb = choose_photo("filter_picture")
controls, picture = st.columns([3, 8], gap="medium")
with controls:
    try:
        kernel_title, weights = kernel_controls()
    except KernelError as error:
        st.error(sentence(error), icon=":material/error:")
        kernel_title, weights = DEFAULT, KERNELS["sobel_x"].weights
    how = sliding_controls()
with picture:
    if kernel_title in TITLES:
        kernel = KERNELS[TITLES[kernel_title]]
        st.markdown(f"**{kernel.title}.** {kernel.looks_for}", help=f"Source: {kernel.source}.")
    try:
        draw_small(kernel_title, filtering.grey(fit_square(rgb, SMALL_SIDE)), weights, how)
    except NO_FIT as error:
        say_no_fit(error)
    text.show("stage")
text.show("signs")
try:
    draw_photo(title, rgb, weights, how)
except NO_FIT as error:
    say_no_fit(error)
with st.expander("What the words mean"):
    text.show("terms")
draw_exercise("filtering", QUESTIONS["filtering"])
