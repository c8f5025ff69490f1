"""The images that networks learn from: browsed, summed up, compared, split and mislabelled."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.questions_first_models import QUESTIONS
from cnnlib.spec import SpecError
from cnnlib.trials import noise_name, noise_trial
from pages.support import class_pictures, model, training_images
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.exercise import draw_exercise
from pages.support.experiment import draw_experiment
from pages.support.full_set import full_set_panel
from pages.support.neighbour_search import neighbour_search
from pages.support.page import open_page
from pages.support.pictures import picture_row
from pages.support.settings import TRAINING
from pages.support.splits import share_out

A_PAGE = 60  # images: five rows on a desktop
ALL = "all"
SPLITS = {"train": "Training", "test": "Test"}
USUAL_NOISE = 0.4  # of the trial, while the slider stands at nothing


def show_counts(known: datasets.DatasetInfo, dataset: datasets.Dataset) -> None:
    height, width, channels = known.image_shape
    with st.grid(4, min_column_width=150):
        st.metric("Training images", f"{len(dataset.x_train):,}")
        st.metric("Test images", f"{len(dataset.x_test):,}")
        st.metric("Classes", len(dataset.classes))
        st.metric("Numbers in an image", f"{height} × {width} × {channels}")


@st.fragment
def browse(known: datasets.DatasetInfo, dataset: datasets.Dataset) -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    chosen = left.selectbox(
        "Class",
        [ALL, *known.classes],
        format_func=lambda option: "All classes" if option == ALL else option,
        key=f"dataset_class_{known.name}",
        bind="query-params",
    )
    with right:
        test = choose("Part", SPLITS, key="dataset_part", default="train") == "test"
    images = dataset.x_test if test else dataset.x_train
    labels = dataset.y_test if test else dataset.y_train
    classes = (
        [known.classes.index(chosen)] if chosen in known.classes else range(len(known.classes))
    )
    each = A_PAGE // len(classes)
    of_class = [np.flatnonzero(labels == label) for label in classes]
    pages = max(1, -(-max(map(len, of_class)) // each))
    page = st.pagination(pages, key="dataset_page", bind="query-params")
    first = (min(page, pages) - 1) * each
    shown = np.concatenate([numbers[first : first + each] for numbers in of_class])
    names = [known.classes[labels[number]] for number in shown]
    picture_row(
        images[shown],
        captions=names,
        alts=[
            f"{name}, {SPLITS['test' if test else 'train'].lower()} image {number}"
            for name, number in zip(names, shown, strict=True)
        ],
        scale=2,
    )


def sum_up(known: datasets.DatasetInfo, source: str) -> None:
    """What the classes look like on average, and where their images differ."""
    found = class_pictures.class_pictures(known.name, full=source == "full")
    text.show("means")
    class_pictures.draw_means(known.classes, found)
    text.show("spreads", limit=f"{class_pictures.largest_spread(found):.0f}")
    class_pictures.draw_spreads(known.classes, found)
    text.show("spreads_notice")


def draw_trial(known: datasets.DatasetInfo) -> None:
    """Two small trainings: with the true labels, and with as many wrong as the slider says."""
    noise = st.session_state.get(f"{TRAINING}label_noise") or USUAL_NOISE
    seed = st.session_state.get(f"{TRAINING}seed") or 0
    try:
        specs = noise_trial(known.name, noise, seed)
    except SpecError as error:
        model.draw_fault(error)
    else:
        draw_experiment("noise", specs, noise_name, button="Train both")


text = open_page("dataset")
known = datasets.info(model.choose_dataset())
source = training_images.choose_source(known)
dataset = load_dataset(known.name, full=source == "full")
show_counts(known, dataset)
text.show("browse")
browse(known, dataset)
sum_up(known, source)
text.show("neighbours")
neighbour_search(text, known, dataset)
text.show("split")
share_out(text, known, dataset, source)
text.show("trial")
draw_trial(known)
text.show("trial_notice")

here = datasets.full_is_here(known.name)
text.show(
    "full_here" if here else "full",
    title=known.full_title,
    train=f"{known.full_counts[0]:,}",
    test=f"{known.full_counts[1]:,}",
)
if not here:
    full_set_panel(known)
text.show("source", source=known.source, licence=known.licence)
draw_exercise("dataset", QUESTIONS["dataset"])
