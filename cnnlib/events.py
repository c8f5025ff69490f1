"""What a training run tells of itself, as frozen events. Epochs and batches count from 1."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Weights = tuple[dict[str, np.ndarray], ...]

POSITION = "position"  # in a state: batches behind it, and what their epoch's means are made of

# Of a field that runs recorded earlier do not have: they are read with its default.
LATER = {"later": True}


@dataclass(frozen=True)
class BatchEvent:
    """A batch was trained on. Loss and accuracy are of that batch, before its step.

    `seconds` since the run (or its resumption) began, pauses left out. `memory_bytes` is what the
    worker's process takes, libraries included, `reading_seconds` what went into reading images from
    disk; either is 0 where it was not measured, the second for images in memory.
    """

    epoch: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    images_per_second: float
    seconds: float
    memory_bytes: float = field(default=0.0, metadata=LATER)
    reading_seconds: float = field(default=0.0, metadata=LATER)


@dataclass(frozen=True)
class RateEvent:
    """The learning rate (with a schedule: its peak) was changed; this batch is the first with it.

    Its `seconds` are those of the batch before.
    """

    epoch: int
    batch: int
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class EpochEvent:
    """An epoch ended. Loss and accuracy are means over its batches, or over held-back
    images.

    `images_per_second` counts training alone, without validation. `class_accuracy` has for each
    class the share of its held-back images that were told right (NaN where there are none); it is
    empty in runs from before it was recorded. `memory_bytes` is the most that the worker's process
    took in validation, 0 where it was not measured.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    images_per_second: float
    seconds: float
    class_accuracy: tuple[float, ...] = field(default=(), metadata=LATER)
    memory_bytes: float = field(default=0.0, metadata=LATER)


@dataclass(frozen=True, eq=False)
class SnapshotEvent:
    """The weights after an epoch (0: before the first), and what is needed to go on from there.

    Within an epoch it is of the weights so far. `state` then leads back to this very batch.
    """

    epoch: int
    weights: Weights
    state: dict[str, np.ndarray]


def batches_done(state: dict[str, np.ndarray]) -> int:
    """How many batches of an epoch a snapshot's state has behind it; 0 at the end of one."""
    position = state.get(POSITION)
    return 0 if position is None or not position.size else int(position.flat[0])


@dataclass(frozen=True)
class DoneEvent:
    """The run ended after `epochs` whole epochs.

    `ending` is "finished" after all of them, "early" when the validation loss had not improved for
    as long as the spec waits, "stopped" or "parked" when it was told to end in the epoch after
    them. `best_epoch` is the one with the smallest validation loss, 0 before there was any.
    """

    epochs: int
    ending: str
    seconds: float
    best_epoch: int = 0


@dataclass(frozen=True, eq=False)
class StepDetail:
    """One step of the training, laid open.

    Attributes:
        epoch, batch: which step it was.
        indices: (images,) int64, the batch's images by their place in the data set's `x_train`.
        labels: (images,) int64, the labels trained with: with label noise not all of them true; of
            mixed ones those with the larger share.
        probabilities: (images, classes) float32, the network's answers before the step, as they
            are in training: with dropout at work.
        loss: the batch's mean cross-entropy before the step.
        learning_rate: the one that the optimizer used.
        gradient_norms: (layers,) float64, the length of the gradient of each layer's trainable
            weights, all of them written one after another; NaN for a layer without any.
        weight_norms: the same of the weights themselves, before the step.
        layer, filter: whose kernel follows, from 0.
        before, gradient, after: that kernel, its gradient, and what the step made of it, float32:
            (height, width, channels) of a convolution, (inputs,) of a dense layer.
    """

    epoch: int
    batch: int
    indices: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray
    loss: float
    learning_rate: float
    gradient_norms: np.ndarray
    weight_norms: np.ndarray
    layer: int
    filter: int
    before: np.ndarray
    gradient: np.ndarray
    after: np.ndarray


Event = BatchEvent | RateEvent | EpochEvent | SnapshotEvent | DoneEvent | StepDetail
CurveEvent = BatchEvent | RateEvent | EpochEvent
