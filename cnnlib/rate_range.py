"""The learning-rate range test: one short run whose rate grows at each step, and what it suggests.

L. N. Smith, "Cyclical learning rates for training neural networks", 2015 (arXiv:1506.01186),
section 3.3. While the rate is too small the loss hardly moves; then it falls; then it blows up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnlib.events import BatchEvent
from cnnlib.schedules import learning_rate_at
from cnnlib.spec import TrainingSpec

BACK = 5.0  # times smaller than the rate of the smallest loss: what is suggested
SPREAD = 0.025  # of all steps: the standard deviation of the bell that smooths the losses
MOST_RISE = 2.0  # times the first loss: beyond it one batch counts no more than that
BLOWN_UP = 1.25  # times the first smoothed loss: what comes after it is of a broken network
LEAST_FALL = 0.01  # of the first loss: with less nothing was learned that a rate could be read off
FEWEST = 20  # losses to say something


@dataclass(frozen=True, eq=False)
class RangeTest:
    """A range test as far as it has come.

    Attributes:
        rates: (steps,) float64, the learning rate of each step, growing.
        losses: (steps,) float64, the batch's loss before it; not all need be numbers.
        smoothed: (up to steps,) float64, up to the first loss that is no number.
        lowest: the rate of the smallest smoothed loss, None if there is none.
        suggestion: a rate to train with, to two figures; None if nothing was learned.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    lowest: float | None
    suggestion: float | None


def range_test(training: TrainingSpec, events: Sequence[object], batches: int) -> RangeTest:
    """What the events of a run with the schedule "range" say; `batches` are those of an epoch."""
    seen = [event for event in events if isinstance(event, BatchEvent)]
    steps = training.epochs * batches
    numbers = [(event.epoch - 1) * batches + event.batch - 1 for event in seen]
    rates = [
        learning_rate_at(training.schedule, training.learning_rate, number, steps)
        for number in numbers
    ]
    return read(np.array(rates, np.float64), np.array([event.loss for event in seen], np.float64))


def read(rates: np.ndarray, losses: np.ndarray) -> RangeTest:
    """The suggestion: the rate where the smoothed loss is smallest, divided by BACK.

    A network may learn anew after it has broken; only what comes before that counts.

    >>> rates = np.geomspace(1e-4, 10, 101)
    >>> losses = np.where(rates < 0.5, 2.3 - 0.3 * np.log10(rates / 1e-4), np.inf)
    >>> read(rates, losses).suggestion
    0.089
    """
    smooth = smoothed(losses)
    if len(smooth) < FEWEST:
        return RangeTest(rates, losses, smooth, None, None)
    wall = np.flatnonzero(smooth > BLOWN_UP * smooth[0])
    at = int(smooth[: wall[0] if len(wall) else None].argmin())
    fallen = smooth[at] < (1 - LEAST_FALL) * smooth[0]
    suggestion = float(f"{rates[at] / BACK:.2g}") if fallen else None
    return RangeTest(rates, losses, smooth, float(rates[at]), suggestion)


def smoothed(losses: np.ndarray) -> np.ndarray:
    """Losses averaged under a bell, up to the first that is no number.

    >>> smoothed(np.array([2.0, 2.0, np.nan, 2.0])).tolist()
    [2.0, 2.0]
    """
    wrong = np.flatnonzero(~np.isfinite(losses))
    kept = losses[: wrong[0]] if len(wrong) else losses
    if not len(kept):
        return kept
    capped = np.minimum(kept, MOST_RISE * kept[0])
    places = np.arange(len(kept))
    width = max(1.0, SPREAD * len(losses))
    bells = np.exp(-(((places[:, None] - places) / width) ** 2) / 2)
    return (bells @ capped) / bells.sum(axis=1)
