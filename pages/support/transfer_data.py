"""The images of a transfer trial, and what the shipped network and finished runs make of them.

Worked out in this process, once for everybody, and kept for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
import streamlit as st

from cnnlib import datasets, feature_space
from cnnlib.records import RunError
from cnnlib.transfer_trials import STARTED_FROM, trained_on
from pages.support import networks

TESTED_EACH = 50  # test images of a class: a run's answers to them take about a second


@dataclass(frozen=True, eq=False)
class Points:
    """Some images of a data set: bytes, labels, and the shipped network's features of them."""

    images: np.ndarray
    labels: np.ndarray
    features: np.ndarray

    @property
    def pixels(self) -> np.ndarray:
        """The images as points of all their pixels, from 0 to 1."""
        return feature_space.flat(datasets.scale(self.images))


@st.cache_resource(max_entries=6, show_spinner=False)
def chosen_classes(dataset: str) -> datasets.Dataset:
    """The variant with its test images, at most `TESTED_EACH` of a class."""
    whole = datasets.load(dataset)
    of_class = [
        np.flatnonzero(whole.y_test == label)[:TESTED_EACH] for label in range(len(whole.classes))
    ]
    kept = np.concatenate(of_class)
    return datasets.Dataset(
        whole.x_train, whole.y_train, whole.x_test[kept], whole.y_test[kept], whole.classes
    )


@st.cache_resource(max_entries=12, show_spinner="Asking the shipped network")
def test_points(dataset: str) -> Points:
    """The test images of a variant."""
    chosen = chosen_classes(dataset)
    return _points(chosen.x_test, chosen.y_test)


@st.cache_resource(max_entries=24, show_spinner="Asking the shipped network")
def training_points(dataset: str, image_count: int, share: float, seed: int) -> Points:
    """The images that a run of a trial trains on, class by class."""
    chosen = chosen_classes(dataset)
    of_run = trained_on(chosen.y_train, image_count, share, seed)
    images, labels = chosen.x_train[of_run], chosen.y_train[of_run]
    return Points(images, labels, _known_features(dataset, seed).of(of_run, images))


def _points(images: np.ndarray, labels: np.ndarray) -> Points:
    return Points(images, labels, _features(images))


def _features(images: np.ndarray) -> np.ndarray:
    return networks.shipped_network(STARTED_FROM).features(datasets.scale(images))


@st.cache_resource(max_entries=24, show_spinner=False)
def _known_features(dataset: str, seed: int) -> _KnownFeatures:
    """With one seed, more images are the fewer and some others: some hundreds at most."""
    return _KnownFeatures()


class _KnownFeatures:
    """The features of images by their number, so that the network is asked about each once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[int, np.ndarray] = {}

    def of(self, numbers: np.ndarray, images: np.ndarray) -> np.ndarray:
        """Those of `images`, whose numbers are `numbers`, in their order."""
        with self._lock:
            new = np.array([number not in self._rows for number in numbers])
            if new.any():
                self._rows.update(zip(numbers[new].tolist(), _features(images[new]), strict=True))
            return np.stack([self._rows[number] for number in numbers])


def nearest_mean_series(
    training: Points, tests: Points, each: int, counts: tuple[int, ...]
) -> dict[str, list[tuple[int, float]]]:
    """How often the nearest class mean is right, by pixels and by features, with as many images of
    a class as `counts` says; those beyond `each` are left out."""
    place = np.arange(len(training.labels)) % each  # within its class
    used = [place < count for count in counts if count <= each]
    pairs = {
        "nearest mean of pixels": (training.pixels, tests.pixels),
        "nearest mean of features": (training.features, tests.features),
    }
    return {
        name: [
            (
                int(np.sum(use)) // len(np.unique(tests.labels)),
                feature_space.nearest_mean_accuracy(
                    known[use], training.labels[use], asked, tests.labels
                ),
            )
            for use in used
        ]
        for name, (known, asked) in pairs.items()
    }


@st.cache_data(max_entries=400, show_spinner="Asking the trained networks")
def test_accuracy(run_id: str, dataset: str) -> float | None:
    """The share of the test images that a finished run tells right; None if it cannot be used."""
    chosen = chosen_classes(dataset)
    try:
        network = networks.own_network(run_id).network
    except (RunError, IndexError):
        return None
    said = network.predict(datasets.scale(chosen.x_test)).argmax(axis=1)
    return float(np.mean(said == chosen.y_test))
