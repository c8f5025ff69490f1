"""What is done to pixels and labels before a network gets them, and what for."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.questions_first_models import QUESTIONS
from cnnlib.spec import SpecError
from cnnlib.trials import scaling_name, scaling_trial
from pages.support import model, rescaling
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.exercise import draw_exercise
from pages.support.experiment import draw_experiment
from pages.support.image_choice import choose_image
from pages.support.one_hot_table import draw_one_hot
from pages.support.page import open_page
from pages.support.settings import TITLES

KEY = "preprocessing"
LABELS_SHOWN = 8
OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
LEARNING_RATES = (0.00001, 0.0001, 0.001, 0.01, 0.05, 0.1, 1.0)
USUAL_RATE = 0.05
MOST_LOSS = 3.0  # just above that of guessing, so that a loss in the thousands leaves the figure


@st.fragment
def follow_pixel(name: str) -> None:
    left, right = st.columns([1, 3], gap="large")
    with left:
        chosen = choose_image(name, key=f"{KEY}_image")
    with right:
        rescaling.draw_rescaling(chosen, rescaling.pixel_figures(name), key=f"{KEY}_pixel")


@st.fragment
def show_labels(dataset: datasets.Dataset) -> None:
    last = len(dataset.y_train) // LABELS_SHOWN
    page = st.number_input("Batch", 1, last, 1, key=f"{KEY}_labels", bind="query-params", width=160)
    # An order of its own, since the images lie there class by class.
    order = np.random.default_rng(0).permutation(len(dataset.y_train))
    shown = order[(page - 1) * LABELS_SHOWN : page * LABELS_SHOWN]
    draw_one_hot(dataset.x_train[shown], dataset.y_train[shown], dataset.classes)


def draw_trial(name: str, dataset: datasets.Dataset) -> None:
    """Three small trainings, alike but for their pixels."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        titles = {name: TITLES.get(name, name) for name in OPTIMIZERS}
        optimizer = choose("Optimizer", titles, key=f"{KEY}_optimizer", default="sgd")
        rate = st.select_slider(
            "Learning rate",
            LEARNING_RATES,
            USUAL_RATE,
            format_func=lambda value: f"{value:.5f}".rstrip("0").removesuffix("."),
            key=f"{KEY}_rate",
            bind="query-params",
            width=300,
        )
        seed = st.number_input(
            "Seed", 0, 9999, 0, key=f"{KEY}_seed", bind="query-params", format="%d", width=140
        )
    try:
        specs = scaling_trial(name, dataset, optimizer, rate, seed)
    except SpecError as error:
        model.draw_fault(error)
    else:
        draw_experiment(
            "scaling", specs, scaling_name, button="Train all three", most_loss=MOST_LOSS
        )


text = open_page("preprocessing")
name = model.choose_dataset()
dataset = load_dataset(name)
figures = rescaling.pixel_figures(name)
text.show("ways")
text.show("pixel")
follow_pixel(name)
text.show("pixel_notice")
text.show("histograms")
rescaling.draw_histograms(figures, key=f"{KEY}_histogram")
several = len(figures.mean) > 1
text.show(
    "histograms_notice",
    means=", ".join(f"{mean:.4f}" for mean in figures.mean),
    deviations=", ".join(f"{deviation:.4f}" for deviation in figures.deviation),
    of="red, green and blue" if several else "the one channel",
)
text.show("labels")
show_labels(dataset)
text.show("labels_notice")
text.show("trial")
draw_trial(name, dataset)
text.show("trial_notice")
draw_exercise("preprocessing", QUESTIONS["preprocessing"])
