"""One filter, one window at a time, and then on a whole photo."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import filtering, shapes
from cnnlib.convolution import ConvolutionError
from cnnlib.kernels import KERNELS, KernelError
from cnnlib.pixels import fit_square, to_png
from cnnlib.questions_game_changer import QUESTIONS
from pages.support.exercise import draw_exercise
from pages.support.kernel_editor import DEFAULT, TITLES, kernel_controls
from pages.support.page import open_page, sentence
from pages.support.photos import choose_photo
from pages.support.pictures import picture
from pages.support.stage import stage
from pages.support.tables import hundredths

NO_FIT = (shapes.ShapeError, ConvolutionError)
SMALL_SIDE = 24
LARGE_SIDE = 512
SIGNS = {
    "positive": "Most positive",
    "negative": "Most negative",
    "zero": "Nearest to zero",
}
AROUND = 6  # pixels shown on each side of a window
CLOSE_UP = 280  # about as wide as such a picture is drawn, in screen pixels


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


def draw_whole(title: str, rgb: np.ndarray, weights: np.ndarray, how: filtering.Settings) -> None:
    """The filter on the whole photo, and the windows where its answers are extreme."""
    image = filtering.grey(filtering.shrink_to(rgb, LARGE_SIDE))
    answers = filtering.response(image, weights, how)
    draw_photo(title, image, answers, filtering.is_like_a_picture(weights))
    draw_signs(image, answers, len(weights), how)


def draw_photo(title: str, image: np.ndarray, answers: np.ndarray, as_picture: bool) -> None:
    """The same filter on the whole photo, beside it."""
    text.show("photo", places=f"{answers.size:,}")
    drawn = filtering.grey_picture(answers) if as_picture else filtering.signed_picture(answers)
    before, after = st.columns(2)
    before.image(to_png(image), caption="Brightness, 0 to 1", alt=f"{title}, in grey")
    after.image(
        to_png(drawn),
        caption=f"Answers, {hundredths(answers.min())} to {hundredths(answers.max())}"
        + ("" if as_picture else "; blue positive, orange negative"),
        alt=f"The filter's answers on {title.lower()}",
    )


def draw_signs(image: np.ndarray, answers: np.ndarray, size: int, how: filtering.Settings) -> None:
    """The windows of the photo that got the most, the least and nothing."""
    text.show("signs")
    places = filtering.places_of_sign(answers)
    for column, sign in zip(st.columns(len(SIGNS)), SIGNS, strict=True):
        with column:
            if sign not in places:
                text.show(f"no_{sign}")
                continue
            part = filtering.window_and_around(image, size, places[sign], how, AROUND)
            caption = f"{SIGNS[sign]}: {hundredths(answers[places[sign]])}"
            close_up = filtering.close_up(part, AROUND, CLOSE_UP // len(part))
            alt = f"{caption}: the window, outlined, and its surroundings"
            picture(close_up, alt=alt, scale=1, caption=caption)


def say_no_fit(error: ValueError) -> None:
    st.error(f"No window fits: {error}", icon=":material/error:")


text = open_page("filtering")
title, rgb = choose_photo("filter_picture")
controls, shown = st.columns([3, 8], gap="medium")
with controls:
    try:
        kernel_title, weights = kernel_controls()
    except KernelError as error:
        st.error(sentence(error), icon=":material/error:")
        kernel_title, weights = DEFAULT, KERNELS["sobel_x"].weights
    how = sliding_controls()
with shown:
    if kernel_title in TITLES:
        kernel = KERNELS[TITLES[kernel_title]]
        st.markdown(f"**{kernel.title}.** {kernel.looks_for}", help=f"Source: {kernel.source}.")
    try:
        draw_small(kernel_title, filtering.grey(fit_square(rgb, SMALL_SIDE)), weights, how)
    except NO_FIT as error:
        say_no_fit(error)
    text.show("stage")
try:
    draw_whole(title, rgb, weights, how)
except NO_FIT as error:
    say_no_fit(error)
with st.expander("What the words mean"):
    text.show("terms")
draw_exercise("filtering", QUESTIONS["filtering"])
