"""A convolution layer taken apart, step by step, and what a network does behind it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.pixels import fit_square
from cnnlib.questions_game_changer import QUESTIONS
from cnnlib.questions_layer import layer_questions
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.layer_kinds import draw_kinds
from pages.support.layer_network import draw_dense, draw_receptive_field, draw_softmax
from pages.support.layer_settings import SIDE, draw_settings, kept_settings
from pages.support.layer_steps import (
    draw_all_maps,
    draw_count,
    draw_number,
    draw_pooling,
    draw_relu,
)
from pages.support.page import open_page
from pages.support.photos import choose_photo

# The first take the layer as the reader has set it, the others the picture alone.
LAYER_STEPS = {
    "One number": draw_number,
    "All maps": draw_all_maps,
    "ReLU": draw_relu,
    "Pooling": draw_pooling,
    "The sums": draw_count,
}
NETWORK_STEPS = {
    "Flatten and dense": draw_dense,
    "Softmax": draw_softmax,
    "What a cell sees": draw_receptive_field,
}
KINDS = "Other kinds"
STEPS = [*LAYER_STEPS, *NETWORK_STEPS, KINDS]


def go_to(step: str) -> None:
    st.session_state["layer_step"] = step


def small_square(rgb: np.ndarray) -> np.ndarray:
    """Any picture as the layer takes it: float32 (32, 32, 3) in [0, 1]."""
    return fit_square(np.broadcast_to(rgb, (*rgb.shape[:2], 3)), SIDE)


text = open_page("convolution_layer")
title, rgb = choose_photo("layer_picture", small=True, first="A frog")
image = small_square(rgb)
step = choose("Step", STEPS, key="layer_step", wrap=True)
st.header(step, anchor=False)
if step in LAYER_STEPS:
    layer = draw_settings()
    LAYER_STEPS[step](text, image, layer)
else:
    layer = kept_settings()
    if step == KINDS:
        draw_kinds(text, image)
    else:
        NETWORK_STEPS[step](text, image, title)
if step != STEPS[-1]:
    following = STEPS[STEPS.index(step) + 1]
    st.button(
        f"Next step: {following}",
        icon=":material/arrow_downward:",
        key="layer_next",
        on_click=go_to,
        args=(following,),
    )
own = layer_questions(image, layer.bank, layer.step)
draw_exercise("convolution_layer", (*own, *QUESTIONS["convolution_layer"]))
