"""Home's opening: a filter slides over real digits, then a trained network names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pages.support.components import component
from pages.support.data import load_dataset
from pages.support.networks import shipped_network

if TYPE_CHECKING:
    from cnnlib.datasets import Dataset

DIGITS = (7, 2, 5, 3)  # strokes in every direction; the first is shown at once
_opening = component("opening", shared="canvas")


def draw_opening() -> None:
    """Mount the animation. Nothing in it asks the server for anything."""
    _opening(data=_opening_data(), key="opening")


@st.cache_data(max_entries=1, show_spinner=False)
def _opening_data() -> dict:
    from cnnlib.colours import signed
    from cnnlib.convolution import conv2d
    from cnnlib.datasets import scale
    from cnnlib.kernels import KERNELS

    weights = KERNELS["sobel_x"].weights
    images = _examples(load_dataset("digits"))
    answers = conv2d(images.astype(np.float32), weights[:, :, np.newaxis, np.newaxis])
    verdicts = shipped_network("digits").predict(scale(images))
    # Tuples: Streamlit loads pandas, half a second, to see whether a list is a data frame.
    return {
        "scale": tuple(signed(np.linspace(-1, 1, 5), 1.0).tolist()),
        "kernel": tuple(weights.astype(int).tolist()),
        "examples": tuple(
            {
                "label": str(digit),
                "pixels": image[..., 0].tolist(),
                "answers": answer[..., 0].astype(int).tolist(),
                "verdict": [round(float(share), 4) for share in verdict],
            }
            for digit, image, answer, verdict in zip(DIGITS, images, answers, verdicts, strict=True)
        ),
    }


def _examples(digits: Dataset) -> np.ndarray:
    """The first test image of each of DIGITS: uint8 (count, 28, 28, 1)."""
    return np.stack([digits.x_test[np.argmax(digits.y_test == digit)] for digit in DIGITS])
