"""Trainings of the page on alternative optimization: range tests, and a few runs side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from cnnlib import datasets
from cnnlib.descent import TITLES as OPTIMIZERS
from cnnlib.presets import BlockSettings, block_network
from cnnlib.spec import NetworkSpec, RunSpec, SpecError, TrainingSpec

# Small enough that four of them take less than a minute on two cores.
_BLOCKS = {
    "digits": BlockSettings(convolutions=1, filters=8, dropout=0.0, dense_units=32),
    "cifar10": BlockSettings(convolutions=1, filters=16, dropout=0.0, dense_units=64),
}
_TRAINING = {
    "digits": TrainingSpec(
        dataset="digits", image_count=2_000, validation_share=0.2, batch_size=32, epochs=8
    ),
    "cifar10": TrainingSpec(
        dataset="cifar10", image_count=3_000, validation_share=0.25, batch_size=32, epochs=8
    ),
}
DATASETS = tuple(_TRAINING)
RANGE_STEPS = 240  # of a range test at the least; its epochs are whole
# Where a range test ends: far beyond what any network here can bear.
RANGE_PEAKS = {"sgd": 10.0, "momentum": 1.0, "nesterov": 1.0, "rmsprop": 1.0, "adam": 1.0}
# To begin with, before a range test has said anything.
RATES = {"sgd": 0.05, "momentum": 0.02, "nesterov": 0.02, "rmsprop": 0.003, "adam": 0.004}

SCHEDULES = {
    "constant": "Constant",
    "step": "Steps",
    "cosine": "Cosine",
    "one_cycle": "One cycle",
}
COMPARISONS = {
    "optimizer": "Optimizers",
    "schedule": "Schedules",
    "weight_decay": "Weight decay",
    "label_smoothing": "Label smoothing",
}
# What may be compared, by the field that is changed.
VALUES: dict[str, tuple] = {
    "optimizer": tuple(OPTIMIZERS),
    "schedule": tuple(SCHEDULES),
    "weight_decay": (0.0, 0.01, 0.03, 0.1, 0.3, 1.0),
    "label_smoothing": (0.0, 0.05, 0.1, 0.2, 0.4),
}
FIRST: dict[str, tuple] = {
    "optimizer": ("sgd", "momentum", "adam"),
    "schedule": ("constant", "cosine", "one_cycle"),
    "weight_decay": (0.0, 0.1, 1.0),
    "label_smoothing": (0.0, 0.1),
}
FEWEST, MOST = 2, 4  # runs side by side


def trial(dataset: str, optimizer: str, learning_rate: float, seed: int = 0) -> RunSpec:
    """One short training; SpecError for settings that cannot be."""
    training = dataclasses.replace(
        _known(dataset), optimizer=optimizer, learning_rate=learning_rate, seed=seed
    )
    return RunSpec(_network(dataset), training)


def compared(
    base: RunSpec, field: str, values: Sequence[object], rates: Mapping[str, float]
) -> tuple[RunSpec, ...]:
    """A run for each of `values` of one of COMPARISONS, alike in all else, seeds too.

    Optimizers each have their own of `rates`: none of them can do with another's. SpecError for
    too few or too many values and for such as cannot be.
    """
    if field not in COMPARISONS or not FEWEST <= len(values) <= MOST:
        raise SpecError(f"choose {FEWEST} to {MOST} things to compare; there are {len(values)}.")
    changes = [{field: value} for value in values]
    if field == "optimizer":
        unknown = [value for value in values if value not in rates]
        if unknown:
            raise SpecError(f"there is no learning rate for {unknown[0]!r:.40}.")
        changes = [{field: value, "learning_rate": rates[value]} for value in values]
    return tuple(
        RunSpec(base.network, dataclasses.replace(base.training, **change)) for change in changes
    )


def value_name(field: str, training: TrainingSpec) -> str:
    """What a run of `compared` is called.

    >>> spec = trial("digits", "adam", 0.004)
    >>> [value_name(field, spec.training) for field in COMPARISONS]
    ['Adam at 0.004', 'Constant', 'no decay', 'hard labels']
    """
    if field == "optimizer":
        return f"{OPTIMIZERS[training.optimizer]} at {training.learning_rate:.3g}"
    if field == "schedule":
        return SCHEDULES.get(training.schedule, training.schedule)
    if field == "weight_decay":
        return f"decay {training.weight_decay:g}" if training.weight_decay else "no decay"
    smoothing = training.label_smoothing
    return f"smoothing {smoothing:g}" if smoothing else "hard labels"


def range_trial(dataset: str, optimizer: str, seed: int = 0) -> RunSpec:
    """A range test of `trial` with this optimizer; SpecError for settings that cannot be.

    >>> spec = range_trial("digits", "adam")
    >>> spec.training.epochs * step_count(spec.training)
    250
    """
    if optimizer not in RANGE_PEAKS:
        raise SpecError(f"there is no optimizer {optimizer!r:.40}.")
    spec = trial(dataset, optimizer, RANGE_PEAKS[optimizer], seed)
    epochs = -(-RANGE_STEPS // step_count(spec.training))
    training = dataclasses.replace(spec.training, schedule="range", epochs=epochs)
    return RunSpec(spec.network, training)


def step_count(training: TrainingSpec) -> int:
    """Steps of one epoch: batches, the last of which may be smaller."""
    held_back = datasets.held_back_count(training.image_count, training.validation_share)
    return -(-(training.image_count - held_back) // training.batch_size)


def _known(dataset: str) -> TrainingSpec:
    if dataset not in _TRAINING:
        raise SpecError(f"a data set here is one of {', '.join(_TRAINING)}; it is {dataset!r:.40}.")
    return _TRAINING[dataset]


def _network(dataset: str) -> NetworkSpec:
    known = datasets.info(dataset)
    return block_network(known.image_shape, len(known.classes), _BLOCKS[dataset])
