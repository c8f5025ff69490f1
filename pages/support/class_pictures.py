"""The mean image of each class, and how far its images spread about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnnlib import colours
from cnnlib.class_images import ClassImages, class_images
from pages.support.data import load_dataset
from pages.support.pictures import picture_row

SCALE = 2


@st.cache_resource(max_entries=4, show_spinner=False)
def class_pictures(name: str, *, full: bool = False) -> tuple[ClassImages, ...]:
    """`class_images` of a data set's training images; not to be changed by a page."""
    dataset = load_dataset(name, full=full)
    return class_images(dataset.x_train, dataset.y_train, len(dataset.classes))


def draw_means(classes: Sequence[str], found: Sequence[ClassImages]) -> None:
    """The mean images, as pictures of the data set's own kind."""
    picture_row(
        [np.rint(one.mean).astype(np.uint8) for one in found],
        captions=list(classes),
        alts=[
            f"Mean of {one.count:,} images of class {name}"
            for name, one in zip(classes, found, strict=True)
        ],
        scale=SCALE,
    )


def draw_spreads(classes: Sequence[str], found: Sequence[ClassImages]) -> None:
    """The standard deviations on one scale for all classes, over the channels taken together."""
    spreads = [np.sqrt(np.mean(one.deviation**2, axis=2)) for one in found]
    limit = largest_spread(found)
    picture_row(
        [colours.magnitude(spread, limit) for spread in spreads],
        captions=list(classes),
        alts=[
            f"Spread of class {name}: up to {spread.max():.0f} levels"
            for name, spread in zip(classes, spreads, strict=True)
        ],
        scale=SCALE,
    )


def largest_spread(found: Sequence[ClassImages]) -> float:
    """The level that gets the scale's brightest colour."""
    return max(float(np.sqrt(np.mean(one.deviation**2, axis=2)).max()) for one in found)
