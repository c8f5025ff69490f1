"""What every layer of a network makes of one image."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.explain import LayerPass, changes_nothing, layer_passes, strongest_first
from cnnlib.questions_maps import QUESTIONS
from cnnlib.questions_network import Shown
from cnnlib.verdict import VerdictError, verdict
from pages.support.bars import draw_probabilities
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.image_choice import ChosenImage, choose_and_show
from pages.support.layer_maps import draw_layer, map_sheet, what_it_does
from pages.support.map_detail import draw_detail
from pages.support.maps import sheet_png
from pages.support.networks import choose_network
from pages.support.page import open_page

SCALES = {"map": "Per map", "layer": "Per layer"}


def show_answer(image: ChosenImage, probabilities: np.ndarray) -> None:
    """The network's answer in bars and words, and whether it is right."""
    try:
        answer = verdict(probabilities, known.classes)
    except VerdictError as error:
        st.error(str(error), icon=":material/error:")
        return
    draw_probabilities(probabilities, known.classes, key="maps_bars")
    st.markdown(answer.sentence)
    if image.label is not None:
        right = image.label == answer.best
        text.show("right" if right else "wrong", truth=known.classes[image.label])


def layer_looked_into(layers: tuple[LayerPass, ...]) -> int:
    """The place of the layer to look into, from 0: the address names it from 1."""
    pictures = [
        layer.step.index
        for layer in layers
        if layer.passed_on.ndim == 3 and not changes_nothing(layer.step.layer)
    ]
    named = {str(index + 1): index for index in pictures}
    return named.get(st.query_params.get("maps_layer"), pictures[0] if pictures else -1)


def look_into(layer: LayerPass, image: ChosenImage, *, per_map: bool) -> int:
    """One map of the layer, large; the reader's choice of it is returned, from 0."""
    count = layer.passed_on.shape[2]
    if "maps_map" not in st.session_state and "maps_map" not in st.query_params:
        st.session_state["maps_map"] = int(strongest_first(layer.passed_on)[0]) + 1
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            number = st.number_input(
                f"Look into map, of {count}",
                1,
                count,
                key="maps_map",
                bind="query-params",
                width=200,
            )
            st.download_button(
                "Save the layer's maps",
                lambda: sheet_png(map_sheet(layer, per_map=per_map)),
                f"layer-{layer.step.index + 1}.png",
                icon=":material/download:",
                key="maps_save",
                on_click="ignore",
            )
        draw_detail(text, image, layer, number - 1)
    return number - 1


def choose_map(layer: int, number: int) -> None:
    """Look into another map, after a click on it."""
    st.query_params["maps_layer"] = str(layer + 1)
    st.session_state["maps_map"] = number + 1


text = open_page("feature_maps")
chosen = choose_network("maps_network")
known = datasets.info(chosen.dataset)
left, right = st.columns(2, gap="large")
with left:
    image = choose_and_show(chosen.dataset, key="maps")
layers = layer_passes(chosen.network, image.pixels)
with right:
    show_answer(image, layers[-1].passed_on)
text.show("layers")
per_map = choose("Colour scale", SCALES, key="maps_scale", default="map") == "map"
text.show("per_map" if per_map else "per_layer")
inside = layer_looked_into(layers)
told: set[str] = set()  # what a kind of layer does is said once
for layer in layers:
    index = layer.step.index
    does = what_it_does(layer)
    # Places for both in every layer, so that nothing is made anew when another is looked into.
    sheet, detail = st.container(), st.container()
    with detail:
        number = look_into(layer, image, per_map=per_map) if index == inside else None
    with sheet:
        draw_layer(
            text,
            layer,
            known.classes,
            does="" if does in told else does,
            per_map=per_map,
            chosen=number,
            on_choose=partial(choose_map, index),
        )
    told.add(does)
text.show("notice")
shown = Shown(chosen.network, layers, known.classes)
draw_exercise("feature_maps", [partial(maker, shown=shown) for maker in QUESTIONS])
