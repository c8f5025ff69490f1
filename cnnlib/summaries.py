"""A run in one row, to be compared with others."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from cnnlib.control import About
from cnnlib.records import History
from cnnlib.spec import RunSpec


@dataclass(frozen=True)
class RunSummary:
    """A run's figures. What is not known yet is None.

    Attributes:
        run_id, name: the name is empty unless somebody gave it one.
        dataset: the data set's name.
        parameters, multiply_adds: of the network; of one image, forward.
        epochs: those that were trained whole.
        validation_accuracy: after the last of them.
        best_accuracy, best_epoch: the highest after any, and the first with it (0: none yet).
        test_accuracy: on the test images, if somebody has had it worked out.
        seconds: of training and validation, pauses left out.
        images_per_second: the median over its epochs, validation left out.
        state: as in RunStatus.
    """

    run_id: str
    name: str
    dataset: str
    parameters: int
    multiply_adds: int
    epochs: int
    validation_accuracy: float | None
    best_accuracy: float | None
    best_epoch: int
    test_accuracy: float | None
    seconds: float
    images_per_second: float | None
    state: str


def summary_of(
    run_id: str, spec: RunSpec, history: History, about: About, state: str
) -> RunSummary:
    """The row of a run."""
    epochs = history.epochs
    best = max(epochs, key=lambda epoch: epoch.validation_accuracy, default=None)
    last = max((*history.batches, *epochs), key=lambda event: event.seconds, default=None)
    speeds = [epoch.images_per_second for epoch in epochs]
    return RunSummary(
        run_id=run_id,
        name=about.name,
        dataset=spec.training.dataset,
        parameters=spec.network.parameters,
        multiply_adds=spec.network.multiply_adds,
        epochs=len(epochs),
        validation_accuracy=epochs[-1].validation_accuracy if epochs else None,
        best_accuracy=best.validation_accuracy if best else None,
        best_epoch=best.epoch if best else 0,
        test_accuracy=about.test_accuracy,
        seconds=last.seconds if last else 0.0,
        images_per_second=statistics.median(speeds) if speeds else None,
        state=state,
    )
