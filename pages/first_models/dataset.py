"""The images that networks learn from: browsed by class, counted, and split."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from pages.support.data import load_dataset
from pages.support.full_set import full_set_panel
from pages.support.page import open_page
from pages.support.pictures import picture_row

A_PAGE = 60  # images: five rows on a desktop
HELD_BACK_SHOWN = 12
ALL = "all"
SPLITS = {"train": "Training", "test": "Test"}


def choose_dataset() -> tuple[datasets.DatasetInfo, datasets.Dataset]:
    """The data set to look at: what is known of it, and its images."""
    name = st.segmented_control(
        "Data set",
        list(datasets.DATASETS),
        format_func=lambda option: datasets.DATASETS[option].title,
        default="digits",
        required=True,
        key="dataset_name",
        bind="query-params",
    )
    known = datasets.DATASETS.get(name, datasets.DATASETS["digits"])
    full = datasets.full_is_here(known.name) and st.toggle(
        "Use the full set", key="dataset_full", bind="query-params"
    )
    return known, load_dataset(known.name, full=full)


def show_counts(known: datasets.DatasetInfo, dataset: datasets.Dataset) -> None:
    height, width, channels = known.image_shape
    with st.grid(4, min_column_width=150):
        st.metric("Training images", f"{len(dataset.x_train):,}")
        st.metric("Test images", f"{len(dataset.x_test):,}")
        st.metric("Classes", len(dataset.classes))
        st.metric("Numbers in an image", f"{height} × {width} × {channels}")


def browse(known: datasets.DatasetInfo, dataset: datasets.Dataset) -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    chosen = left.selectbox(
        "Class",
        [ALL, *known.classes],
        format_func=lambda option: "All classes" if option == ALL else option,
        key=f"dataset_class_{known.name}",
        bind="query-params",
    )
    split = right.segmented_control(
        "Part",
        list(SPLITS),
        format_func=SPLITS.get,
        default="train",
        required=True,
        key="dataset_part",
        bind="query-params",
    )
    test = split == "test"
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


text = open_page("dataset")
known, dataset = choose_dataset()
show_counts(known, dataset)
text.show("browse")
browse(known, dataset)

text.show("split")
left, right = st.columns([2, 1])
most = len(dataset.x_train)
count = left.slider(
    "Images to train on", 100, most, most, step=100, key="dataset_count", bind="query-params"
)
seed = right.number_input("Seed", 0, 2**31 - 1, 1, key="dataset_seed", bind="query-params")
training, validation = datasets.training_split(dataset.y_train, count, seed)
text.show(
    "parts",
    training=f"{len(training):,}",
    validation=f"{len(validation):,}",
    test=f"{len(dataset.x_test):,}",
)
held_back = validation[:: max(1, len(validation) // HELD_BACK_SHOWN)][:HELD_BACK_SHOWN]
picture_row(
    dataset.x_train[held_back],
    captions=[known.classes[label] for label in dataset.y_train[held_back]],
    alts=[f"Held back: {known.classes[label]}" for label in dataset.y_train[held_back]],
    scale=2,
)
text.show("seed")

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
