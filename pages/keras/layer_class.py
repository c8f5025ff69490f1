"""What a layer is: every kind on a tiny picture, by NumPy and by Keras, and three of one's own."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.demos import DemoResult, LayerDemo, OwnLayerDemo, pixels_of
from cnnlib.fields import SpecError
from cnnlib.filtering import grey, grey_picture, signed_picture
from cnnlib.keras_code import layer_code
from cnnlib.layers import LAYERS
from cnnlib.own_layers import OWN_LAYERS, Sobel
from cnnlib.pixels import fit_square
from cnnlib.questions_layers import QUESTIONS
from pages.support.choices import choose
from pages.support.code import draw_code
from pages.support.exercise import draw_exercise
from pages.support.layer_demos import (
    draw_numbers,
    draw_settings,
    draw_waiting,
    draw_weights,
    keras_status,
    weight_grids,
)
from pages.support.numbers import draw_grids
from pages.support.page import open_page, sentence
from pages.support.photos import choose_photo
from pages.support.pictures import picture

SIDE = 6  # pixels of the picture whose numbers are all shown
OWN_SIDE = 28  # of the one that layers of one's own get
SURELY_NEGATIVE = -0.5  # not by a little noise
SCALE = 8  # screen pixels to one of those
LONG = 8  # numbers of a row that fit into half of the width
COLOURED = ("batch_norm", "activation", "global_average_pool")  # where channels matter
KIND_TITLES = {kind: layer.title for kind, layer in LAYERS.items()}
OWN_TITLES = {name: own.title for name, own in OWN_LAYERS.items()}


def say(error: SpecError) -> None:
    st.error(sentence(error), icon=":material/error:")


def tiny_image(rgb: np.ndarray, kind: str) -> np.ndarray:
    """The picture for one kind of layer: (SIDE, SIDE, 1 or 3) float32."""
    small = fit_square(np.broadcast_to(rgb, (*rgb.shape[:2], 3)), SIDE)
    image = small if kind in COLOURED else grey(small)[:, :, np.newaxis]
    return 2 * image - 1 if kind == "activation" else image


def draw_kind(kind: str, rgb: np.ndarray) -> None:
    """One kind of layer: its formula, its weights, and its output twice."""
    controls, shown = st.columns([3, 8], gap="medium")
    try:
        with controls:
            layer = draw_settings(LAYERS[kind], f"layer_class_{kind}_")
        image = tiny_image(rgb, kind)
        demo = LayerDemo(layer, pixels_of(image))
        ours = demo.output()
    except SpecError as error:
        say(error)
        return
    with shown:
        text.show(kind)
        lines = f"layer = {layer_code(layer)}\noutputs = layer(inputs)"
        draw_code(lines, key="layer_class_code")
        draw_numbers("Input", demo.inputs, "Numbers")
        weights = demo.weights()
        if weights:
            st.markdown("**Weights**")
            draw_grids(weight_grids(layer, weights, image.shape))
        draw_both(demo, ours)


def draw_both(demo: LayerDemo, ours: np.ndarray) -> None:
    """The output by our NumPy and by Keras, and how far they are apart."""
    is_row = ours.ndim == 2
    name = "Numbers" if is_row else "Map"
    # A long row needs the whole width.
    left, right = (st.container(), st.container()) if ours.size > LONG and is_row else st.columns(2)
    with left:
        draw_numbers("Output, our NumPy", ours, name)
    status = keras_status(demo)
    with right:
        if status.result is None:
            st.markdown("**Output, Keras**")
            draw_waiting(demo, status)
        else:
            draw_numbers("Output, Keras", status.result.output, name)
    draw_difference(ours, status.result)
    draw_weights(status.result)


def draw_difference(ours: np.ndarray, result: DemoResult | None) -> None:
    """How far the two outputs are apart, or that this is not known yet."""
    apart = "…" if result is None else f"{np.abs(result.output - ours).max():.1g}"
    st.markdown(f"**Largest difference: {apart}**")


def draw_own(name: str, rgb: np.ndarray) -> None:
    """A layer of one's own: its code, and what it makes of the picture."""
    controls, shown = st.columns([3, 8], gap="medium")
    try:
        with controls:
            layer = draw_settings(OWN_LAYERS[name], f"layer_class_{name}_")
        image = grey(fit_square(np.broadcast_to(rgb, (*rgb.shape[:2], 3)), OWN_SIDE))
        demo = OwnLayerDemo(layer, pixels_of(image[:, :, np.newaxis]))
    except SpecError as error:
        say(error)
        return
    with shown:
        text.show(name)
        draw_code(layer.code(), key="layer_class_own_code")
        before, after = st.columns(2)
        with before:
            draw_image("Input", image, signed=False)
        status = keras_status(demo)
        with after:
            if status.result is None:
                st.markdown("**Output**")
                draw_waiting(demo, status)
            else:
                output = status.result.output[0, :, :, 0]
                signed = isinstance(layer, Sobel) or output.min() < SURELY_NEGATIVE
                draw_image("Output", output, signed=signed)
        draw_weights(status.result)


def draw_image(title: str, image: np.ndarray, *, signed: bool) -> None:
    """A picture of (OWN_SIDE, OWN_SIDE) numbers, and those in its middle."""
    if signed:
        drawn, colours = signed_picture(image), "blue positive, orange negative"
    else:
        drawn, colours = grey_picture(image), "black is 0, white is 1"
    st.markdown(f"**{title}**")
    caption = f"{image.min():.2f} to {image.max():.2f}; {colours}"
    picture(drawn, alt=f"{title} of the layer", scale=SCALE, caption=caption)
    start = (OWN_SIDE - SIDE) // 2
    middle = slice(start, start + SIDE)
    draw_grids([(f"The {SIDE} × {SIDE} numbers in its middle", image[middle, middle])])


text = open_page("layer_class")
text.show("methods")
text.show("kinds")
_, rgb = choose_photo("layer_class_picture", small=True, first="A frog")
kind = choose("Kind of layer", KIND_TITLES, key="layer_class_kind", default="conv", wrap=True)
draw_kind(kind, rgb)
text.show("own")
draw_own(choose("Layer", OWN_TITLES, key="layer_class_own", wrap=True), rgb)
text.show("notice")
with st.expander("What the words mean"):
    text.show("terms")
draw_exercise("layer_class", QUESTIONS["layer_class"])
