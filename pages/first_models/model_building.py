"""Sliders that describe a network, and what they do to shapes, parameters and work."""

from __future__ import annotations

from functools import cache

import streamlit as st

from cnnlib import datasets
from cnnlib.exercises import Maker
from cnnlib.presets import BlockSettings
from cnnlib.questions_first_models import QUESTIONS, questions_on
from cnnlib.spec import SpecError
from pages.support import model, settings
from pages.support.exercise import draw_exercise
from pages.support.forecast import draw_forecast, draw_refusal
from pages.support.page import open_page

MOST_FILTERS = 64


def draw_controls() -> None:
    """The sliders, in three columns."""
    blocks, convolution, head = st.columns(3, gap="medium")
    with blocks:
        _block_widgets()
    with convolution:
        _convolution_widgets()
    with head:
        _head_widgets()


def _block_widgets() -> None:
    spec, prefix = BlockSettings, settings.MODEL
    text.show("blocks")
    settings.number(spec, "blocks", prefix, "Blocks")
    settings.number(spec, "convolutions", prefix, "Convolutions in each")
    settings.number(spec, "filters", prefix, "Filters in the first block", high=MOST_FILTERS)
    settings.pick(spec, "pooling", prefix, "Pooling")


def _convolution_widgets() -> None:
    spec, prefix = BlockSettings, settings.MODEL
    text.show("convolution")
    settings.number(spec, "kernel_size", prefix, "Kernel size")
    settings.number(spec, "stride", prefix, "Stride of a block's first one")
    settings.pick(spec, "activation", prefix, "Activation")
    settings.pick(spec, "padding", prefix, "Padding")


def _head_widgets() -> None:
    spec, prefix = BlockSettings, settings.MODEL
    text.show("head")
    settings.number(spec, "dense_units", prefix, "Units in the dense layer", step=16)
    settings.number(spec, "dropout", prefix, "Dropout", step=0.05, format="percent")
    settings.pick(spec, "head", prefix, "From picture to row")
    settings.switch(spec, "batch_norm", prefix, "Batch normalisation")


def draw_summary(blocks: BlockSettings, dataset: str) -> None:
    """The network's totals, its shapes, its layers, and the way to train it."""
    network = model.network_of(blocks, dataset)
    steps, error = model.traced(network)
    totals = {"Layers": len(network.layers)}
    if error is None:
        totals["Parameters"] = network.parameters
        totals["Multiply-adds for one image"] = network.multiply_adds
    with st.grid(4, min_column_width=150):
        for title, total in totals.items():
            st.metric(title, f"{total:,}")
        if error is None:
            draw_forecast(network, dataset)
    model.draw_volumes(network, steps)
    model.draw_layers(steps, error)
    if error is None:
        draw_refusal(network, dataset)
        # A link: `st.switch_page` refuses to leave a page whose widgets are in the address.
        with st.container(border=True, width="content"):
            st.page_link(
                "pages/first_models/training.py",
                label="**Train this network**",
                icon=":material/play_arrow:",
            )


@st.fragment  # so that a slider's move draws this part again and no more
def build() -> None:
    """The sliders and what they make, which is sent first, as it is what a reader waits for."""
    choice, controls, summary = st.container(), st.container(), st.container()
    with choice:
        dataset = model.choose_dataset()
    with summary:
        try:
            blocks = settings.settings_now(BlockSettings, settings.MODEL)
        except SpecError as error:
            model.draw_fault(error)
        else:
            model.remember(blocks)
            draw_summary(blocks, dataset)
    with controls:
        draw_controls()


def own_questions() -> tuple[Maker, ...]:
    """Makers on the network as it stands when a question is first asked.

    The sliders move on without the exercise, which must not change while it is being answered.
    """
    kinds = len(QUESTIONS["model_building"])

    @cache
    def makers(seed: int) -> tuple[Maker, ...]:
        name = st.session_state.get(model.DATASET_KEY)
        try:
            network = model.current_network(name if name in datasets.DATASETS else "digits")
        except SpecError:
            return QUESTIONS["model_building"]
        return questions_on(network)

    return tuple(lambda seed, kind=kind: makers(seed)[kind](seed) for kind in range(kinds))


text = open_page("model_building")
build()
text.show("notice")
with st.expander("What the words mean"):
    text.show("terms")
draw_exercise("model_building", own_questions())
