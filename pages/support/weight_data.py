"""A layer's weights at an epoch of a run, with what is known of them at all its epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from cnnlib.firing import silent_filters
from cnnlib.layer_weights import WeightLayer
from cnnlib.network import Network
from cnnlib.records import RunError
from cnnlib.spec import NetworkSpec
from cnnlib.weight_statistics import WeightStatistics, statistics_of
from pages.support import jobs
from pages.support.data import load_dataset
from pages.support.epochs import identities
from pages.support.held_back import held_back
from pages.support.kept_work import KeptWork, slow_bar
from pages.support.networks import Chosen

WORK = 5e9  # multiply-adds of the images that filters are tried on: less than a second
FEWEST_IMAGES, MOST_IMAGES = 200, 1_000
_figures: KeptWork[tuple[WeightStatistics, ...]] = KeptWork(most=1_000)  # of all layers, by epoch
_silent: KeptWork[tuple[np.ndarray | None, ...]] = KeptWork(most=1_000)


@dataclass(frozen=True, eq=False)
class Weights:
    """What a page shows of a layer.

    Attributes:
        chosen: whose weights they are.
        layers: all layers that have kernels; `at` is the place of the one that is shown.
        epochs: those whose weights can be used; () of a network without a history.
        epoch: the one that is shown; None then.
        network: as it was after it.
        start: the network before training, or None.
        history: for each of `epochs`, or for the only network, each layer's figures.
        identity: of the network; a key of caches.
    """

    chosen: Chosen
    layers: tuple[WeightLayer, ...]
    at: int
    epochs: tuple[int, ...]
    epoch: int | None
    network: Network
    start: Network | None
    history: tuple[tuple[WeightStatistics, ...], ...]
    identity: str

    @property
    def layer(self) -> WeightLayer:
        return self.layers[self.at]

    @cached_property
    def kernels(self) -> np.ndarray:
        """(height, width, channels, filters)."""
        return self._of(self.network)

    @cached_property
    def kernels_before(self) -> np.ndarray | None:
        return None if self.start is None else self._of(self.start)

    def _of(self, network: Network) -> np.ndarray:
        return self.layer.kernels(network.weights[self.layer.index])

    @property
    def now(self) -> WeightStatistics:
        """The figures of the layer that is shown."""
        return self.history[0 if self.epoch is None else self.epochs.index(self.epoch)][self.at]

    @property
    def before(self) -> WeightStatistics | None:
        return None if self.start is None else self.history[0][self.at]

    @property
    def over_epochs(self) -> list[WeightStatistics]:
        return [figures[self.at] for figures in self.history]

    @cached_property
    def filter_limits(self) -> np.ndarray:
        """(filters,): each kernel's largest magnitude at any epoch."""
        return np.max([figures.largest for figures in self.over_epochs], axis=0)

    @property
    def change_limits(self) -> np.ndarray:
        """(filters,): each kernel's largest change since the start, at any epoch."""
        return np.max([figures.changed for figures in self.over_epochs], axis=0)

    @property
    def limit(self) -> float:
        """The layer's largest magnitude at any epoch, or 1: colours are scaled by it."""
        return float(self.filter_limits.max()) or 1.0


def weights_of(
    chosen: Chosen, layers: tuple[WeightLayer, ...], at: int, epochs: tuple[int, ...], epoch: int
) -> Weights:
    """The weights of layer `at` after one of the `epochs` that are kept.

    A network without a history has none. RunError for an epoch that cannot be used, as one is after
    which a training has diverged. Shows a progress bar where there is much to read.
    """
    if not epochs:
        figures = (_figures.get(chosen.identity, lambda: _measure(layers, chosen.network, None)),)
        parts = (chosen, layers, at, (), None, chosen.network, None, figures, chosen.identity)
        return Weights(*parts)
    store, names = jobs.store(), identities(chosen.run_id, epochs)
    network = store.network(chosen.run_id, epoch)
    start = store.network(chosen.run_id, 0) if epochs[0] == 0 else None
    history = _history(chosen.run_id, layers, names, start)
    usable, figures = tuple(history), tuple(history.values())
    return Weights(chosen, layers, at, usable, epoch, network, start, figures, names[epoch])


def _history(
    run_id: str, layers: Sequence[WeightLayer], names: dict[int, str], start: Network | None
) -> dict[int, tuple[WeightStatistics, ...]]:
    """The figures of each epoch that can be used."""
    bar = st.empty()
    show = slow_bar(bar, "Reading the weights of all epochs")
    history = {}
    for done, (epoch, name) in enumerate(names.items()):
        show(done / len(names))
        found = _figures.get(name, lambda at=epoch: _read(run_id, at, layers, start))
        if found:
            history[epoch] = found
    bar.empty()
    return history


def _read(
    run_id: str, epoch: int, layers: Sequence[WeightLayer], start: Network | None
) -> tuple[WeightStatistics, ...]:
    """The figures after an epoch; none of one that cannot be used."""
    try:
        return _measure(layers, jobs.store().network(run_id, epoch), start)
    except RunError:
        return ()


def _measure(
    layers: Sequence[WeightLayer], network: Network, start: Network | None
) -> tuple[WeightStatistics, ...]:
    return tuple(
        statistics_of(
            layer.kernels(network.weights[layer.index]),
            network.weights[layer.index].get("bias"),
            start=None if start is None else layer.kernels(start.weights[layer.index]),
            start_limit=layer.start_limit,
        )
        for layer in layers
    )


def held_out(chosen: Chosen) -> np.ndarray:
    """Images that a network was not trained on, mixed: uint8 (count, height, width, channels).

    DatasetError if they are not here.
    """
    if chosen.run_id is None:
        images = load_dataset(chosen.dataset).x_test
    else:
        images = held_back(jobs.store().spec(chosen.run_id).training).images
    return images[_mixed(len(images), images_tried(chosen.network.spec))]


def images_tried(spec: NetworkSpec) -> int:
    """How many images filters are tried on: fewer for a large network, so that nobody waits."""
    affordable = int(WORK / max(spec.multiply_adds, 1))
    return max(FEWEST_IMAGES, min(MOST_IMAGES, affordable))


@st.cache_data(max_entries=16, show_spinner=False)
def _mixed(available: int, count: int) -> np.ndarray:
    return np.random.default_rng(0).permutation(available)[:count]


def silent_in(weights: Weights, images: np.ndarray) -> np.ndarray | None:
    """Which filters of the layer fire for none of the images: (filters,) bool; None if none can
    be silent, or the layer is no convolution."""
    found = _silent.known(weights.identity)
    if found is None:
        bar = st.empty()
        show = slow_bar(bar, f"Showing the network {len(images):,} images")
        found = _silent.get(
            weights.identity, lambda: silent_filters(weights.network, images, progress=show)
        )
        bar.empty()
    convolutions = [layer.index for layer in weights.layers if layer.noun == "filter"]
    if weights.layer.index not in convolutions:
        return None
    return found[convolutions.index(weights.layer.index)]
