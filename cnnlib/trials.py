"""Small trainings that pages start side by side to show one thing: each takes a few seconds."""

from __future__ import annotations

import dataclasses

import numpy as np

from cnnlib import datasets
from cnnlib.datasets import Dataset
from cnnlib.layers import RescaleLayer
from cnnlib.presets import BlockSettings, block_network
from cnnlib.scaling import LEVELS, with_scaling
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec

# A network that learns 1,500 digits by heart in fifteen epochs, wrong labels included.
_NOISE_BLOCKS = BlockSettings(convolutions=1, dropout=0.0, dense_units=64)
_NOISE_TRAINING = TrainingSpec(
    image_count=2_000, learning_rate=0.002, batch_size=32, epochs=15, validation_share=0.25
)
# Plain steps down the gradient: nothing in them makes up for the size of the numbers.
_SCALING_BLOCKS = BlockSettings(convolutions=1, filters=8, dropout=0.0, dense_units=32)
_SCALING_TRAINING = TrainingSpec(
    image_count=3_000,
    optimizer="sgd",
    learning_rate=0.05,
    batch_size=32,
    epochs=8,
    validation_share=0.2,
)
TRIED = ("raw", "scaled", "standardised")


def noise_trial(dataset: str, noise: float, seed: int) -> tuple[RunSpec, RunSpec]:
    """One run with the true labels, and one with the share `noise` (above 0) of them wrong.

    SpecError for a share or a seed that cannot be, DatasetError for an unknown data set.
    """
    network = _network(dataset, _NOISE_BLOCKS)
    clean = dataclasses.replace(_NOISE_TRAINING, dataset=dataset, seed=seed)
    noisy = dataclasses.replace(clean, label_noise=noise)
    return RunSpec(network, clean), RunSpec(network, noisy)


def noise_name(spec: RunSpec) -> str:
    """What a run of `noise_trial` is called.

    >>> [noise_name(spec) for spec in noise_trial("digits", 0.4, seed=0)]
    ['true labels', '40 % wrong labels']
    """
    noise = spec.training.label_noise
    return f"{100 * noise:.0f} % wrong labels" if noise else "true labels"


def scaling_trial(
    name: str, dataset: Dataset, optimizer: str, learning_rate: float, seed: int
) -> tuple[RunSpec, ...]:
    """A run with raw, one with scaled and one with standardised pixels, alike in all else.

    SpecError for an optimizer, a learning rate or a seed that cannot be.
    """
    training = dataclasses.replace(
        _SCALING_TRAINING,
        dataset=name,
        optimizer=optimizer,
        learning_rate=learning_rate,
        seed=seed,
    )
    spec = RunSpec(_network(name, _SCALING_BLOCKS), training)
    return tuple(with_scaling(spec, scaling, dataset) for scaling in TRIED)


def scaling_of(network: NetworkSpec) -> str:
    """Which scaling, one of TRIED, a network begins with.

    >>> scaling_of(NetworkSpec((28, 28, 1), (RescaleLayer((255.0,), (0.0,)),)))
    'raw'
    """
    first = network.layers[0] if network.layers else None
    if not isinstance(first, RescaleLayer):
        return "scaled"
    is_raw = np.allclose(first.scale, LEVELS - 1) and not np.any(first.offset)
    return "raw" if is_raw else "standardised"


def scaling_name(spec: RunSpec) -> str:
    """What a run of `scaling_trial` is called."""
    return f"{scaling_of(spec.network)} pixels"


def _network(dataset: str, blocks: BlockSettings) -> NetworkSpec:
    known = datasets.info(dataset)
    return block_network(known.image_shape, len(known.classes), blocks)
