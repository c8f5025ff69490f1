"""A run after one of its epochs: its filters, an image in it, and how well it does class by class.

All draw the same things in the same places whatever the epoch, so that only their contents change.
"""

from __future__ import annotations

import contextlib

import numpy as np
import streamlit as st

from cnnlib import arithmetic, datasets
from cnnlib.explain import LayerPass, layer_passes
from cnnlib.layers import ConvLayer
from cnnlib.network import Network
from cnnlib.records import RunError
from cnnlib.verdict import VerdictError, verdict
from pages.support import jobs
from pages.support.bars import draw_probabilities, draw_shares
from pages.support.confusion_table import draw_confusion_table
from pages.support.held_back import held_back, matrix_at
from pages.support.image_choice import choose_image
from pages.support.maps import Sheet, draw_maps
from pages.support.page import PageText
from pages.support.pictures import picture

IMAGE_SIDE = 168  # screen pixels
MOST_MAPS = 32
LAYERS_SHOWN = 2
COLOURS = {1: ("grey",), 3: ("red", "green", "blue")}


def draw_filters(text: PageText, run_id: str, epoch: int) -> None:
    """The filters of a convolution, on a scale that all epochs share."""
    steps = jobs.store().spec(run_id).network.trace()
    convolutions = [step.index for step in steps if isinstance(step.layer, ConvLayer)]
    if not convolutions:
        text.show("no_filters")
        return
    names = {at: f"{at + 1} · {arithmetic.layer_text(steps[at].layer)}" for at in convolutions}
    left, right = st.columns(2)
    layer = left.selectbox("Layer", convolutions, format_func=names.get, key="training_layer")
    layer = layer if layer in convolutions else convolutions[0]
    channels = steps[layer].input_shape[2]
    channel = _choose_channel(right, layer, channels)
    values = jobs.store().network(run_id, epoch).weights[layer]["kernel"][:, :, channel]
    limit = _limit(run_id, layer, channel)
    title = f"The filters of layer {layer + 1}, {epoch} epochs trained"
    draw_maps(Sheet(title, values, signed=True, noun="filter", limit=limit), key="training_filters")
    text.show("filters")


def _choose_channel(place, layer: int, channels: int) -> int:
    if channels == 1:
        place.empty()
        return 0
    label = f"Input channel, of {channels}"
    if layer == 0 and channels in COLOURS:
        label += f": {', '.join(COLOURS[channels])}"
    return int(place.number_input(label, 1, channels, key=f"training_channel_{layer}")) - 1


def _limit(run_id: str, layer: int, channel: int) -> float:
    """The largest weight at the beginning and now, so that epochs can be compared by colour."""
    kept, largest = jobs.store().epochs(run_id), 0.0
    for epoch in (kept[0], kept[-1]):
        with contextlib.suppress(RunError):  # weights that blew up have no largest
            kernel = jobs.store().network(run_id, epoch).weights[layer]["kernel"]
            largest = max(largest, float(np.abs(kernel[:, :, channel]).max()))
    return largest


def draw_image(text: PageText, run_id: str, epoch: int) -> None:
    """What the network makes of one image: its answer, and the maps of its first convolutions."""
    spec = jobs.store().spec(run_id)
    network: Network = jobs.store().network(run_id, epoch)
    classes = datasets.info(spec.training.dataset).classes
    left, right = st.columns([5, 6], gap="large")
    with left:
        image = choose_image(spec.training.dataset, key="training_image")
        picture(image.shown, alt=image.name, scale=IMAGE_SIDE // image.shown.shape[1])
    layers = layer_passes(network, image.pixels)
    with right:
        _draw_answer(text, layers[-1].passed_on, classes, image.label)
    first = [layer for layer in layers if isinstance(layer.step.layer, ConvLayer)][:LAYERS_SHOWN]
    for layer in first:
        _draw_layer(layer)
    if first:
        text.show("image")


def _draw_answer(
    text: PageText, probabilities: np.ndarray, classes: tuple[str, ...], label: int | None
) -> None:
    try:
        answer = verdict(probabilities, classes)
    except VerdictError as error:
        st.error(str(error), icon=":material/error:")
        return
    draw_probabilities(probabilities, classes, key="training_bars")
    right = "" if label is None else " Right." if label == answer.best else " Wrong."
    truth = f" It is **{classes[label]}**." if right == " Wrong." else ""
    st.markdown(f"{answer.sentence}{right}{truth}")


def _draw_layer(layer: LayerPass) -> None:
    index, count = layer.step.index, layer.passed_on.shape[2]
    shown = "" if count <= MOST_MAPS else f", the first {MOST_MAPS} of {count} maps"
    st.markdown(f"**{index + 1} · {arithmetic.layer_text(layer.step.layer)}**{shown}")
    order = range(min(count, MOST_MAPS))
    title = f"The feature maps of layer {index + 1}"
    sheet = Sheet(title, layer.passed_on, layer.signed, per_map=True, order=order, side=56)
    draw_maps(sheet, key=f"training_maps_{index}")


def draw_classes(text: PageText, run_id: str, epoch: int) -> None:
    """The share of each class that is told right, and what is taken for what."""
    images = held_back(jobs.store().spec(run_id).training)
    matrix = matrix_at(run_id, epoch)
    left, right = st.columns([4, 5], gap="large")
    with left:
        st.markdown("**Told right, of each class**")
        draw_shares(
            "Told right, of each class",
            images.classes,
            _class_shares(run_id, epoch, matrix),
            key="training_classes",
        )
    with right:
        st.markdown("**What is taken for what**")
        draw_confusion_table(matrix, images.classes)
    asked = len(images.labels)
    count = f"all {asked:,}" if asked == images.in_all else f"{asked:,} of the {images.in_all:,}"
    text.show("classes", count=count)


def _class_shares(run_id: str, epoch: int, matrix: np.ndarray) -> list[float]:
    """Of all images held back as far as the training counted them, or else of those asked."""
    record = jobs.store().epoch_records(run_id).get(epoch)
    if record is not None and record.epoch is not None and record.epoch.class_accuracy:
        return list(record.epoch.class_accuracy)
    with np.errstate(invalid="ignore"):
        return (np.diag(matrix) / matrix.sum(axis=1)).tolist()
