"""The way back, layer by layer: the gradients that each layer passes back, as maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from cnnlib import arithmetic
from cnnlib.backward_steps import BackwardPass, LayerBackward
from cnnlib.explain import changes_nothing, strongest_first
from cnnlib.layers import ActivationLayer, ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from pages.support.backward_cell import draw_cell
from pages.support.choices import choose
from pages.support.maps import MAP_SIDE, Sheet, draw_maps
from pages.support.page import LINE_WIDTH, PageText

STRIP = 11  # maps of a layer that are shown at first: a row on a desktop
FEW, LARGE = 3, 144  # so many maps are drawn larger: screen pixels
LONGEST_ROW = 128  # numbers of a row that are shown
SCALES = {"layer": "Per layer", "map": "Per map"}


def draw_way_back(text: PageText, taken: BackwardPass) -> None:
    """Every layer from the last to the first, with one of them open."""
    text.show("layers")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        per_map = choose("Colour scale", SCALES, key="back_scale", default="layer") == "map"
        everything = st.toggle("Show all maps", key="back_all", bind="query-params")
    text.show("per_map" if per_map else "per_layer")
    orders = map_orders(taken.layers, most=None if everything else STRIP)
    inside = layer_looked_into(taken.layers)
    told: set[str] = set()  # what a kind of layer does is said once
    for layer in reversed(taken.layers):
        index, does = layer.step.index, what_it_does(layer)
        # Places for both in every layer, so that nothing is made anew when another is opened.
        sheet, detail = st.container(), st.container()
        with detail:
            number = _look_into(text, layer) if index == inside else None
        with sheet:
            _draw_layer(
                text,
                layer,
                does="" if does in told else does,
                per_map=per_map,
                order=orders[index],
                chosen=number,
                on_choose=partial(choose_map, index),
            )
        told.add(does)


def layer_looked_into(layers: Sequence[LayerBackward]) -> int:
    """The place of the open layer, from 0: the address names it from 1."""
    can = [layer.step.index for layer in layers if _opens(layer)]
    named = {str(at + 1): at for at in can}
    pools = [at for at in can if isinstance(layers[at].step.layer, PoolLayer)]
    first = pools[len(pools) // 2] if pools else (can or [-1])[-1]
    return named.get(st.query_params.get("back_layer"), first)


def map_orders(
    layers: Sequence[LayerBackward], *, most: int | None = None
) -> dict[int, list[int] | None]:
    """Which maps are shown of each layer, by its place: the `most` with the largest gradients.

    Between two convolutions a map keeps its number, so the same maps are shown there, one below
    the other. None is for a layer that passes back a row.
    """
    orders: dict[int, list[int] | None] = {}
    order: list[int] | None = None
    for layer in reversed(layers):
        if layer.leaving.ndim == 1:
            order = None
        elif order is None or isinstance(layer.step.layer, ConvLayer):
            maps = layer.leaving.shape[2]
            all_of_them = most is None or maps <= most
            order = list(range(maps)) if all_of_them else strongest_first(layer.leaving)[:most]
            order = [int(number) for number in order]
        orders[layer.step.index] = order
    return orders


def choose_map(layer: int, number: int) -> None:
    """Open a layer at a map, after a click on it."""
    st.query_params["back_layer"] = str(layer + 1)
    st.session_state["back_map"] = number + 1


def what_it_does(layer: LayerBackward) -> str:
    """The section of the page's text that says what this kind of layer does to a gradient."""
    kind = layer.step.layer
    match kind:
        case DenseLayer(activation="softmax"):
            return "does_answer_layer"
        case ActivationLayer(activation=name) if name not in ("relu", "linear"):
            return "does_activation_other"
        case PoolLayer():
            return f"does_{kind.mode}"
        case FlattenLayer():
            return "does_flatten"
    return "does_nothing" if changes_nothing(kind) else f"does_{kind.kind}"


def _opens(layer: LayerBackward) -> bool:
    kind = layer.step.layer
    return isinstance(kind, FlattenLayer) or not changes_nothing(kind)


def _look_into(text: PageText, layer: LayerBackward) -> int:
    """One map, or one number of a row, in full; the reader's choice of it is returned, from 0."""
    count = layer.leaving.shape[-1]
    is_row = layer.leaving.ndim == 1
    if "back_map" not in st.session_state and "back_map" not in st.query_params:
        maps = layer.leaving.reshape(1, 1, -1) if is_row else layer.leaving
        st.session_state["back_map"] = int(strongest_first(maps)[0]) + 1
    with st.container(border=True):
        noun = "number" if is_row else "map"
        picked = st.number_input(
            f"Look into {noun}, of {count:,}",
            1,
            count,
            key="back_map",
            bind="query-params",
            width=220,
        )
        number = min(max(int(picked), 1), count) - 1
        draw_cell(text, layer, number)
    return number


def _draw_layer(
    text: PageText,
    layer: LayerBackward,
    *,
    does: str,
    per_map: bool,
    order: Sequence[int] | None,
    chosen: int | None,
    on_choose: Callable[[int], None],
) -> None:
    step = layer.step
    name = f"{step.index + 1} · {arithmetic.layer_text(step.layer)}"
    if not _opens(layer):
        st.markdown(f"**{name}** · {text.sections[what_it_does(layer)]}", width=LINE_WIDTH)
        return
    shapes = " ← ".join(map(arithmetic.shape_text, (step.input_shape, step.output_shape)))
    st.subheader(f"{name} :small[{shapes}]", anchor=False)
    if does:
        text.show(does)
    key = f"back_layer_{step.index}"
    if layer.leaving.ndim == 1:
        _draw_row(layer, key, chosen, on_choose)
        return
    title = f"The gradients that layer {step.index + 1} passes back"
    side = LARGE if layer.leaving.shape[2] <= FEW else MAP_SIDE
    sheet = Sheet(title, layer.leaving, True, per_map, order, side, marks_dead=False)
    draw_maps(sheet, key=key, chosen=chosen, on_choose=on_choose)
    if not step.index:
        text.show("image")


def _draw_row(
    layer: LayerBackward,
    key: str,
    chosen: int | None,
    on_choose: Callable[[int], None],
) -> None:
    count = len(layer.leaving)
    order = None
    if count > LONGEST_ROW:
        order = strongest_first(layer.leaving.reshape(1, 1, -1))[:LONGEST_ROW].tolist()
    title = f"The gradients that layer {layer.step.index + 1} passes back"
    sheet = Sheet(title, layer.leaving, True, order=order, noun="number", marks_dead=False)
    draw_maps(sheet, key=key, chosen=chosen, on_choose=on_choose)
