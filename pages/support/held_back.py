"""What a run's network says of the images held back from it, epoch by epoch, worked out ahead.

An epoch takes a part of a second. So that a reader may go over them without waiting, the epochs
that have not been looked at yet are worked out one after another in a thread of their own.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.evaluation import confusion_matrix
from cnnlib.network import Network
from cnnlib.records import RunError
from cnnlib.spec import TrainingSpec
from pages.support import jobs
from pages.support.data import load_dataset
from pages.support.epochs import identity
from pages.support.kept_work import KeptWork, Progress, modest_thread, slow_bar

MOST_IMAGES, MOST_BYTES = 1_000, 30_000_000
BATCH = 100  # images: a step of the progress bar, and how long the thread works without a rest
REST_SECONDS = 0.005  # in which pages get their turn
KEPT = 2_000  # matrices, of a kilobyte each


@dataclass(frozen=True, eq=False)
class HeldBack:
    """Images that a run does not train on: uint8 `images`, `labels`, and how many there are."""

    images: np.ndarray
    labels: np.ndarray
    in_all: int
    classes: tuple[str, ...]


@st.cache_resource(max_entries=8, show_spinner=False)
def held_back(training: TrainingSpec) -> HeldBack:
    """Those of a training, `MOST_IMAGES` of them at most; DatasetError if they are not here."""
    dataset = load_dataset(training.dataset, full=training.source == "full")
    _, members = datasets.training_split(
        dataset.y_train, training.image_count, training.seed, training.validation_share
    )
    count = min(len(members), MOST_IMAGES, MOST_BYTES // math.prod(dataset.x_train.shape[1:]))
    chosen = members[np.linspace(0, len(members) - 1, count).astype(int)]
    return HeldBack(dataset.x_train[chosen], dataset.y_train[chosen], len(members), dataset.classes)


def matrix_at(run_id: str, epoch: int) -> np.ndarray:
    """The confusion matrix (classes, classes) of a run after an epoch, on `held_back` images.

    Draws a progress bar if it is not there and takes long. RunError for what is not kept,
    DatasetError for images that are not here.
    """
    found = _desk().known(identity(run_id, epoch))
    if found is not None:
        return found
    bar = st.empty()
    show = slow_bar(bar, "Asking the network about the images held back from it")
    found = _desk().work_out(run_id, epoch, held_back(jobs.store().spec(run_id).training), show)
    bar.empty()
    return found


def work_ahead(run_id: str) -> None:
    """Have the epochs of a run that are not known yet worked out while the reader reads."""
    spec = jobs.store().spec(run_id)
    if len(_desk().waiting) == 0:
        images = held_back(spec.training)
        for epoch in reversed(jobs.store().epochs(run_id)):
            _desk().ask(run_id, epoch, images)


@st.cache_resource(max_entries=1, show_spinner=False)
def _desk() -> _Desk:
    return _Desk()


class _Desk:
    """Matrices that are known, and a thread that works out others. It draws nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: KeptWork[np.ndarray] = KeptWork(most=KEPT)
        self._thread = modest_thread("held-back")
        self.waiting: set[str] = set()

    def known(self, name: str) -> np.ndarray | None:
        return self._kept.known(name)

    def ask(self, run_id: str, epoch: int, images: HeldBack) -> None:
        name = identity(run_id, epoch)
        with self._lock:
            if name in self.waiting or self.known(name) is not None:
                return
            self.waiting.add(name)
        self._thread.submit(self._work, name, run_id, epoch, images)

    def work_out(
        self, run_id: str, epoch: int, images: HeldBack, show: Progress = lambda _: None
    ) -> np.ndarray:
        def make() -> np.ndarray:
            answers = _answers(jobs.store().network(run_id, epoch), images.images, show)
            return confusion_matrix(images.labels, answers, len(images.classes))

        return self._kept.get(identity(run_id, epoch), make)

    def _work(self, name: str, run_id: str, epoch: int, images: HeldBack) -> None:
        try:
            if self.known(name) is None:
                self.work_out(run_id, epoch, images, lambda _: time.sleep(REST_SECONDS))
        except RunError:
            pass  # it is said when somebody looks at that epoch
        finally:
            with self._lock:
                self.waiting.discard(name)


def _answers(network: Network, images: np.ndarray, show: Progress) -> np.ndarray:
    parts = []
    for start in range(0, len(images), BATCH):
        scores = network.predict(datasets.scale(images[start : start + BATCH]))
        parts.append(scores.argmax(axis=1))
        show((start + BATCH) / max(len(images), start + BATCH))
    return np.concatenate(parts)
