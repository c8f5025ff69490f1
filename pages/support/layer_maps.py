"""One layer at work on one image: its name, what it does, and its maps or units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cnnlib import arithmetic
from cnnlib.explain import LayerPass, changes_nothing, strongest_first
from cnnlib.layers import ActivationLayer, DenseLayer, FlattenLayer
from pages.support.bars import draw_probabilities
from pages.support.maps import Sheet, draw_maps
from pages.support.page import LINE_WIDTH, PageText

MANY = 64  # of more maps, only the strongest are shown at first
STRONGEST = 32


def draw_layer(
    text: PageText,
    layer: LayerPass,
    classes: Sequence[str],
    *,
    does: str,
    per_map: bool,
    chosen: int | None,
    on_choose: Callable[[int], None],
) -> None:
    """Draw one layer. `does` is the section that says what it does, or empty; `chosen` the map to
    mark; `on_choose` is told of a click. Maps count from 0."""
    step, shape = layer.step, arithmetic.shape_text(layer.step.output_shape)
    shape += "" if len(step.output_shape) == 3 else " numbers"
    name = f"{step.index + 1} · {arithmetic.layer_text(step.layer)}"
    if changes_nothing(step.layer):
        st.markdown(f"**{name}** · {text.sections[what_it_does(layer)]}", width=LINE_WIDTH)
        return
    st.subheader(f"{name} :small[{shape}]", anchor=False)
    if does:
        text.show(does)
    key = f"layer_{step.index}"
    if _is_answer(layer):
        with st.container(width=LINE_WIDTH):
            draw_probabilities(layer.passed_on, classes, key=key)
    elif layer.passed_on.ndim == 1:
        title = f"The units of layer {step.index + 1}"
        draw_maps(Sheet(title, layer.passed_on, layer.signed, noun="unit"), key=key)
    else:
        order = _order(layer, f"maps_all_{step.index + 1}")
        sheet = map_sheet(layer, per_map=per_map, order=order)
        draw_maps(sheet, key=key, chosen=chosen, on_choose=on_choose)


def map_sheet(layer: LayerPass, *, per_map: bool, order: Sequence[int] | None = None) -> Sheet:
    """The feature maps of a layer, all of them unless `order` says which."""
    title = f"The feature maps of layer {layer.step.index + 1}"
    return Sheet(title, layer.passed_on, layer.signed, per_map, order)


def _order(layer: LayerPass, key: str) -> Sequence[int]:
    """All maps, or the strongest if there are many and the reader has not asked for all."""
    count = layer.passed_on.shape[2]
    if count <= MANY:
        return range(count)
    everything = st.toggle(
        f"Show all {count} maps, not only the {STRONGEST} strongest", key=key, bind="query-params"
    )
    return range(count) if everything else strongest_first(layer.passed_on)[:STRONGEST].tolist()


def _is_answer(layer: LayerPass) -> bool:
    return isinstance(layer.step.layer, DenseLayer) and layer.step.layer.activation == "softmax"


def what_it_does(layer: LayerPass) -> str:
    """The section of the page's text that says it."""
    kind = layer.step.layer
    if changes_nothing(kind):
        return "flatten" if isinstance(kind, FlattenLayer) else "nothing"
    if _is_answer(layer):
        return "answer_layer"
    if isinstance(kind, ActivationLayer) and kind.activation != "relu":
        return "activation_other"
    return "conv_signed" if kind.kind == "conv" and layer.signed else kind.kind
