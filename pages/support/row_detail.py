"""One number of a row taken apart: flatten, the mean of a map, a dense unit, softmax."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from cnnlib.cells import Cell, activation_of, cell_sum, line_of
from cnnlib.explain import LayerPass
from cnnlib.layers import FlattenLayer
from cnnlib.map_parts import dense_parts, volume_before
from cnnlib.places import NetworkPlace
from cnnlib.verdict import percent
from cnnlib.worked import dense_sum, softmax_steps
from pages.support.dense_sum import draw_dense_sum
from pages.support.map_parts import LARGE, Final, Picture, Row, draw_parts, largest
from pages.support.maps import number_text
from pages.support.numbers import draw_grids
from pages.support.page import PageText, sentence
from pages.support.tables import draw_table, hundredths

STRONGEST = 8  # products of a dense unit, one by one
MOST_CELLS = 64  # of a map, whose numbers are all written out


def one_line(layer: LayerPass, number: int, cell: Cell | None = None) -> str:
    """How a layer that makes one number of one number made this one, as a line of arithmetic."""
    worked = cell_sum(layer, number, cell)
    before, after = number_text(worked.inputs.item()), number_text(worked.value)
    if worked.weights is not None:
        scale, shift = number_text(worked.weights.item()), number_text(worked.bias)
        return f"{before} × {scale} + {_signed(shift)} = **{after}**"
    name = activation_of(layer)
    if name == "linear":
        return f"{before} stays **{after}**"
    return f"{name.replace('relu', 'ReLU')}({before}) = **{after}**"


def show_one_to_one(text: PageText, layer: LayerPass, number: int) -> None:
    """In a sentence, what such a layer does to each number of a map, or to a unit."""
    line, name = line_of(layer, number), activation_of(layer)
    if line is not None:
        scale, shift = (number_text(float(part)) for part in line)
        text.show(f"made_{layer.step.layer.kind}", scale=scale, shift=shift)
    elif name == "relu":
        text.show("made_relu")
    elif name == "linear":
        text.show("made_nothing")
    else:
        text.show("made_other", name=name)


def draw_row(text: PageText, layer: LayerPass, place: NetworkPlace) -> None:
    """A unit that is made from the unit of the same number."""
    show_one_to_one(text, layer, place.number)
    st.markdown(f"Number {place.number + 1}: {one_line(layer, place.number)}.")


def draw_flat(
    text: PageText,
    layer: LayerPass,
    place: NetworkPlace,
    on_choose: Callable[[NetworkPlace], None],
) -> None:
    """A number of the row that flatten makes, and its place in the maps."""
    if layer.received.ndim != 3:
        draw_row(text, layer, place)
        return
    height, width, channels = layer.received.shape
    row, column, channel = (
        int(at) for at in np.unravel_index(place.number, (height, width, channels))
    )
    text.show(
        "made_flat",
        position=f"{place.number + 1:,}",
        map=channel + 1,
        row=row + 1,
        column=column + 1,
        value=number_text(float(layer.passed_on[place.number])),
        sum=f"({row} × {width} + {column}) × {channels} + {channel} = {place.number:,}",
    )

    def choose(cell: Cell) -> None:
        on_choose(NetworkPlace(place.layer, (cell[0] * width + cell[1]) * channels + channel))

    own = layer.received[:, :, channel]
    shown = Picture(
        "input", f"map {channel + 1}", own, layer.received_signed, largest(own), 2 * LARGE
    )
    draw_parts(
        f"Map {channel + 1}, which is flattened",
        [Row("", (shown,))],
        key="net_flat",
        signs=(),
        chosen=(row, column),
        on_choose=choose,
        hint="Point at a cell to read its number.",
    )


def draw_mean(text: PageText, layer: LayerPass, place: NetworkPlace) -> None:
    """The mean of a map."""
    own = layer.received[:, :, place.number]
    worked = cell_sum(layer, place.number)
    text.show(
        "made_mean",
        count=f"{own.size:,}",
        sum=number_text(float(worked.inputs.sum())),
        value=number_text(worked.value),
    )
    shown = Picture("input", "the map", own, layer.received_signed, largest(own), 2 * LARGE)
    draw_parts(
        f"Map {place.number + 1}, whose mean is taken",
        [Row("", (shown,))],
        [Final("mean", worked.value, "→")],
        key="net_mean",
        signs=(),
        hint="Point at a cell to read its number.",
    )
    if own.size <= MOST_CELLS:
        draw_grids([(f"Map {place.number + 1}", own)])


def number_name(layers: Sequence[LayerPass], place: NetworkPlace, classes: Sequence[str]) -> str:
    """What a map or unit is called: "map 3", "unit 3", "number 3" of a flattened row, a class."""
    layer = layers[place.layer]
    if place.layer == len(layers) - 1:
        return f"class {classes[place.number]}"
    flat = isinstance(layer.step.layer, FlattenLayer)
    noun = "map" if layer.passed_on.ndim == 3 else "number" if flat else "unit"
    return f"{noun} {place.number + 1:,}"


def draw_dense(
    text: PageText, layers: Sequence[LayerPass], place: NetworkPlace, classes: Sequence[str]
) -> None:
    """A dense unit: its weights laid on the maps that were flattened, or its strongest inputs."""
    layer = layers[place.layer]
    name = number_name(layers, place, classes)
    text.show("made_dense", name=sentence(name), count=f"{layer.received.size:,}")
    if volume_before(layers, place.layer) is not None:
        _draw_dense_maps(text, layers, place, name)
    _draw_products(text, layer, place.number, name)
    if activation_of(layer) == "softmax":
        _draw_softmax(text, layers, place, classes)


def _draw_dense_maps(
    text: PageText, layers: Sequence[LayerPass], place: NetworkPlace, name: str
) -> None:
    layer, parts = layers[place.layer], dense_parts(layers, place.layer, place.number)
    text.show("dense_maps", shown=len(parts.parts))
    weights = largest(*(part.kernel for part in parts.parts))
    products = largest(*(part.partial for part in parts.parts))
    rows = []
    for part in parts.parts:
        own = f"map {part.channel + 1}"
        pictures = (
            Picture("input", own, part.received, layer.received_signed, largest(part.received)),
            Picture("kernel", f"the weights on {own}", part.kernel, True, weights),
            Picture("output", f"the products of {own}", part.partial, True, products),
        )
        rows.append(Row(own.capitalize(), pictures, float(part.partial.sum(dtype=np.float64))))
    finals = []
    if parts.rest is not None:
        rest = float(parts.rest.sum(dtype=np.float64))
        finals.append(Final(f"the other {parts.rest_count} maps", rest, "+"))
    finals.append(Final("bias", parts.bias, "+"))
    finals.append(Final("sum", float(parts.sums.item()), "="))
    if parts.activation not in ("linear", "softmax"):
        after = float(parts.passed_on.item())
        finals.append(Final(parts.activation.replace("relu", "ReLU"), after, "→"))
    draw_parts(
        f"The weights of {name} on the maps",
        rows,
        finals,
        key="net_dense",
        hint="Point at a cell: its number, its weight and their product. Beside each row stands "
        "what the map adds in all.",
    )


def _draw_products(text: PageText, layer: LayerPass, unit: int, name: str) -> None:
    worked = dense_sum(
        layer.received, layer.weights["kernel"], layer.weights.get("bias"), unit, top=STRONGEST
    )
    text.show("dense_products")
    total = "logit" if activation_of(layer) == "softmax" else "sum"
    draw_dense_sum(worked, f"{total} of {name}")
    if activation_of(layer) not in ("linear", "softmax"):
        st.markdown(
            f"{activation_of(layer).replace('relu', 'ReLU')}({number_text(worked.total)}) = "
            f"**{number_text(float(layer.passed_on[unit]))}**"
        )


def _draw_softmax(
    text: PageText, layers: Sequence[LayerPass], place: NetworkPlace, classes: Sequence[str]
) -> None:
    """All units' sums on their way to shares of 1."""
    layer = layers[place.layer]
    last = place.layer == len(layers) - 1
    names = classes if last else [f"unit {n + 1}" for n in range(layer.passed_on.size)]
    totals = np.array([cell_sum(layer, unit).total for unit in range(len(names))])
    if not np.isfinite(totals).all():
        text.show("no_softmax")
        return
    steps = softmax_steps(totals)
    text.show("softmax", total=number_text(steps.total))
    rows = [
        (
            f"▸ {name}" if at == place.number else name,
            hundredths(steps.logits[at]),
            hundredths(steps.shifted[at]),
            number_text(steps.powers[at]),
            percent(steps.shares[at]),
        )
        for at, name in enumerate(names)
    ]
    draw_table(("Class", "Logit", "Less the largest", "e to it", "Share"), rows)


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text
