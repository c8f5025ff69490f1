"""The convolution layer, step by step: one number, all maps, ReLU, pooling, the sums."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import arithmetic
from cnnlib.convolution import ConvolutionError, relu, window_at
from cnnlib.shapes import ShapeError, output_size
from pages.support.choices import choose
from pages.support.layer_settings import LEARNED, NUMBER, Layer, within
from pages.support.maps import Sheet, draw_maps
from pages.support.page import PageText, sentence
from pages.support.scene import StageError
from pages.support.stack import draw_stack
from pages.support.stage import Cell, stage
from pages.support.tables import draw_table, hundredths

NO_FIT = (StageError, ConvolutionError, ShapeError)
POOLS = {"Max": "max", "Average": "average", "Min": "min"}
THUMBNAIL = 64  # screen pixels: two to a cell, and five maps side by side on a phone


def draw_number(text: PageText, image: np.ndarray, layer: Layer) -> None:
    """One window in three channels, the bias, one number."""
    text.show("number")
    in_a_line = st.empty()
    name = layer.bank.names[layer.number]
    clicked = stage(
        image,
        layer.bank.kernels[..., layer.number],
        bias=float(layer.bank.bias[layer.number]),
        title=f"Filter {layer.number + 1}: {name}",
        key="layer_stage",
        **layer.sliding,
    )
    rows, columns, _ = layer.step.output_shape
    cell = clicked or Cell(rows // 2, columns // 2)
    trace = window_at(
        image[np.newaxis],
        layer.bank.kernels,
        layer.bank.bias,
        row=cell.row,
        column=cell.column,
        filter=layer.number,
        **layer.sliding,
    )
    red, green, blue = (hundredths(float(total)) for total in trace.channel_sums)
    with in_a_line.container():
        text.show(
            "sum",
            place=cell,
            red=red,
            green=green,
            blue=blue,
            bias=hundredths(trace.bias),
            total=hundredths(trace.total),
        )
    if layer.source == LEARNED:
        text.show("folded")


def draw_all_maps(text: PageText, image: np.ndarray, layer: Layer) -> None:
    """Every filter's map, to leaf through and at a glance."""
    before, after = (
        f"{arithmetic.shape_text(shape)} = {np.prod(shape):,}"
        for shape in (layer.step.input_shape, layer.step.output_shape)
    )
    text.show("stack", before=before, after=after)
    maps = layer.maps(image)
    draw_stack(
        {"Map": maps},
        layer.bank,
        number=layer.number,
        key="layer_stack",
        on_leaf=look_at,
        with_kernels=True,
    )
    text.show("sheet")
    sheet = Sheet("The maps of the layer", maps, signed=True, side=THUMBNAIL)
    draw_maps(sheet, key="layer_sheet", chosen=layer.number, on_choose=look_at)


def draw_relu(text: PageText, image: np.ndarray, layer: Layer) -> None:
    """The map that is looked at before and after ReLU."""
    maps = layer.maps(image)
    own = maps[..., layer.number]
    negative = int(np.sum(own < 0))
    share = f"{100 * negative / own.size:.0f}"
    text.show("relu", count=f"{own.size:,}", negative=f"{negative:,}", share=share)
    panels = {"Before ReLU": maps, "After ReLU": relu(maps)}
    draw_stack(panels, layer.bank, number=layer.number, key="layer_relu", on_leaf=look_at)
    text.show("relu_why")


def draw_pooling(text: PageText, image: np.ndarray, layer: Layer) -> None:
    """One map after ReLU, pooled."""
    with st.container(horizontal=True, gap="medium"):
        picked = choose("Keep the", list(POOLS), key="layer_pool", default="Max")
        window = st.slider(
            "Window", 2, 6, 2, key="layer_pool_window", bind="query-params", width=150
        )
        stride = st.slider(
            "Stride of the window", 1, 6, 2, key="layer_pool_stride", bind="query-params", width=150
        )
    mode, window, stride = POOLS[picked], within(window, 2, 6), within(stride, 1, 6)
    own = relu(layer.maps(image)[..., layer.number])
    try:
        stage(
            own,
            mode=mode,
            window=window,
            stride=stride,
            value_range="signed",
            title=f"Map {layer.number + 1} after ReLU",
            key="layer_pooling",
        )
    except NO_FIT as error:
        st.error(sentence(error), icon=":material/error:")
        return
    side = output_size(len(own), window, stride=stride)
    before = f"{arithmetic.shape_text(own.shape)} = {own.size:,}"
    text.show("pooling", before=before, after=f"{side} × {side} = {side * side:,}")
    if mode == "min":
        text.show("minimum")


def draw_count(text: PageText, image: np.ndarray, layer: Layer) -> None:
    """Parameters and multiply-adds of the layer, spelled out."""
    text.show("count")
    step = layer.step
    taps = f"{layer.bank.size} × {layer.bank.size} × {step.input_shape[2]}"
    weights = layer.bank.size**2 * step.input_shape[2]
    rows = {
        "Rows of a map": arithmetic.side_sum(step),
        "Numbers that come out": f"{arithmetic.shape_text(step.output_shape)} = "
        f"{np.prod(step.output_shape):,}",
        "Weights of one filter": f"{taps} = {weights}",
        "Parameters": arithmetic.parameter_sum(step),
        "Multiply-adds": arithmetic.multiply_add_sum(step),
        "Parameters, were it dense": arithmetic.dense_instead_sum(step),
    }
    draw_table(("What", "How it comes about"), list(rows.items()), numbers=False)
    text.show("count_notice")


def look_at(number: int) -> None:
    """Look at filter `number`, from 0, in every step."""
    st.session_state[NUMBER] = number + 1
