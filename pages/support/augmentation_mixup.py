"""Two images mixed, their labels mixed in the same shares, and what a network says to it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.augmentation_sweep import examples, loss_of, mixture
from pages.support.bars import draw_probabilities, draw_shares
from pages.support.data import load_dataset
from pages.support.image_choice import ChosenImage
from pages.support.networks import shipped_network
from pages.support.page import PageText
from pages.support.pictures import picture_row

SCALE = 4


def partner(dataset: str, label: int) -> np.ndarray:
    """An image to mix with: the first test image of a class."""
    known = load_dataset(dataset)
    return datasets.scale(known.x_test[examples(known.y_test, label, 1)])[0]


def mixed_with_next(dataset: str, image: ChosenImage, label: int) -> np.ndarray:
    """Mostly the image, and a quarter of one of the class after its own."""
    other = partner(dataset, (label + 1) % len(datasets.info(dataset).classes))
    return mixture(image.pixels, other, 0.75)


@st.fragment
def draw_mixup(text: PageText, dataset: str, image: ChosenImage, label: int, *, key: str) -> None:
    """The mixture of an image of class `label` with one of another class, and both answers."""
    classes = datasets.info(dataset).classes
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        others = [name for at, name in enumerate(classes) if at != label]
        name = st.selectbox("Mix with", others, key=f"{key}_with", bind="query-params", width=170)
        share = st.slider(
            f"Share of the {classes[label]}",
            0.0,
            1.0,
            0.6,
            0.05,
            format="percent",
            key=f"{key}_share",
            bind="query-params",
            width=380,
        )
    share = share if 0 <= share <= 1 else 0.6
    second_label = classes.index(name if name in others else others[0])
    second = partner(dataset, second_label)
    mixed = mixture(image.pixels, second, share).astype(np.float32)
    shares = np.eye(len(classes))
    target = mixture(shares[label], shares[second_label], share)
    answer = shipped_network(dataset).predict(mixed[np.newaxis])[0]
    picture_row(
        np.rint(np.stack([image.pixels, second, mixed]) * 255).astype(np.uint8),
        captions=[f"{share:.0%}", f"{1 - share:.0%}", "the mixture"],
        alts=[image.name, f"a test image of class {classes[second_label]}", "the two mixed"],
        scale=SCALE,
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**The label**")
        draw_shares("The label", classes, target.tolist(), key=f"{key}_label")
    with right:
        st.markdown("**The network's answer**")
        draw_probabilities(answer, classes, key=f"{key}_answer")
    text.show("mixup_notice", loss=f"{loss_of(answer, target):.2f}")
