"""Augmentation: what it makes of an image, how far it may go, and what it does for a network."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.questions_augmentation import Varied, questions
from pages.support.augmentation_grid import draw_grid, draw_row
from pages.support.augmentation_limits import draw_limits
from pages.support.augmentation_mixup import draw_mixup, mixed_with_next
from pages.support.augmentation_trial import draw_trial, finished_runs
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.image_choice import ChosenImage, choose_and_show, image_address
from pages.support.networks import shipped_network
from pages.support.page import open_page

KEY = "augmentation"
FIRST = {"digits": (6, 1), "cifar10": (3, 2)}  # class and number of the first image


def start_with_first(dataset: str) -> None:
    """Open with the image of FIRST, where neither the address nor the reader names one."""
    address = image_address(dataset, *FIRST[dataset], key=KEY)
    if not any(name in st.session_state or name in st.query_params for name in address):
        for name, value in address.items():
            st.session_state[name] = int(value) if name.endswith("_number") else value


def label_of(dataset: str, image: ChosenImage) -> int:
    """The image's class; of the reader's own picture, what the network takes it for."""
    if image.label is not None:
        return image.label
    return int(shipped_network(dataset).predict(image.pixels[np.newaxis])[0].argmax())


text = open_page("augmentation")
titles = {name: datasets.info(name).title for name in FIRST}
dataset = choose("Images", titles, key=f"{KEY}_set", wrap=True)
known = datasets.info(dataset)
start_with_first(dataset)
text.show("grid")
left, right = st.columns([2, 3], gap="large")
with left:
    image = choose_and_show(dataset, key=KEY, drawing=True)
label = label_of(dataset, image)
with right:
    draw_grid(text, image, key=KEY)
text.show("row")
draw_row(image, mixed_with_next(dataset, image, label))
text.show("row_notice")
text.show("limits")
draw_limits(text, dataset, image, label, key=KEY)
text.show("limits_notice")
text.show("mixup")
draw_mixup(text, dataset, image, label, key=f"{KEY}_mixup")
text.show("trial")
draw_trial(text, dataset, key=f"{KEY}_trial")
text.show("trial_notice")
draw_exercise(KEY, questions(Varied(known.image_shape, known.classes, finished_runs())))
