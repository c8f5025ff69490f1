"""One map or unit of any layer taken apart, down to the products of one cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from cnnlib.cells import Cell, activation_of, cell_sum, line_of, pool_windows
from cnnlib.convolution import ConvolutionError
from cnnlib.explain import LayerPass
from cnnlib.layers import (
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.map_parts import MapParts, conv_parts
from cnnlib.places import NetworkPlace
from cnnlib.windows import Windows
from pages.support.choices import choose
from pages.support.map_parts import LARGE, Final, Picture, Row, draw_parts, largest
from pages.support.maps import number_text
from pages.support.page import PageText, sentence
from pages.support.row_detail import (
    draw_dense,
    draw_flat,
    draw_mean,
    draw_row,
    one_line,
    show_one_to_one,
)
from pages.support.scene import MOST_CHANNELS, MOST_VALUES, StageError
from pages.support.stage import Cell as StageCell
from pages.support.stage import stage

FEW = 16  # channels in the stage, where all would be too many for it
COUNTS = (8, 16, 32)  # channels by themselves
COLOURS = ("red", "green", "blue")


def draw_place(
    text: PageText,
    layers: Sequence[LayerPass],
    place: NetworkPlace,
    classes: Sequence[str],
    on_choose: Callable[[NetworkPlace], None],
) -> None:
    """Draw what the place's map or unit is made from. `on_choose` is told of a click on a cell."""
    layer = layers[place.layer]

    def open_cell(cell: Cell) -> None:
        on_choose(NetworkPlace(place.layer, place.number, cell))

    match layer.step.layer:
        case ConvLayer():
            _draw_conv(text, layer, place, open_cell)
        case PoolLayer():
            _draw_pool(text, layer, place, open_cell)
        case DenseLayer():
            draw_dense(text, layers, place, classes)
        case FlattenLayer():
            draw_flat(text, layer, place, on_choose)
        case GlobalAveragePoolLayer():
            draw_mean(text, layer, place)
        case _ if layer.passed_on.ndim == 1:
            draw_row(text, layer, place)
        case _:
            _draw_one_to_one(text, layer, place, open_cell)


def channel_name(layer: LayerPass, channel: int) -> str:
    """What an input channel is called: a colour of the image, or a map of the layer before.

    Channels count from 0, names from 1.
    """
    if layer.step.index == 0 and layer.received.shape[-1] == len(COLOURS):
        return COLOURS[channel]
    return f"map {channel + 1}" if layer.step.index else "picture"


def _draw_conv(
    text: PageText, layer: LayerPass, place: NetworkPlace, open_cell: Callable[[Cell], None]
) -> None:
    channels = layer.received.shape[2]
    parts = conv_parts(layer, place.number, most=_channels_asked(channels))
    name = "made_conv_few" if parts.rest is None else "made_conv"
    values = {} if parts.rest is None else {"count": channels, "shown": len(parts.parts)}
    text.show(name, **values)
    _draw_sum(layer, parts, place, open_cell)
    if place.cell is None:
        text.show("choose_cell")
        return
    _draw_window(text, layer, place)


def _channels_asked(channels: int) -> int:
    if channels <= COUNTS[0]:
        return channels
    options = [count for count in COUNTS if count < channels]
    if channels <= COUNTS[-1]:
        options.append(channels)
    return choose("Channels by themselves", options, key="net_channels")


def _draw_sum(
    layer: LayerPass, parts: MapParts, place: NetworkPlace, open_cell: Callable[[Cell], None]
) -> None:
    kernels = largest(*(part.kernel for part in parts.parts))
    others = () if parts.rest is None else (parts.rest,)
    sums = largest(parts.sums, *others, *(part.partial for part in parts.parts))
    rows = []
    for part in parts.parts:
        name = channel_name(layer, part.channel)
        limit = largest(part.received)
        pictures = (
            Picture("input", name, part.received, layer.received_signed, limit),
            Picture("kernel", f"the kernel on {name}", part.kernel, True, kernels, 54),
            Picture("output", f"what {name} adds", part.partial, True, sums),
        )
        rows.append(Row(name.capitalize(), pictures))
    finals = []
    if parts.rest is not None:
        rest = Picture("output", "what the other channels add", parts.rest, True, sums, LARGE)
        finals.append(Final(f"the other {parts.rest_count}", rest, "+"))
    finals.append(Final("bias", parts.bias, "+"))
    finals.append(Final("sum", Picture("output", "the sum", parts.sums, True, sums, LARGE), "="))
    if parts.activation != "linear":
        limit = largest(parts.passed_on)
        shown = Picture("output", "the map", parts.passed_on, layer.signed, limit, LARGE)
        finals.append(Final(parts.activation.replace("relu", "ReLU"), shown, "→"))
    draw_parts(
        f"Map {place.number + 1} of layer {place.layer + 1} as a sum",
        rows,
        finals,
        key="net_sum",
        signs=("∗", "="),
        windows=parts.windows,
        chosen=place.cell,
        on_choose=open_cell,
        hint="Point at any of the pictures: the cell, and the window it is made from, are marked "
        "in all of them. A click opens the window.",
    )


def _draw_window(text: PageText, layer: LayerPass, place: NetworkPlace) -> None:
    """Every product of one cell; of very many channels, of the weightiest."""
    kind, cell = layer.step.layer, place.cell
    worked = cell_sum(layer, place.number, cell)
    text.show(
        "conv_cell",
        place=StageCell(*cell),
        count=f"{worked.inputs.size:,}",
        products=number_text(worked.total - worked.bias),
        bias=number_text(worked.bias),
        total=number_text(worked.total),
        then=_then(layer, worked.value),
    )
    # What the window takes most from comes first: the stage opens at its first channel.
    channels = np.argsort(-np.abs(worked.products).sum(axis=(0, 1)), kind="stable")
    if len(channels) <= len(COLOURS):
        channels = np.sort(channels)
    whole = len(channels) <= MOST_CHANNELS and layer.received.size <= MOST_VALUES
    if not whole:
        room = max(1, MOST_VALUES // layer.received[:, :, 0].size)
        channels = channels[: min(FEW, room)]
        own = float(worked.products[:, :, channels].sum())
        text.show(
            "part_of_cell",
            shown=len(channels),
            count=layer.received.shape[2],
            own=number_text(own),
            others=number_text(worked.total - worked.bias - own),
        )
    try:
        stage(
            layer.received[:, :, channels],
            layer.weights["kernel"][:, :, channels, place.number],
            key="net_window",
            bias=worked.bias if whole else 0.0,
            stride=kind.stride,
            padding=kind.padding,
            activation="relu" if whole and kind.activation == "relu" else None,
            title=f"Layer {place.layer + 1}, map {place.number + 1}",
            titles={"input": "In"} if len(channels) > 1 else None,
            names=_stage_names(layer, channels),
            value_range="signed" if layer.step.index else "unit",
            cell=StageCell(*cell),
        )
    except (StageError, ConvolutionError) as error:
        st.info(sentence(error), icon=":material/info:")


def _stage_names(layer: LayerPass, channels: np.ndarray) -> list[str] | None:
    """Its own for the three colours of an image, which it tints."""
    colour = layer.step.index == 0 and layer.received.shape[2] == len(COLOURS)
    return None if colour else [str(channel + 1) for channel in channels]


def _draw_pool(
    text: PageText, layer: LayerPass, place: NetworkPlace, open_cell: Callable[[Cell], None]
) -> None:
    kind, windows = layer.step.layer, pool_windows(layer)
    text.show(f"made_{kind.mode}", size=kind.size)
    _draw_pair(layer, place, open_cell, windows=windows)
    if place.cell is None:
        text.show("choose_cell")
        return
    worked = cell_sum(layer, place.number, place.cell)
    numbers = ", ".join(number_text(float(value)) for value in worked.inputs.ravel())
    text.show(
        f"{kind.mode}_cell",
        place=StageCell(*place.cell),
        numbers=numbers,
        value=number_text(worked.value),
    )
    try:
        stage(
            layer.received[:, :, place.number],
            key="net_window",
            mode=kind.mode,
            window=kind.size,
            stride=kind.stride,
            padding=kind.padding,
            value_range="signed",
            title=f"Layer {place.layer + 1}, map {place.number + 1}",
            cell=StageCell(*place.cell),
        )
    except (StageError, ConvolutionError) as error:
        st.info(sentence(error), icon=":material/info:")


def _draw_one_to_one(
    text: PageText, layer: LayerPass, place: NetworkPlace, open_cell: Callable[[Cell], None]
) -> None:
    """A layer that makes one number of one number, picture beside picture."""
    row, column = place.cell or _strongest_cell(layer.received[:, :, place.number])
    show_one_to_one(text, layer, place.number)
    _draw_pair(layer, place, open_cell)
    made = one_line(layer, place.number, (row, column))
    text.show("one_cell", place=StageCell(row, column), line=made)


def _draw_pair(
    layer: LayerPass,
    place: NetworkPlace,
    open_cell: Callable[[Cell], None],
    windows: Windows | None = None,
) -> None:
    """The map before and after, one cell marked in both."""
    before, after = (maps[:, :, place.number] for maps in (layer.received, layer.passed_on))
    name = channel_name(layer, place.number)
    # Where numbers are kept or left out, the same colour is the same number in both.
    kept = line_of(layer, place.number) is None and layer.received_signed == layer.signed
    limits = [largest(before, after)] * 2 if kept else [largest(before), largest(after)]
    rows = [
        Row(
            "",
            (
                Picture(
                    "input", f"{name} before", before, layer.received_signed, limits[0], LARGE * 2
                ),
                Picture("output", "after", after, layer.signed, limits[1], LARGE * 2),
            ),
        )
    ]
    draw_parts(
        f"Map {place.number + 1} before and after layer {place.layer + 1}",
        rows,
        key="net_pair",
        signs=("→",),
        windows=windows,
        chosen=place.cell,
        on_choose=open_cell,
        hint="Point at either picture: the same place is marked in both.",
    )


def _then(layer: LayerPass, value: float) -> str:
    name = activation_of(layer)
    if name == "linear":
        return ""
    return f", and {name.replace('relu', 'ReLU')} makes it **{number_text(value)}**"


def _strongest_cell(cells: np.ndarray) -> Cell:
    """Where a map is furthest from 0."""
    row, column = np.unravel_index(int(np.abs(np.nan_to_num(cells)).argmax()), cells.shape)
    return int(row), int(column)
