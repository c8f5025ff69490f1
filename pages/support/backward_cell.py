"""One layer of the way back in full: what arrives at a map, what is done to it, what goes on."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from cnnlib.backward_steps import LayerBackward, winners
from cnnlib.kernel_gradient import returned_map
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.pooling import pool_windows
from cnnlib.windows import ConvolutionError
from pages.support.linked import Picture, draw_pooling, draw_products
from pages.support.maps import number_text
from pages.support.page import PageText
from pages.support.scene import StageError
from pages.support.stage import Cell, stage
from pages.support.tables import draw_table

MOST_UNITS = 10  # of a dense layer, whose products are written out


def draw_cell(text: PageText, layer: LayerBackward, number: int) -> None:
    """Draw how the layer makes map `number`, or number `number` of a row, that it passes back."""
    match layer.step.layer:
        case ConvLayer():
            _draw_convolution(text, layer, number)
        case DenseLayer():
            _draw_dense(text, layer, number)
        case PoolLayer():
            _draw_pooling(text, layer, number)
        case GlobalAveragePoolLayer():
            given, cells = float(layer.arriving[number]), layer.received[..., 0].size
            part = number_text(given / cells)
            text.show("look_mean", cells=cells, given=number_text(given), part=part)
        case FlattenLayer():
            _, width, maps = layer.received.shape
            text.show("look_flatten", width=width, maps=maps, map=number)
        case ActivationLayer() | BatchNormLayer() | RescaleLayer():
            _draw_slopes(text, layer, number)


def _draw_slopes(text: PageText, layer: LayerBackward, number: int) -> None:
    """A layer that multiplies each number by itself."""
    slopes, kind = layer.slopes, layer.step.layer
    if layer.leaving.ndim == 1:
        parts = {"arriving": layer.arriving, "slope": slopes, "leaving": layer.leaving}
        text.show("look_number", **{k: number_text(float(v[number])) for k, v in parts.items()})
        return
    if not isinstance(kind, ActivationLayer):
        text.show("look_scale", scale=number_text(float(slopes[0, 0, number])))
    else:
        text.show("look_relu" if kind.activation == "relu" else "look_slopes")
    _draw_multiplied(layer.arriving, slopes, layer.leaving, number, kind, f"Map {number + 1}")


def _draw_multiplied(
    arriving: np.ndarray,
    slopes: np.ndarray,
    result: np.ndarray,
    number: int,
    kind: ActivationLayer | BatchNormLayer | RescaleLayer | ConvLayer,
    what: str,
) -> None:
    relu = getattr(kind, "activation", "") == "relu"
    activation = isinstance(kind, (ActivationLayer, ConvLayer))
    title = "Was it positive?" if relu else "Slope" if activation else "Scale of the map"
    draw_products(
        Picture("Arrives", arriving[..., number], caption=what),
        Picture(
            title,
            slopes[..., number],
            "magnitude" if activation else "signed",
            "1 where it was, 0 elsewhere" if relu else "",
        ),
        Picture("Goes on", result[..., number], caption="their product, cell by cell"),
        title=f"{what}: what arrives, times the slope, and what goes on",
        key=f"back_products_{arriving.shape[:2]}",
    )


def _draw_pooling(text: PageText, layer: LayerBackward, number: int) -> None:
    pool = layer.step.layer
    text.show(f"look_{pool.mode}")
    received = layer.received[..., number]
    windows = pool_windows(layer.received[np.newaxis], pool.size, pool.stride, pool.padding)
    draw_pooling(
        Picture("It was given", received, _scale_of(received), f"map {number + 1}, forward"),
        Picture("Arrives", layer.arriving[..., number], caption="the gradient of each window"),
        Picture("Goes on", layer.leaving[..., number], caption="the gradient of each cell"),
        windows,
        winners(layer)[..., number] if pool.mode == "max" else None,
        title=f"How pooling passes the gradient of map {number + 1} back",
        key="back_pooling",
    )


def _scale_of(values: np.ndarray) -> str:
    return "magnitude" if np.nanmin(values) >= 0 else "signed"


def _draw_dense(text: PageText, layer: LayerBackward, number: int) -> None:
    """The products that add up to one number's gradient, the largest first."""
    weights, gradients = layer.weights["kernel"][number], layer.at_sums
    products = weights * gradients
    order = np.argsort(-np.abs(products), kind="stable")
    text.show("look_dense", number=number + 1, units=len(products))
    rows = [
        (
            f"Unit {unit + 1}",
            number_text(float(weights[unit])),
            number_text(float(gradients[unit])),
            number_text(float(products[unit])),
        )
        for unit in order[:MOST_UNITS].tolist()
    ]
    rest = order[MOST_UNITS:]
    if len(rest):
        rows.append((f"{len(rest):,} others", "", "", number_text(float(products[rest].sum()))))
    rows.append(("Sum", "", "", number_text(float(layer.leaving[number]))))
    draw_table(("", "weight", "gradient", "product"), rows, sums=True)


def _draw_convolution(text: PageText, layer: LayerBackward, channel: int) -> None:
    """What one filter passes back to a channel, beside what all of them do."""
    conv, filters = layer.step.layer, layer.at_sums.shape[2]
    key = f"back_through_{layer.step.index + 1}"
    if key not in st.session_state and key not in st.query_params:
        st.session_state[key] = _strongest_filter(layer, channel) + 1
    picked = st.number_input(
        f"Through filter, of {filters}", 1, filters, key=key, bind="query-params", width=220
    )
    filter = min(max(int(picked), 1), filters) - 1
    if conv.activation != "linear":
        text.show("look_mask", filter=filter + 1)
        what = f"Filter {filter + 1}"
        _draw_multiplied(layer.arriving, layer.slopes, layer.at_sums, filter, conv, what)
    _draw_returned(text, layer, filter, channel)


def _strongest_filter(layer: LayerBackward, channel: int) -> int:
    kernels = np.abs(layer.weights["kernel"][:, :, channel]).sum(axis=(0, 1))
    return int(np.argmax(kernels * np.abs(layer.at_sums).sum(axis=(0, 1))))


def _draw_returned(text: PageText, layer: LayerBackward, filter: int, channel: int) -> None:
    returned = returned_map(layer, filter, channel)
    text.show("look_conv", filter=filter + 1)
    stride = layer.step.layer.stride
    if stride > 1:
        text.show("look_spread", stride=stride)
    height, width, channels = layer.received.shape
    titles = {
        "input": f"Gradient at filter {filter + 1}",
        "kernel": "Its kernel, turned",
        "output": f"To map {channel + 1}" if channels > 1 else "To the image",
    }
    values = returned.values()
    strongest = Cell(*divmod(int(np.argmax(np.abs(values))), width))
    # The stage writes few decimals; gradients can be small, and what comes out is small with them.
    power = _power(returned.spread)
    if power:
        text.show("look_small", times=f"{10**power:,}")
    try:
        clicked = stage(
            returned.spread * 10.0**power,
            returned.kernel,
            padding=returned.padding,
            value_range="signed",
            titles=titles,
            key=f"back_stage_{height}_{width}",
            cell=strongest,
        )
    except (StageError, ConvolutionError):
        text.show("look_too_large", filter=filter + 1)
        return
    cell = clicked or strongest
    text.show(
        "look_part",
        cell=cell,
        filter=filter + 1,
        part=number_text(float(values[cell])),
        filters=layer.at_sums.shape[2],
        total=number_text(float(layer.leaving[cell.row, cell.column, channel])),
    )


def _power(values: np.ndarray) -> int:
    """By which power of ten to multiply, so that the largest is 0.1 or more.

    >>> _power(np.array([0.04, -0.00001])), _power(np.array([-0.3])), _power(np.zeros(1))
    (1, 0, 0)
    """
    most = float(np.abs(values).max())
    return max(0, -math.floor(math.log10(most)) - 1) if most > 0 else 0
