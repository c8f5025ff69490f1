"""A network's answers to all test images, worked out once and kept for everyone."""

from __future__ import annotations

import time

import numpy as np
import streamlit as st

from cnnlib import datasets
from pages.support import jobs
from pages.support.data import load_dataset
from pages.support.networks import Chosen

BATCH = 100  # images: a step of the progress bar, and what is kept as one
PATIENCE_SECONDS = 0.3  # before a progress bar appears: what is kept already is there at once


def trained_on_full(chosen: Chosen) -> bool:
    """Whether the network is a run that was trained on the full data set."""
    if chosen.run_id is None:
        return False
    return jobs.store().spec(chosen.run_id).training.source == "full"


def uses_full_set(chosen: Chosen) -> bool:
    """Whether the network is to be tested on the full set's test images.

    One that was trained on the full set may have seen the sample's test images there.
    """
    return trained_on_full(chosen) and datasets.full_is_here(chosen.dataset)


def held_back_count(image_count: int, share: float) -> int:
    """How many of a run's images `datasets.training_split` keeps from training."""
    return max(1, round(image_count * share))


def test_images(chosen: Chosen) -> datasets.Dataset:
    """The data set whose test images the network is tested on."""
    return load_dataset(chosen.dataset, full=uses_full_set(chosen))


def test_probabilities(chosen: Chosen) -> np.ndarray:
    """The network's answers to all of `test_images`: (images, classes) float32, in their order."""
    full = uses_full_set(chosen)
    count = len(load_dataset(chosen.dataset, full=full).y_test)
    bar, began = st.empty(), time.monotonic()
    parts = []
    for start in range(0, count, BATCH):
        if time.monotonic() - began > PATIENCE_SECONDS:
            bar.progress(start / count, text=f"{start:,} of {count:,} test images answered")
        parts.append(_answers(chosen.identity, full, start, chosen))
    bar.empty()
    return np.concatenate(parts)


@st.cache_data(max_entries=2_000, show_spinner=False)
def _answers(identity: str, full: bool, start: int, _chosen: Chosen) -> np.ndarray:
    """The answers to one batch, 4 KB of them. `identity` stands for the network."""
    dataset = load_dataset(_chosen.dataset, full=full)
    return _chosen.network.predict(datasets.scale(dataset.x_test[start : start + BATCH]))
