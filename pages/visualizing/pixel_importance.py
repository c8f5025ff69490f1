"""Which pixels made a network say what it said: four ways to ask, and whether to believe them."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.questions_visualizing import QUESTIONS, Importance
from cnnlib.verdict import VerdictError, verdict
from pages.support.bars import draw_probabilities
from pages.support.exercise import draw_exercise
from pages.support.image_choice import ChosenImage, choose_and_show
from pages.support.importance import METHODS, Maps, Settings, choose_settings, maps_of, panels_of
from pages.support.maps import number_text
from pages.support.networks import choose_network
from pages.support.overlay import draw_overlay
from pages.support.page import open_page
from pages.support.sanity import draw_check

ANSWER = "The network's answer"


def show_answer(image: ChosenImage, probabilities: np.ndarray) -> None:
    """The network's answer in bars and words, and whether it is right."""
    draw_probabilities(probabilities, known.classes, key="pix_bars")
    try:
        answer = verdict(probabilities, known.classes)
    except VerdictError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.markdown(answer.sentence)
    if image.label is not None:
        right = image.label == answer.best
        text.show("right" if right else "wrong", truth=known.classes[image.label])


def choose_class(probabilities: np.ndarray) -> int:
    """The class whose score is looked into."""
    key = f"pix_{chosen.dataset}_for"
    options = [ANSWER, *known.classes]
    name = st.selectbox("Class to explain", options, key=key, bind="query-params", width=240)
    if name in known.classes:
        return known.classes.index(name)
    return int(np.argmax(probabilities)) if np.isfinite(probabilities).all() else 0


def show_maps(maps: Maps, settings: Settings) -> None:
    """The maps side by side, and what each can say and cannot."""
    panels = panels_of(maps, class_index, settings)
    draw_overlay(image.shown, list(panels.values()), title="Maps of importance", key="pix_maps")
    found, baseline = maps.attribution, f"a {settings.baseline.lower()} picture"
    if not np.isfinite(found.logit):
        text.show("broken")
    values: dict[str, dict[str, object]] = {
        "occlusion": {},
        "saliency": {},
        "grad_cam": {},
        "integrated": {
            "baseline": baseline,
            "steps": found.steps,
            "sum": number_text(float(found.values.sum(dtype=np.float64))),
            "gain": number_text(found.logit - found.baseline_logit),
        },
    }
    if maps.occluded is not None:
        values["occlusion"] = {"places": f"{maps.occluded.logits[..., 0].size:,}"}
    if maps.cam is not None:
        values["grad_cam"] = {"size": " × ".join(map(str, maps.cam.shape))}
    for method in METHODS:
        if method in panels:
            text.show(method, **values[method])


text = open_page("pixel_importance")
chosen = choose_network("pix_network")
known = datasets.info(chosen.dataset)
left, right = st.columns(2, gap="large")
with left:
    image = choose_and_show(chosen.dataset, key="pix", drawing=True)
probabilities = chosen.network.predict(image.pixels[np.newaxis])[0]
with right:
    show_answer(image, probabilities)
    class_index = choose_class(probabilities)
text.show("maps", name=known.classes[class_index])
settings = choose_settings(chosen.network.spec)
maps = maps_of(chosen, image.pixels, class_index, settings, st.empty())
show_maps(maps, settings)
text.show("check")
draw_check(text, chosen, image, class_index, settings)
text.show("notice")
shown = Importance(
    chosen.network,
    known.classes[class_index],
    maps.gradient,
    None if maps.occluded is None else maps.occluded.per_pixel(maps.occluded.drops(class_index)),
    maps.attribution,
)
draw_exercise("pix", [partial(maker, shown=shown) for maker in QUESTIONS["pixel_importance"]])
