"""What is grown on the activation page, and how: the reader's choices, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib.fields import SpecError, limits_of
from cnnlib.firing import FilterLayer, filter_layers
from cnnlib.maximisation import Ascent
from pages.support.choices import choose
from pages.support.films import most_pictures
from pages.support.networks import Chosen

KINDS = {
    "filter": "One filter",
    "filters": "Filters of a layer",
    "class": "One class",
    "classes": "All classes",
}
OF_CLASSES = ("class", "classes")
STARTS = {"noise": "Noise", "image": "An image"}
DEFAULTS = Ascent(steps=40, step_size=0.05, jitter=2, blur=0.4)
ROW = 8  # pictures side by side on a wide screen: no row is begun that cannot be filled
MOST_STEPS = 100  # on the page; the library takes more


@dataclass(frozen=True)
class Goal:
    """What is asked for.

    Attributes:
        kind: one of KINDS.
        layer: the layer whose maps or units are raised, from 0.
        units: their numbers, from 0.
        filters: the layer as a layer of filters; None of classes.
        at: its place among the layers of filters.
    """

    kind: str
    layer: int
    units: tuple[int, ...]
    filters: FilterLayer | None
    at: int = 0


def choose_goal(chosen: Chosen, classes: tuple[str, ...]) -> Goal:
    """Draw the choice of what to grow a picture for."""
    layers = filter_layers(chosen.network.spec)
    kinds = {kind: title for kind, title in KINDS.items() if layers or kind in OF_CLASSES}
    kind = choose("Grow a picture for", kinds, key="act_kind", wrap=True)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if kind in OF_CLASSES:
            return _class_goal(chosen, classes, kind)
        return _filter_goal(chosen, layers, kind)


def _class_goal(chosen: Chosen, classes: tuple[str, ...], kind: str) -> Goal:
    last = len(chosen.network.spec.layers) - 1
    if kind == "classes":
        return Goal(kind, last, tuple(range(len(classes))), None)
    key = f"act_{chosen.dataset}_class"
    name = st.selectbox("Class", classes, key=key, bind="query-params", width=180)
    return Goal(kind, last, (classes.index(name) if name in classes else 0,), None)


def _filter_goal(chosen: Chosen, layers: tuple[FilterLayer, ...], kind: str) -> Goal:
    names = [f"Convolution {layer.number}" for layer in layers]
    index = len(names) // 2
    name = st.selectbox(
        "Layer", names, index=index, key="act_layer", bind="query-params", width=180
    )
    at = names.index(name) if name in names else index
    layer, count = layers[at], layers[at].shape[2]
    if kind == "filter":
        number = _number(f"Filter, of {count}", count, "act_filter")
        return Goal(kind, layer.last, (number - 1,), layer, at)
    together = min(count, most_pictures(chosen.network.spec, layer.last, DEFAULTS.steps))
    if together < count:
        together = together // ROW * ROW or together
    first = 1
    if together < count:
        first = _number("From filter", count - together + 1, "act_first")
    return Goal(kind, layer.last, tuple(range(first - 1, first - 1 + together)), layer, at)


def _number(label: str, most: int, key: str) -> int:
    if st.session_state.get(key, 1) > most:
        st.session_state[key] = most  # another layer was chosen, with fewer filters
    number = st.number_input(label, 1, most, key=key, bind="query-params", width=160)
    return min(max(int(number), 1), most)


def choose_ascent() -> tuple[Ascent, bool]:
    """Draw the settings, and whether an image is started from; what an address says that cannot be
    falls back to the defaults."""
    with st.container(horizontal=True, gap="medium"):
        values = {
            "steps": _slider("Steps", "steps", 5, most=MOST_STEPS, least=5),
            "step_size": _slider("Step size", "step_size", 0.01, most=0.2, least=0.01),
            "jitter": _slider("Jitter, pixels", "jitter", 1),
            "blur": _slider("Blur, pixels", "blur", 0.1),
            "total_variation": _slider("Total variation", "total_variation", 0.1, most=1.0),
        }
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        start = choose("Start from", STARTS, key="act_start", default="noise")
        values["seed"] = st.number_input(
            "Seed of noise and jitter", 0, 9_999, 0, key="act_seed", bind="query-params", width=180
        )
    try:
        return Ascent(**values), start == "image"
    except SpecError:
        return DEFAULTS, start == "image"


def _slider(label: str, name: str, step: float, *, most: float = 0, least: float = 0) -> float:
    low, high = limits_of(Ascent, name)
    kind = type(step)
    return st.slider(
        label,
        kind(least or low),
        kind(most or high),
        kind(getattr(DEFAULTS, name)),
        step,
        key=f"act_{name}",
        bind="query-params",
        width=160,
    )


def names_of(goal: Goal, classes: tuple[str, ...]) -> list[str]:
    """What the pictures are called."""
    if goal.filters is None:
        return [classes[unit].capitalize() for unit in goal.units]
    return [f"Filter {unit + 1}" for unit in goal.units]


def is_silent(goal: Goal, values: np.ndarray) -> bool:
    """Whether one filter's film, (steps, 1) values, never saw it fire."""
    return goal.kind == "filter" and not (values[-1, 0] > 0)
