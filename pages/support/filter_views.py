"""Filters that do nothing, or the same as another: dead, faint and twins."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib.datasets import DatasetError
from cnnlib.filter_health import (
    ALIKE,
    LEAST_ALIKE,
    Twins,
    chance_similarity,
    faint_filters,
    similarities,
    twins,
)
from cnnlib.kernel_pictures import kernel_picture, legend, side_by_side
from cnnlib.weight_statistics import WeightError
from pages.support.kernel_choice import look_at
from pages.support.maps import Sheet, draw_maps, number_text
from pages.support.page import PageText, sentence
from pages.support.weight_data import Weights, held_out, silent_in

MOST_PAIRS = 12  # shown
MOST_FILTERS = 32  # dead or faint ones shown
PAIR_SIDE, FILTER_SIDE = 132, 96  # screen pixels


def draw_twins(text: PageText, weights: Weights, limits: np.ndarray) -> None:
    """The pairs that are alike, beside one another."""
    noun = weights.layer.noun
    threshold = st.slider(
        "Cosine similarity at least",
        LEAST_ALIKE,
        1.0,
        ALIKE,
        0.01,
        key="wt_alike",
        bind="query-params",
        width=340,
    )
    try:
        found = twins(weights.kernels, threshold)
    except WeightError:
        threshold = ALIKE
        found = twins(weights.kernels)
    size = int(np.prod(weights.layer.shape[:3]))
    chance = number_text(round(chance_similarity(size), 2))
    said = {"noun": noun, "threshold": number_text(threshold), "size": f"{size:,}"}
    if found:
        count = "One pair" if len(found) == 1 else f"{len(found):,} pairs"
        first = "" if len(found) <= MOST_PAIRS else f" Here are the {MOST_PAIRS} most alike."
        text.show("twins", **said, count=count, first=first, chance=chance)
        _draw_pairs(weights, found[:MOST_PAIRS], limits)
        return
    alike = similarities(weights.kernels)[np.triu_indices(weights.layer.shape[3], 1)]
    alike = alike[np.isfinite(alike)]
    if alike.size:
        most = number_text(round(float(alike.max()), 3))
        text.show("no_twins", **said, most=most, chance=chance)
    else:
        text.show("no_pairs", noun=noun)


def _draw_pairs(weights: Weights, pairs: list[Twins], limits: np.ndarray) -> None:
    pictures, names, texts = [], [], []
    for pair in pairs:
        both = [_picture(weights, at, limits) for at in (pair.first, pair.second)]
        pictures.append(side_by_side(*both))
        names.append(f"{pair.first + 1} and {pair.second + 1}: {pair.similarity:.2f}")
        texts.append(f"cosine similarity {pair.similarity:.4f}")
    _draw_pictures(weights, "Pairs that are alike", pictures, names, texts, limits, PAIR_SIDE)


def draw_idle(text: PageText, weights: Weights, limits: np.ndarray) -> None:
    """The filters that never fire, and those with hardly any weight."""
    faint, noun = faint_filters(weights.now.norms), weights.layer.noun
    dead = _dead(text, weights) if noun == "filter" else []
    if noun == "unit":
        text.show("units_not_tried")
    if faint:
        text.show("faint", count=_count(faint, noun))
    else:
        text.show("no_faint", noun=noun)
    shown = sorted({*dead, *faint})[:MOST_FILTERS]
    if not shown:
        return
    names = [
        f"{at + 1} " + " and ".join(["dead"] * (at in dead) + ["faint"] * (at in faint))
        for at in shown
    ]
    texts = [f"L2 norm {number_text(float(weights.now.norms[at]))}" for at in shown]
    pictures = [_picture(weights, at, limits) for at in shown]
    title = f"Dead and faint {noun}s"
    _draw_pictures(weights, title, pictures, names, texts, limits, FILTER_SIDE, shown)


def _dead(text: PageText, weights: Weights) -> list[int]:
    """Say which filters are dead, and return them."""
    try:
        images = held_out(weights.chosen)
    except DatasetError as error:
        st.info(sentence(error), icon=":material/image_not_supported:")
        return []
    silent = silent_in(weights, images)
    count = f"{len(images):,}"
    if silent is None:
        text.show("cannot_die")
        return []
    found = np.flatnonzero(silent).tolist()
    if found:
        text.show("dead", count=_count(found, "filter"), images=count)
    else:
        text.show("no_dead", images=count)
    return found


def _draw_pictures(
    weights: Weights,
    title: str,
    pictures: list[np.ndarray],
    names: list[str],
    texts: list[str],
    limits: np.ndarray,
    side: int,
    filters: list[int] | None = None,
) -> None:
    """Pictures of one size; a click on one looks at its filter, where it is one filter's."""
    colours = np.stack(pictures)
    height, width = colours.shape[1:3]
    sheet = Sheet(
        title,
        np.zeros((height, width, len(pictures)), np.float32),
        signed=True,
        side=side,
        noun="pair" if filters is None else weights.layer.noun,
        names=names,
        limits=np.full(len(pictures), limits.max()),
        texts=texts,
        colours=colours,
        legend=legend(weights.layer),
        marks_dead=False,
    )
    take = None if filters is None else lambda at: look_at("wt_filter", filters[at])
    draw_maps(sheet, key="wt_pairs" if filters is None else "wt_idle", on_choose=take)


def _picture(weights: Weights, at: int, limits: np.ndarray) -> np.ndarray:
    return kernel_picture(weights.layer, weights.kernels[..., at], float(limits[at]))


def _count(found: list[int], noun: str) -> str:
    return f"One {noun}" if len(found) == 1 else f"{len(found):,} {noun}s"
