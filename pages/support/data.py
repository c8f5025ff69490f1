"""Data that all visitors share, read once and kept. Nothing here may be changed by a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from cnnlib.datasets import Dataset


@st.cache_resource(max_entries=4, show_spinner=False)
def load_dataset(name: str, *, full: bool = False) -> Dataset:
    """`cnnlib.datasets.load`, kept for everyone; its arrays refuse to be written to."""
    from cnnlib import datasets

    dataset = datasets.load(name, full=full)
    for array in (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test):
        if hasattr(array, "setflags"):  # images that stay on disk cannot be written to anyway
            array.setflags(write=False)
    return dataset
