"""How a layer's weights are spread, and how they went over the epochs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.numerals import numeral
from cnnlib.weight_statistics import (
    Histogram,
    WeightStatistics,
    histogram,
    uniform_shares,
    value_histogram,
)
from pages.support.components import component
from pages.support.encoded import array_text
from pages.support.kernel_choice import Place, look_at
from pages.support.maps import number_text
from pages.support.page import PageText
from pages.support.tables import draw_table
from pages.support.weight_data import Weights

BEFORE = "before training"
_histogram = component("histogram", shared="canvas")
_lines = component("epoch_lines", shared="canvas")


def draw_spread(text: PageText, weights: Weights) -> None:
    """Histograms of the weights and biases, and the layer's figures."""
    left, right = st.columns([6, 5], gap="large")
    with left:
        _draw_weights(weights)
        _draw_biases(text, weights)
    with right:
        _draw_figures(weights)
        text.show("figures")


def _draw_weights(weights: Weights) -> None:
    limit, largest = weights.layer.start_limit, weights.limit
    found = [histogram(each.counts, limit, largest) for each in weights.over_epochs]
    shown = found[weights.epochs.index(weights.epoch)] if weights.epochs else found[0]
    if weights.before is not None:
        other, name = found[0].shares, BEFORE
    else:
        other = uniform_shares(shown.edges, limit)
        name = "what Keras starts with"
    most = max(max(each.shares.max() for each in found), float(other.max()))
    _draw(weights, f"Weights of {weights.layer.name}", shown, other, name, most, "weights")


def _draw_biases(text: PageText, weights: Weights) -> None:
    if weights.now.bias is None:
        text.show("no_bias")
        return
    every = [each.bias for each in weights.over_epochs]
    known = np.concatenate([each[np.isfinite(each)] for each in every])
    largest = float(np.abs(known).max()) if known.size else 0.0
    found = [value_histogram(each, largest) for each in every]
    shown = found[weights.epochs.index(weights.epoch)] if weights.epochs else found[0]
    other = found[0].shares if weights.before is not None else None
    most = max((each.shares.max() for each in found), default=1.0)
    _draw(weights, f"Biases of {weights.layer.name}", shown, other, BEFORE, most, "biases")


def _draw(
    weights: Weights,
    title: str,
    shown: Histogram,
    other: np.ndarray | None,
    other_name: str,
    most: float,
    unit: str,
) -> None:
    now = f"after epoch {weights.epoch}" if weights.epoch else "now"
    _histogram(
        data={
            "title": title,
            "edges": tuple(number_text(float(edge)) for edge in shown.edges),
            "shares": tuple(shown.shares.tolist()),
            "other": None if other is None else tuple(other.tolist()),
            "most": float(most) or 1.0,
            "names": {"now": BEFORE if weights.epoch == 0 else now, "other": other_name},
            "unit": unit,
            "beyond": shown.overflow,
        },
        key=f"wt_spread_{unit}",
    )


def _draw_figures(weights: Weights) -> None:
    columns = {"now" if not weights.epoch else f"epoch {weights.epoch}": weights.now}
    if weights.before is not None and weights.epoch:
        columns = {BEFORE: weights.before, **columns}
    found = {name: _rows(each) for name, each in columns.items()}
    names = next(iter(found.values()))
    rows = [(name, *(values[name] for values in found.values())) for name in names]
    draw_table(["Figure", *found], rows)


def _rows(found: WeightStatistics) -> dict[str, str]:
    low, high = float(found.norms.min()), float(found.norms.max())
    share = f"{found.near_zero:.1%}" if np.isfinite(found.near_zero) else "no number"
    return {
        "Weights": f"{found.count:,}",
        "Mean": numeral(found.mean, ".4f"),
        "Standard deviation": number_text(found.deviation),
        "Near zero": share,
        "Smallest L2 norm": number_text(low),
        "Mean L2 norm": number_text(float(found.norms.mean())),
        "Largest L2 norm": number_text(high),
    }


def draw_course(text: PageText, weights: Weights, place: Place) -> None:
    """The norms of the layer's filters over the epochs, and how far each layer has moved."""
    if len(weights.epochs) < 2:
        text.show("no_course" if weights.epochs else "no_epochs")
        return
    layer = weights.layer
    text.show("course", noun=layer.noun)
    left, right = st.columns(2, gap="large")
    with left:
        norms = np.stack([each.norms for each in weights.over_epochs], axis=1)
        names = [f"{layer.noun.capitalize()} {number + 1}" for number in range(len(norms))]
        title = f"L2 norm of each {layer.noun} of {layer.name}"
        _draw_lines(weights, title, norms, names, place.filter, "wt_filter")
    if weights.start is None:
        return
    with right:
        moved = np.array([[figures.moved for figures in every] for every in weights.history]).T
        names = [each.name for each in weights.layers]
        title = "How far each layer's weights are from where they began"
        _draw_lines(weights, title, moved, names, weights.at, "wt_layer")


def _draw_lines(
    weights: Weights, title: str, values: np.ndarray, names: list[str], marked: int, key: str
) -> None:
    """Lines (lines, epochs); a click on one chooses what the widget `key` chooses."""
    shares = key == "wt_layer"
    known = values[np.isfinite(values)]
    most = float(known.max()) if known.size and known.max() > 0 else 1.0
    least = 0.0 if shares or not known.size else float(known.min())

    def take() -> None:
        told = st.session_state[f"{key}_lines"].line
        # Clients can send anything.
        if type(told) is not int or not 0 <= told < len(names):
            return
        if shares:
            st.session_state[key] = names[told]
        else:
            look_at(key, told)

    data = {
        "title": title,
        "epochs": tuple(weights.epochs),
        "now": weights.epochs.index(weights.epoch),
        "values": array_text(np.where(np.isfinite(values), values, np.nan), "<f4"),
        "names": tuple(names),
        "marked": marked,
        "most": most,
        "least": least,
        "percent": shares,
        "clickable": True,
    }
    _lines(data=data, key=f"{key}_lines", on_line_change=take)
