"""The check that a map of importance depends on what was learned: its layers put back to chance."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import streamlit as st

from cnnlib.saliency import learned_layers, randomised, rank_correlation
from pages.support.choices import choose
from pages.support.image_choice import ChosenImage
from pages.support.importance import METHODS, Settings, maps_of, panels_of
from pages.support.maps import number_text
from pages.support.networks import Chosen
from pages.support.overlay import Panel, draw_overlay
from pages.support.page import PageText
from pages.support.tables import hundredths

ALIKE = 0.5  # a rank correlation from which on two maps are called alike


def draw_check(
    text: PageText, chosen: Chosen, image: ChosenImage, class_index: int, settings: Settings
) -> None:
    """Draw the check, if it is asked for: one map, from the trained network to a random one."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        wanted = st.toggle("Randomise the weights", key="pix_check", bind="query-params")
        method = choose("Map to check", METHODS, key="pix_checked", default="saliency", wrap=True)
        seed = st.number_input(
            "Seed of the weights", 0, 9_999, 1, key="pix_seed", bind="query-params", width=150
        )
    if not wanted:
        return
    panels = _stages(chosen, image.pixels, class_index, settings, method, int(seed))
    if not panels:
        st.info("This network has no such map.", icon=":material/info:")
        return
    draw_overlay(
        image.shown, panels, title=f"{METHODS[method]} with random layers", key="pix_stages"
    )
    last = rank_correlation(_order(panels[0]), _order(panels[-1]))
    if not math.isfinite(last):
        text.show("flat")
        return
    section = "unchanged" if abs(last) >= ALIKE else "changed"
    text.show(section, correlation=hundredths(last))


def stage_counts(learned: int) -> tuple[int, ...]:
    """How many of the learned layers are random in each stage, from none to all.

    >>> stage_counts(7), stage_counts(2)
    ((0, 1, 2, 4, 7), (0, 1, 2))
    """
    return tuple(sorted({0, 1, min(2, learned), -(-learned // 2), learned}))


def _stages(
    chosen: Chosen,
    image: np.ndarray,
    class_index: int,
    settings: Settings,
    method: str,
    seed: int,
) -> list[Panel]:
    learned = len(learned_layers(chosen.network.spec))
    panels, place = [], st.empty()
    for count in stage_counts(learned):
        mixed = chosen
        if count:
            network = randomised(chosen.network, count, seed)
            identity = f"{chosen.identity}-random-{count}-{seed}"
            mixed = dataclasses.replace(chosen, network=network, identity=identity)
        maps = maps_of(mixed, image, class_index, settings, place)
        panel = panels_of(maps, class_index, settings).get(method)
        if panel is None:
            return []
        panels.append(_named(panel, count, learned, panels[0] if panels else panel))
    return panels


def _named(panel: Panel, count: int, learned: int, trained: Panel) -> Panel:
    title = f"{count} of {learned} layers random" if count else "As trained"
    correlation = rank_correlation(_order(trained), _order(panel))
    said = number_text(round(correlation, 2)) if math.isfinite(correlation) else "none: it is flat"
    caption = f"Rank correlation {said}" if count else "What the others are compared with"
    return dataclasses.replace(panel, title=title, caption=caption)


def _order(panel: Panel) -> np.ndarray:
    """What is ranked: the map as it is drawn."""
    return np.asarray(panel.values, float)
