"""Trainings that show what the size of batches does, and one whose images stay on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnlib import datasets
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.forecast import Forecast
from cnnlib.layers import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec

NETWORK = NetworkSpec(
    (28, 28, 1),
    (
        ConvLayer(16, 3),
        PoolLayer(),
        ConvLayer(32, 3),
        PoolLayer(),
        FlattenLayer(),
        DenseLayer(10, "softmax"),
    ),
)
SIZES = tuple(2**power for power in range(11))  # of batches: 1 to 1,024
TRIED_SPEEDS = SIZES[::2]
TRIED_SIZES = (8, 64, 512)
BASE_SIZE, BASE_RATE = 64, 0.01
_SPEED = TrainingSpec(image_count=1_138, batch_size=1, epochs=3)  # 1,024 of them to train on
_SIZE = TrainingSpec(
    image_count=5_000,
    optimizer="momentum",
    learning_rate=BASE_RATE,
    batch_size=BASE_SIZE,
    epochs=6,
    validation_share=0.2,
)


def speed_trial() -> tuple[RunSpec, ...]:
    """Short trainings, alike in all but the batch size."""
    return tuple(_with(_SPEED, batch_size=size) for size in TRIED_SPEEDS)


def measured_speed(events: Sequence[BatchEvent | EpochEvent]) -> float | None:
    """Images a second of a run's last epoch; None before its second one.

    The first is left out: it waits for the training step to be compiled.
    """
    epochs = [event for event in events if isinstance(event, EpochEvent)]
    return epochs[-1].images_per_second if len(epochs) > 1 else None


def speed_specs(batch_size: int) -> tuple[RunSpec, RunSpec]:
    """Two trainings that differ by an epoch: what the second takes longer is that epoch's time."""
    long = {"image_count": 60_000, "validation_share": 0.05, "batch_size": batch_size}
    return _with(_SPEED, epochs=1, **long), _with(_SPEED, epochs=2, **long)


def forecast_speed(one: Forecast, two: Forecast) -> float:
    """Images a second, out of the forecasts of `speed_specs`."""
    held_back = datasets.held_back_count(60_000, 0.05)
    return (60_000 - held_back) / (two.seconds - one.seconds)


def size_trial(scaled: bool, seed: int) -> tuple[RunSpec, ...]:
    """A training with each of TRIED_SIZES, for as many epochs.

    With `scaled` the learning rate is in proportion to the batch size, the "linear scaling rule" of
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017,
    arXiv:1706.02677; otherwise all have the same one.
    """
    return tuple(
        _with(_SIZE, batch_size=size, seed=seed, learning_rate=scaled_rate(size, scaled))
        for size in TRIED_SIZES
    )


def scaled_rate(size: int, scaled: bool = True) -> float:
    """The learning rate of a batch size.

    >>> [scaled_rate(size) for size in TRIED_SIZES]
    [0.00125, 0.01, 0.08]
    """
    return BASE_RATE * size / BASE_SIZE if scaled else BASE_RATE


def step_count(training: TrainingSpec) -> int:
    """How many steps a training takes.

    >>> [step_count(spec.training) for spec in size_trial(scaled=False, seed=0)]
    [3000, 378, 48]
    """
    held_back = datasets.held_back_count(training.image_count, training.validation_share)
    return training.epochs * -(-(training.image_count - held_back) // training.batch_size)


def size_name(spec: RunSpec) -> str:
    """What a run of `size_trial` is called: its batch size, how many steps, and the learning rate.

    >>> size_name(size_trial(scaled=True, seed=0)[2])
    'batch 512: 48 steps of 0.08'
    """
    training = spec.training
    steps = f"{step_count(training):,} steps of {training.learning_rate:g}"
    return f"batch {training.batch_size}: {steps}"


def disk_run(dataset: str, image_count: int, batch_size: int, epochs: int, seed: int) -> RunSpec:
    """A training on the full set of a variant of "shapes", whose images are read from disk."""
    known = datasets.info(dataset)
    network = NetworkSpec(
        known.image_shape,
        (
            ConvLayer(16, 3, stride=2),
            BatchNormLayer(),
            PoolLayer(),
            ConvLayer(32, 3),
            BatchNormLayer(),
            PoolLayer(),
            ConvLayer(64, 3),
            BatchNormLayer(),
            GlobalAveragePoolLayer(),
            DenseLayer(len(known.classes), "softmax"),
        ),
    )
    training = TrainingSpec(
        dataset=dataset,
        source="full",
        image_count=image_count,
        batch_size=batch_size,
        learning_rate=0.003,
        epochs=epochs,
        seed=seed,
    )
    return RunSpec(network, training)


def _with(training: TrainingSpec, **values: object) -> RunSpec:
    return RunSpec(NETWORK, replace(training, **values))
