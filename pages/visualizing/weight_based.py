"""The weights themselves: kernels as pictures, how they are spread, and all of it over epochs."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnnlib.arithmetic import layer_text
from cnnlib.layer_weights import weight_layers
from cnnlib.questions_weights import QUESTIONS, Shown
from cnnlib.records import RunError
from pages.support import jobs
from pages.support.epochs import choose_epoch
from pages.support.exercise import draw_exercise
from pages.support.filter_views import draw_idle, draw_twins
from pages.support.kernel_choice import Drawn, choose_drawn, choose_place, limits_of
from pages.support.kernel_detail import draw_kernel
from pages.support.kernel_views import draw_kernels
from pages.support.maps import number_text
from pages.support.networks import Chosen, choose_network
from pages.support.page import PageText, open_page, sentence
from pages.support.weight_data import Weights, weights_of
from pages.support.weight_views import draw_course, draw_spread

# The layer and the epoch stay in sight while what they move is further down; on a phone the epoch.
STICKY = """<style>
div:has(> .st-key-wt_bar) {
  position: sticky; top: 3.75rem; z-index: 5; padding: 0.5rem 0;
  background: light-dark(%s, %s); border-bottom: 1px solid #8884;
}
@media (max-width: 640px) { div:has(> .st-key-wt_bar) { top: -2.25rem; } }
</style>"""
THEMES = ("light", "dark")


def choose_weights(text: PageText, chosen: Chosen) -> Weights:
    """The layer, and the epoch where there are several."""
    layers = weight_layers(chosen.network.spec)
    names = [layer.name for layer in layers]
    epochs = () if chosen.run_id is None else jobs.store().epochs(chosen.run_id)
    if epochs:
        st.html(STICKY % tuple(st.get_option(f"theme.{x}.backgroundColor") for x in THEMES))
    with st.container(key="wt_bar", horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Layer", names, key="wt_layer", bind="query-params", width=180)
        at = names.index(name) if name in names else 0
        epoch = 0
        if epochs:
            with st.container(width=560):
                epoch = choose_epoch(chosen.run_id, epochs)
    if not epochs:
        text.show("shipped")
    return weights_of(chosen, layers, at, epochs, epoch)


def say_scale(text: PageText, weights: Weights, drawn: Drawn, *, per_filter: bool) -> None:
    """What the colours stand for, and that they do so at all epochs."""
    section = "scale_filter" if per_filter else "scale_layer"
    values = {} if per_filter else {"limit": number_text(float(drawn.limits[0]))}
    if weights.epochs:
        values["what"] = "weight" if drawn.kernels is weights.kernels else "change"
    else:
        section += "_only"
    text.show(section, **values)


def draw_weights(text: PageText, chosen: Chosen) -> None:
    """All that follows the layer and the epoch."""
    try:
        weights = choose_weights(text, chosen)
    except RunError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    layer = weights.layer
    st.header(f"The kernels of {layer.name}", anchor=False)
    st.caption(f"{layer_text(layer.layer)} · layer {layer.index + 1} of the network")
    if not any(each.noun == "filter" for each in weights.layers):
        text.show("no_convolution")
    drawn, per_filter = choose_drawn(weights)
    place = choose_place(weights)
    draw_kernels(text, weights, place, drawn)
    say_scale(text, weights, drawn, per_filter=per_filter)
    limits = limits_of(weights.filter_limits, per_filter=per_filter)
    draw_kernel(text, weights, place, drawn, limits)
    text.show("spread")
    draw_spread(text, weights)
    text.show("epochs")
    draw_course(text, weights, place)
    text.show("alike")
    draw_twins(text, weights, limits)
    text.show("idle")
    draw_idle(text, weights, limits)


text = open_page("weight_based")
chosen = choose_network("wt_network", earlier=True)
st.fragment(draw_weights)(text, chosen)
with st.expander("What weights can tell, and what they cannot"):
    text.show("reading")
text.show("notice")
shown = Shown(chosen.network, chosen.title)
draw_exercise("wt", [partial(maker, shown=shown) for maker in QUESTIONS["weight_based"]])
