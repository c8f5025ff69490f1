"""The whole network on one image: every map, and the arithmetic behind each of its numbers."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from cnnlib import arithmetic, datasets
from cnnlib.explain import LayerPass, layer_passes, strongest_first
from cnnlib.layers import ConvLayer
from cnnlib.network_map import network_map
from cnnlib.places import NetworkPlace, read_place
from cnnlib.questions_network import QUESTIONS, Shown
from cnnlib.verdict import percent
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.image_choice import ChosenImage, choose_image
from pages.support.layer_detail import draw_place
from pages.support.network_map import draw_network_map
from pages.support.networks import Chosen, choose_network
from pages.support.orbit import draw_orbit
from pages.support.page import open_page
from pages.support.pictures import picture
from pages.support.row_detail import number_name

IMAGE_SIDE = 112  # screen pixels
VIEWS = {"flat": "Flat", "volume": "In 3-D"}
SCALES = {"map": "Per map", "layer": "Per layer", "net": "Whole net"}
ROWS = (6, 10, 16, 32)
AT_FIRST = 10  # maps of a column that are seen at once
ORDERS = {"number": "By number", "strength": "Strongest first"}
PARTS = {"layer": "net_layer", "map": "net_map", "cell": "net_cell"}  # of the address


def show_answer(image: ChosenImage, shares: np.ndarray, classes: tuple[str, ...]) -> None:
    """The network's answer in a sentence beside the image."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=IMAGE_SIDE):
            picture(image.shown, alt=image.name, scale=IMAGE_SIDE // image.shown.shape[1])
        with st.container(width=260):
            if not np.isfinite(shares).all():
                text.show("no_answer")
                return
            best = int(shares.argmax())
            values = {"name": classes[best], "share": percent(float(shares[best]))}
            if image.label is None or image.label == best:
                text.show("unknown" if image.label is None else "right", **values)
            else:
                text.show("wrong", truth=classes[image.label], **values)


def place_in_address(layers: tuple[LayerPass, ...], network: Chosen) -> NetworkPlace:
    """What the address names; else a strong map of the first convolution, which then stays."""
    asked = {name: st.query_params.get(key) for name, key in PARTS.items()}
    place = read_place(
        network.network.spec, layer=asked["layer"], number=asked["map"], cell=asked["cell"]
    )
    if place is not None:
        return place
    first = st.session_state.get("net_first")
    if first is None or first[0] != network.identity:
        kinds = [layer.step.layer for layer in layers]
        at = next((n for n, kind in enumerate(kinds) if isinstance(kind, ConvLayer)), 0)
        maps = layers[at].passed_on
        number = int(strongest_first(maps[:, :, :AT_FIRST])[0]) if maps.ndim == 3 else 0
        first = st.session_state["net_first"] = (network.identity, NetworkPlace(at, number))
    return first[1]


def look_at(place: NetworkPlace) -> None:
    """Keep a place in the address, after a click on it."""
    for key in PARTS.values():
        st.query_params.pop(key, None)
    st.query_params.update({PARTS[name]: value for name, value in place.query.items()})


def draw_layers(
    layers: tuple[LayerPass, ...], classes: tuple[str, ...], place: NetworkPlace
) -> None:
    """The network, flat or in space, as the reader wants to see it."""
    with st.container(horizontal=True, gap="medium"):
        view = choose("View", VIEWS, key="net_view")
        scale = choose("Colour scale", SCALES, key="net_scale")
        if view == "flat":
            order = choose("Maps in a column", ORDERS, key="net_order")
            rows = choose("At a time", ROWS, key="net_rows", default=AT_FIRST)
    text.show(view)
    text.show(f"per_{scale}")
    if view == "volume":
        draw_orbit(layers, per=scale, classes=classes, key="net_orbit")
        return
    draw_network_map(
        network_map(layers),
        classes,
        scale=scale,
        rows=rows,
        strongest=order == "strength",
        chosen=place,
        on_choose=look_at,
        key="net_flat_map",
    )


@st.fragment  # so that another image draws this part again and no more
def explore(chosen: Chosen) -> None:
    """The image, the map of the network, and the place in it that is taken apart."""
    known = datasets.info(chosen.dataset)
    left, right = st.columns(2, gap="large", vertical_alignment="bottom")
    with left:
        image = choose_image(chosen.dataset, key="net", drawing=True)
    layers = layer_passes(chosen.network, image.pixels)
    with right:
        show_answer(image, layers[-1].passed_on, known.classes)
    place = place_in_address(layers, chosen)
    draw_layers(layers, known.classes, place)
    layer = layers[place.layer]
    text.show(
        "taken_apart",
        layer=place.layer + 1,
        title=arithmetic.layer_text(layer.step.layer),
        name=number_name(layers, place, known.classes),
    )
    draw_place(text, layers, place, known.classes, look_at)
    text.show("notice")
    shown = Shown(chosen.network, layers, known.classes)
    makers = [partial(maker, shown=shown) for maker in QUESTIONS]
    draw_exercise("whole_network", makers)


text = open_page("whole_network")
explore(choose_network("net_network"))
