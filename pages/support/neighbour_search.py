"""The training images nearest to one that the reader chooses."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from cnnlib.datasets import Dataset, DatasetInfo
from cnnlib.neighbours import nearest, neighbours_label_share
from pages.support.data import load_dataset
from pages.support.image_choice import ChosenImage, choose_image
from pages.support.page import PageText
from pages.support.pictures import picture, picture_row

COUNT = 12
KEY = "dataset_query"


@st.fragment
def neighbour_search(text: PageText, known: DatasetInfo, dataset: Dataset) -> None:
    """Choose an image and see its neighbours, nearest first."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        chosen = choose_image(known.name, key=KEY, drawing=True)
        picture(chosen.shown, alt=chosen.name, scale=5)
    with right:
        draw_neighbours(text, chosen, dataset)
    text.show("neighbours_notice")
    if st.button("Ask this of every test image", icon=":material/search:", key=f"{KEY}_all"):
        text.show(
            "neighbours_all",
            share=f"{_label_share(known.name):.1%}",
            count=f"{known.sample_counts[1]:,}",
            sample=f"{known.sample_counts[0]:,}",
        )


def draw_neighbours(text: PageText, chosen: ChosenImage, dataset: Dataset) -> None:
    indices, distances = nearest(chosen.pixels, dataset.x_train, COUNT)
    names = [dataset.classes[label] for label in dataset.y_train[indices]]
    (most, votes), *_ = Counter(names).most_common(1)
    truth = "" if chosen.label is None else f", and it is **{dataset.classes[chosen.label]}**"
    text.show(
        "neighbours_found",
        name=chosen.name,
        first=names[0],
        distance=f"{distances[0]:.2f}",
        most=most,
        votes=votes,
        count=COUNT,
        truth=truth,
    )
    picture_row(
        dataset.x_train[indices],
        captions=[
            f"{name}, {distance:.2f}" for name, distance in zip(names, distances, strict=True)
        ],
        alts=[
            f"{name}, training image {index}, at the distance {distance:.2f}"
            for name, index, distance in zip(names, indices, distances, strict=True)
        ],
        scale=2,
    )


@st.cache_data(max_entries=4, show_spinner=False)
def _label_share(name: str) -> float:
    """Of the bundled sample, which takes half a second: all pairs of images are compared."""
    sample = load_dataset(name)
    return neighbours_label_share(sample.x_test, sample.y_test, sample.x_train, sample.y_train)
