"""A network's answers to test images: worked out once, and kept for everyone while the server runs.

The first images are answered before the page goes on; the others in a thread of their own while it
is read, as long as somebody waits for them. They are taken by turns from the classes in an order
that was drawn once, so those answered at any time are a fair sample of all.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.network import Network
from pages.support import jobs
from pages.support.data import load_dataset
from pages.support.kept_work import KeptWork, Patience, modest_thread
from pages.support.networks import Chosen

BATCH = 100  # images: a step of the progress bar, and how long the thread works without a rest
AT_ONCE = 1_000  # images answered before a page goes on
REST_SECONDS = 0.002  # in which pages get their turn
LEASE_SECONDS = 8.0  # that the thread goes on after somebody looked
MOST_KEPT = 40  # networks' answers, of 0.5 MB at most
ORDER_SEED = 2017


@dataclass(frozen=True, eq=False)
class TestSet:
    """Test images that a network has not been trained on, `full` if they are not the sample's.

    `dataset.x_test` and `y_test` hold them; the order in which they are answered is `order`.
    """

    __test__ = False  # no test of ours, whatever its name begins with

    dataset: datasets.Dataset
    order: np.ndarray
    full: bool


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said so far: `dataset` holds only the test images answered, of `in_all`.

    `probabilities` (images, classes) float32 are in their order.
    """

    dataset: datasets.Dataset
    probabilities: np.ndarray
    in_all: int

    @property
    def is_whole(self) -> bool:
        return len(self.probabilities) == self.in_all


def trained_on_full(chosen: Chosen) -> bool:
    """Whether the network is a run that was trained on the full data set."""
    if chosen.run_id is None:
        return False
    return jobs.store().spec(chosen.run_id).training.source == "full"


def must_use_full(chosen: Chosen) -> bool:
    """Whether the network can only be tested on the full set's test images.

    One that was trained on the full set may have seen the sample's test images there.
    """
    return trained_on_full(chosen) and datasets.full_is_here(chosen.dataset)


def test_set(chosen: Chosen, *, full: bool) -> TestSet:
    """The images a network is tested on: the full set's if `full`, if they are here."""
    full = must_use_full(chosen) or (full and datasets.full_is_here(chosen.dataset))
    return _test_set(chosen.dataset, full, spare=full and not trained_on_full(chosen))


@st.cache_resource(max_entries=6, show_spinner=False)
def _test_set(name: str, full: bool, spare: bool) -> TestSet:
    """`spare`: without those that are among the sample's training images."""
    dataset = load_dataset(name, full=full)
    if spare:
        kept = datasets.without(dataset.x_test, load_dataset(name).x_train)
        if len(kept) < len(dataset.y_test):
            dataset = _with_tests(dataset, kept)
    order = datasets.by_turns(dataset.y_test, np.random.default_rng(ORDER_SEED))
    return TestSet(dataset, order, full)


class Evaluation:
    """A network's answers to a test set, as far as they are known. It draws nothing."""

    def __init__(self, tests: TestSet) -> None:
        self._tests = tests
        self._lock = threading.Lock()
        self._answers = np.zeros((len(tests.order), len(tests.dataset.classes)), np.float32)
        self._wanted_until = 0.0
        self._is_queued = False
        self.count, self.in_all = 0, len(tests.order)  # of images

    def step(self, network: Network) -> None:
        """Answer one batch more, if there is one."""
        with self._lock:
            batch = self._tests.order[self.count : self.count + BATCH]
            if len(batch):
                images = datasets.scale(self._tests.dataset.x_test[batch])
                self._answers[batch] = network.predict(images)
                self.count += len(batch)  # last: who reads takes no lock

    def go_on(self, network: Network) -> None:
        """Have the others answered in the background; to be said again every few seconds."""
        self._wanted_until = time.monotonic() + LEASE_SECONDS
        with self._lock:
            waiting = self.count < self.in_all and not self._is_queued
            self._is_queued |= waiting
        if waiting:
            _thread().submit(self._work, network)

    def _work(self, network: Network) -> None:
        """A batch, and then again behind all others that wait: each gets its turn."""
        try:
            self.step(network)
            time.sleep(REST_SECONDS)
        finally:
            with self._lock:
                wanted = time.monotonic() < self._wanted_until and self.count < self.in_all
                self._is_queued = wanted
        if wanted:
            _thread().submit(self._work, network)

    def answers(self) -> Answers:
        """What is known by now."""
        count, tests = self.count, self._tests
        if count == self.in_all:
            return Answers(tests.dataset, self._answers, self.in_all)
        known = np.sort(tests.order[:count])
        return Answers(_with_tests(tests.dataset, known), self._answers[known], self.in_all)


_kept: KeptWork[Evaluation] = KeptWork(most=MOST_KEPT)


def evaluation_of(chosen: Chosen, tests: TestSet) -> Evaluation:
    """The evaluation of a network, with the answers to the first images there."""
    name = repr((chosen.identity, tests.full))
    found = _kept.get(name, lambda: Evaluation(tests))
    bar, patience = st.empty(), Patience()
    first = min(AT_ONCE, found.in_all)
    while found.count < first:
        if patience.is_over:
            words = f"{found.count:,} of {first:,} test images answered"
            bar.progress(found.count / first, text=words)
        found.step(chosen.network)
    bar.empty()
    return found


@st.cache_resource(max_entries=1, show_spinner=False)
def _thread() -> ThreadPoolExecutor:
    return modest_thread("evaluation")


def _with_tests(dataset: datasets.Dataset, indices: np.ndarray) -> datasets.Dataset:
    return replace(dataset, x_test=dataset.x_test[indices], y_test=dataset.y_test[indices])
