"""The split one can move and the labels one can spoil: settings of the training page, shown."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.class_images import class_counts
from cnnlib.datasets import Dataset, DatasetInfo
from pages.support import training_images
from pages.support.page import PageText
from pages.support.pictures import picture_row
from pages.support.split_bars import draw_class_split, draw_split

HELD_BACK_SHOWN = 12
LABELS_SHOWN = 24


@st.fragment
def share_out(text: PageText, known: DatasetInfo, dataset: Dataset, source: str) -> None:
    """The split, and below it the labels, since which of them are wrong depends on it."""
    left, middle, right = st.columns(3)
    with left:
        # A full set that somebody else put here may be smaller than the one that is known.
        count = min(training_images.choose_count(known, source), len(dataset.y_train))
    with middle:
        share = training_images.choose_validation_share()
    with right:
        seed = training_images.choose_seed()
    training, validation = datasets.training_split(dataset.y_train, count, seed, share)
    _draw_parts(text, dataset, training, validation)
    text.show("seed")
    text.show("noise")
    noise = training_images.choose_label_noise()
    _draw_labels(text, dataset, training, noise, seed)
    # The settings are the training page's own, so they need not stand in the link.
    with st.container(border=True, width="content"):
        st.page_link(
            "pages/first_models/training.py",
            label="**Train with this split and these labels**",
            icon=":material/play_arrow:",
        )


def _draw_parts(
    text: PageText, dataset: Dataset, training: np.ndarray, validation: np.ndarray
) -> None:
    labels = {
        "Training": dataset.y_train[training],
        "Validation": dataset.y_train[validation],
        "Test": dataset.y_test,
    }
    parts = {name: len(of_part) for name, of_part in labels.items()}
    text.show("parts", **{name.lower(): f"{count:,}" for name, count in parts.items()})
    left_out = len(dataset.y_train) - len(training) - len(validation)
    draw_split({**parts, **({"Left out": left_out} if left_out else {})})
    classes = len(dataset.classes)
    draw_class_split(
        dataset.classes,
        {name: class_counts(of_part, classes) for name, of_part in labels.items()},
    )
    text.show("held_back")
    shown = validation[:: max(1, len(validation) // HELD_BACK_SHOWN)][:HELD_BACK_SHOWN]
    names = [dataset.classes[label] for label in dataset.y_train[shown]]
    picture_row(
        dataset.x_train[shown],
        captions=names,
        alts=[f"Held back: {name}" for name in names],
        scale=2,
    )


def _draw_labels(
    text: PageText, dataset: Dataset, training: np.ndarray, noise: float, seed: int
) -> None:
    """Some of the images, with the labels that a training with this noise is given."""
    labels = datasets.noisy_labels(dataset.y_train, training, noise, len(dataset.classes), seed)
    wrong = int(np.sum(labels[training] != dataset.y_train[training]))
    text.show("noise_count", wrong=f"{wrong:,}", training=f"{len(training):,}")
    shown = training[:LABELS_SHOWN]
    names = [
        (dataset.classes[said], dataset.classes[is_])
        for said, is_ in zip(labels[shown], dataset.y_train[shown], strict=True)
    ]
    picture_row(
        dataset.x_train[shown],
        captions=[said if said == is_ else f"**{said}** (is {is_})" for said, is_ in names],
        alts=[
            f"Labelled {said}" if said == is_ else f"Labelled {said}, but it is {is_}"
            for said, is_ in names
        ],
        scale=2,
    )
