"""Pictures grown to fire a filter, or to raise a class's score, beside what does so in the data."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.firing import filter_layers
from cnnlib.questions_visualizing import QUESTIONS, Grown
from pages.support.exercise import draw_exercise
from pages.support.films import Film, draw_film, film_of
from pages.support.growing import (
    KINDS,
    Goal,
    choose_ascent,
    choose_goal,
    is_silent,
    names_of,
)
from pages.support.image_choice import ChosenImage, choose_image
from pages.support.maps import number_text
from pages.support.networks import choose_network
from pages.support.page import open_page
from pages.support.patches import draw_patches
from pages.support.pictures import picture
from pages.support.scans import class_examples, patches, scan_of

IMAGE_SIDE = 128  # screen pixels


def choose_start() -> ChosenImage:
    """The image to start from."""
    image = choose_image(chosen.dataset, key="act_from", drawing=True)
    picture(image.shown, alt=image.name, scale=IMAGE_SIDE // image.shown.shape[1])
    return image


def look_at(goal: Goal, at: int) -> None:
    """Show one of many pictures large, after a click on it."""
    kind, key, value = ("filter", "act_filter", goal.units[at] + 1)
    if goal.filters is None:
        kind, key = "class", f"act_{chosen.dataset}_class"
        value = known.classes[goal.units[at]]
    st.session_state["act_kind"] = kind
    st.session_state[key] = value
    st.query_params[key] = str(value)  # its widget, which would do so, was not on the page yet


def show_film(goal: Goal, film: Film) -> None:
    """The pictures, what their numbers are, and the curve."""
    single = len(goal.units) == 1
    if goal.kind == "filters":
        count = goal.filters.shape[2]
        text.show("many_filters", first=goal.units[0] + 1, last=goal.units[-1] + 1, count=count)
    else:
        text.show({"filter": "one_filter", "class": "one_class"}.get(goal.kind, "many_classes"))
    draw_film(
        film,
        names_of(goal, known.classes),
        title=KINDS[goal.kind],
        curve="Mean of the filter's map" if goal.filters else "Score of the class (logit)",
        key="act_film",
        on_choose=None if single else partial(look_at, goal),
    )
    if not np.isfinite(film.values).all():
        text.show("broken")
    elif is_silent(goal, film.values):
        text.show("silent")


def show_data(goal: Goal, film: Film) -> None:
    """What fires the filter, or scores highest for the class, among the training images."""
    if not np.isfinite(film.values).all():
        return
    scan, unit = scan_of(chosen, st.empty()), goal.units[0]
    count = f"{len(scan.images):,}"
    if goal.filters:
        found = patches(scan, goal.at, unit)
        text.show("patches" if found else "dead", count=count)
        draw_patches(found, title=f"Patches that fire filter {unit + 1} most", key="act_patches")
        return
    found, best = class_examples(chosen, scan, unit)
    grown = float(film.values[-1, 0])
    section = "examples" if grown > best else "examples_higher"
    text.show(section, count=count, name=known.classes[unit], grown=number_text(grown))
    draw_patches(
        found, title=f"Images that score highest for {known.classes[unit]}", key="act_best"
    )


text = open_page("activation_based")
chosen = choose_network("act_network")
known = datasets.info(chosen.dataset)
goal = choose_goal(chosen, known.classes)
ascent, from_image = choose_ascent()
start = choose_start().pixels if from_image else None
if not filter_layers(chosen.network.spec):
    text.show("no_filters")
film = film_of(chosen, goal.layer, goal.units, ascent, start, st.empty())
if len(goal.units) == 1:
    left, right = st.columns(2, gap="large")
    with left:
        show_film(goal, film)
    with right:
        show_data(goal, film)
else:
    show_film(goal, film)
text.show("how")
text.show("notice")
shown = Grown(chosen.network)
draw_exercise("act", [partial(maker, shown=shown) for maker in QUESTIONS["activation_based"]])
