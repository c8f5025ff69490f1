"""Sliders that describe a network, and what they do to shapes, parameters and work."""

from __future__ import annotations

import streamlit as st

from cnnlib.presets import BlockSettings
from cnnlib.spec import SpecError
from pages.support import model, settings
from pages.support.page import open_page

MOST_FILTERS = 64


def block_controls() -> BlockSettings:
    """Draw the sliders and return what they say; SpecError for what no widget could have sent."""
    blocks, convolution, head = st.columns(3, gap="medium")
    with blocks:
        values = _block_widgets()
    with convolution:
        values |= _convolution_widgets()
    with head:
        values |= _head_widgets()
    return BlockSettings(**values)


def _block_widgets() -> dict:
    spec, prefix = BlockSettings, settings.MODEL
    text.show("blocks")
    return {
        "blocks": settings.number(spec, "blocks", prefix, "Blocks"),
        "convolutions": settings.number(spec, "convolutions", prefix, "Convolutions in each"),
        "filters": settings.number(
            spec, "filters", prefix, "Filters in the first block", high=MOST_FILTERS
        ),
        "pooling": settings.pick(spec, "pooling", prefix, "Pooling"),
    }


def _convolution_widgets() -> dict:
    spec, prefix = BlockSettings, settings.MODEL
    text.show("convolution")
    return {
        "kernel_size": settings.number(spec, "kernel_size", prefix, "Kernel size"),
        "stride": settings.number(spec, "stride", prefix, "Stride of a block's first one"),
        "activation": settings.pick(spec, "activation", prefix, "Activation"),
        "padding": settings.pick(spec, "padding", prefix, "Padding"),
    }


def _head_widgets() -> dict:
    spec, prefix = BlockSettings, settings.MODEL
    text.show("head")
    return {
        "dense_units": settings.number(
            spec, "dense_units", prefix, "Units in the dense layer", step=16
        ),
        "dropout": settings.number(spec, "dropout", prefix, "Dropout", step=0.05, format="percent"),
        "head": settings.pick(spec, "head", prefix, "From picture to row"),
        "batch_norm": settings.switch(spec, "batch_norm", prefix, "Batch normalisation"),
    }


def draw_summary(blocks: BlockSettings, dataset: str) -> None:
    """The network's totals, its shapes, its layers, and the way to train it."""
    network = model.network_of(blocks, dataset)
    steps, error = model.traced(network)
    totals = {"Layers": len(network.layers)}
    if error is None:
        totals["Parameters"] = network.parameters
        totals["Multiply-adds for one image"] = network.multiply_adds
    for column, (title, total) in zip(st.columns(3, gap="large"), totals.items(), strict=False):
        column.metric(title, f"{total:,}")
    model.draw_volumes(network, steps)
    model.draw_layers(steps, error)
    if error is None:
        # A link: `st.switch_page` refuses to leave a page whose widgets are in the address.
        with st.container(border=True, width="content"):
            st.page_link(
                "pages/first_models/training.py",
                label="**Train this network**",
                icon=":material/play_arrow:",
            )


text = open_page("model_building")
dataset = model.choose_dataset()
try:
    blocks = block_controls()
    model.remember(blocks)
except SpecError as error:
    blocks = BlockSettings()
    model.draw_fault(error)
draw_summary(blocks, dataset)
text.show("notice")
with st.expander("What the words mean"):
    text.show("terms")
