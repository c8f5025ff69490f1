"""The shipped photo network behind its first layer: its verdict, and what its cells see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnnlib import arithmetic, datasets
from cnnlib.convolution import ConvolutionError
from cnnlib.explain import changes_nothing, layer_passes, strongest_first
from cnnlib.network import Network
from cnnlib.receptive import Field, growth_sum, receptive_fields
from cnnlib.verdict import percent
from cnnlib.worked import dense_sum, flatten_order, softmax_steps
from pages.support.bars import draw_probabilities
from pages.support.dense_sum import draw_dense_sum
from pages.support.field import draw_field
from pages.support.layer_settings import within
from pages.support.networks import shipped_network
from pages.support.page import PageText, sentence
from pages.support.pictures import picture
from pages.support.tables import draw_table, hundredths

LIKELIEST = "The likeliest"
CORNER = 2  # rows and columns in the middle of the picture that are flattened
SCALE = 5


def draw_dense(text: PageText, image: np.ndarray, title: str) -> None:
    """Flatten, and one dense unit's sum, number by number."""
    _draw_flatten(text, image)
    network, classes = shipped_network("cifar10"), datasets.info("cifar10").classes
    inputs = network.activations(image[np.newaxis])[-2][0]
    likeliest = classes[int(network.logits(image[np.newaxis]).argmax())]
    _draw_unit(text, network, inputs, likeliest, classes)


def _draw_flatten(text: PageText, image: np.ndarray) -> None:
    text.show("flatten", side=CORNER)
    middle = len(image) // 2
    part = slice(middle, middle + CORNER)
    cells = flatten_order(image[part, part])
    rows = [
        (
            f"{pixel[0].row}, {pixel[0].column}",
            *(f"{cell.position}: {cell.value:.2f}" for cell in pixel),
        )
        for pixel in (cells[at : at + 3] for at in range(0, len(cells), 3))
    ]
    draw_table(("Row, column", "Red", "Green", "Blue"), rows)


def _draw_unit(
    text: PageText, network: Network, inputs: np.ndarray, likeliest: str, classes: Sequence[str]
) -> None:
    step = network.spec.trace()[-1]
    kinds = [layer for layer in network.spec.layers[:-1] if not changes_nothing(layer)]
    place = st.empty()
    asked = st.selectbox(
        "Class", [LIKELIEST, *classes], key="layer_class", bind="query-params", width=240
    )
    name = asked if asked in classes else likeliest
    with place.container():
        before = arithmetic.layer_text(kinds[-1]).lower()
        text.show("dense", layer=before, count=step.input_shape[0], name=name)
    weights = network.weights[-1]
    worked = dense_sum(inputs, weights["kernel"], weights.get("bias"), classes.index(name))
    draw_dense_sum(worked, f"logit of {name}")


def draw_softmax(text: PageText, image: np.ndarray, title: str) -> None:
    """Logits to shares, with a temperature."""
    network, classes = shipped_network("cifar10"), datasets.info("cifar10").classes
    logits = network.logits(image[np.newaxis])[0]
    place = st.empty()
    temperature = st.slider(
        "Temperature", 0.1, 10.0, 1.0, 0.1, key="layer_temperature", bind="query-params", width=320
    )
    try:
        steps = softmax_steps(logits, temperature)
    except ConvolutionError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    with place.container():
        text.show("softmax", total=f"{steps.total:.4f}")
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=SCALE * image.shape[1]):
            shown = np.rint(image * 255).astype(np.uint8)
            picture(shown, alt=f"{title}, as the network sees it", scale=SCALE)
        with st.container(width=420):
            draw_probabilities(steps.shares, classes, key="layer_bars")
    rows = [
        (
            name,
            hundredths(steps.logits[at]),
            hundredths(steps.shifted[at]),
            f"{steps.powers[at]:.4f}",
            percent(steps.shares[at]),
        )
        for at, name in enumerate(classes)
    ]
    draw_table(("Class", "Logit", "÷ T, less largest", "e to it", "Share"), rows)
    text.show("no_class")


def draw_receptive_field(text: PageText, image: np.ndarray, title: str) -> None:
    """What a cell of the chosen layer sees."""
    text.show("field")
    network = shipped_network("cifar10")
    fields = receptive_fields(network.spec)
    number = st.slider(
        "Layer",
        1,
        len(fields),
        min(4, len(fields)),
        key="layer_depth",
        bind="query-params",
        width=320,
    )
    number = within(number, 1, len(fields))
    field = fields[number - 1]
    cells, name = _strongest_map(network, image, fields, number - 1)
    shown = np.rint(image * 255).astype(np.uint8)
    draw_field(shown, cells, field, title=title, name=name, key="layer_field")
    rows = [
        (
            arithmetic.layer_text(each.step.layer).split(",")[0],
            f"{growth_sum(fields, at)}",
            each.jump,
        )
        for at, each in enumerate(fields[:number])
    ]
    draw_table(("Layer", "Side of the square", "Step"), rows)
    text.show("growth")


def _strongest_map(
    network: Network, image: np.ndarray, fields: Sequence[Field], at: int
) -> tuple[np.ndarray, str]:
    """The map that says most of what a layer passes on to the next window, and what it is."""
    passes = layer_passes(network, image)
    last = fields[at + 1].step.index - 1 if at + 1 < len(fields) else fields[at].step.index
    maps = passes[last].passed_on
    name = arithmetic.layer_text(fields[at].step.layer).split(",")[0]
    if maps.ndim != 3:
        return np.zeros((1, 1)), f"{name}: one number a map"
    number = int(strongest_first(maps)[0])
    shape = arithmetic.shape_text(maps.shape[:2])
    return maps[:, :, number], f"{name}: map {number + 1}, {shape}"
