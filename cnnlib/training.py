"""One training run, as a stream of frozen events. Runs in a worker.

The loop is our own rather than `Model.fit` so that it can be paused, steered or ended between two
batches, taken up again after any of them with the very same numbers, and read: a step is the
forward pass, the gradient of the loss, and the optimizer's change of the weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cnnlib.datasets import Dataset
from cnnlib.events import (
    POSITION,
    BatchEvent,
    DoneEvent,
    EpochEvent,
    Event,
    RateEvent,
    SnapshotEvent,
    StepDetail,
    Weights,
)
from cnnlib.process_memory import ProcessMemory
from cnnlib.spec import RunSpec
from cnnlib.trainer import Batch, Trainer, Validation

__all__ = [
    "BatchEvent",
    "DoneEvent",
    "EpochEvent",
    "Event",
    "Order",
    "RateEvent",
    "SnapshotEvent",
    "StepDetail",
    "Trainer",
    "train",
]

WAITING = "waiting"  # in a state: the smallest validation loss, and its epoch


@dataclass(frozen=True)
class Order:
    """What the loop is told before it goes on.

    `ending`: "stopped" or "parked" to end here, empty to go on. `learning_rate`: the one to use,
    None for the spec's. `kernel`: lay the next step open, with the kernel of this (layer, filter).
    `snapshot`: give the weights so far, before the next step.
    """

    ending: str = ""
    learning_rate: float | None = None
    kernel: tuple[int, int] | None = None
    snapshot: bool = False


def go_on(validating: bool) -> Order:
    """The order to train to the end."""
    return Order()


def train(
    spec: RunSpec,
    dataset: Dataset,
    *,
    ask: Callable[[bool], Order] = go_on,
    resume: tuple[int, dict[str, np.ndarray]] | None = None,
    initial: Weights | None = None,
    learning_rate: float | None = None,
) -> Iterator[Event]:
    """Train, yielding events. `resume` is (whole epochs, state) of a snapshot of the same spec.

    The same spec and data give the same numbers again, whether resumed or not. `ask` is called
    before each batch, with whether it is one of validation, and may wait as long as it likes: that
    time is not counted. A run that is told to end yields a last SnapshotEvent for the epoch it was
    in, if that epoch had trained on anything. `initial` are weights to begin with, instead of those
    that the seed draws; `learning_rate` is the rate in force when it goes on, so that only changes
    are told. Raises SpecError or DatasetError when network and data do not fit each other, and
    ValueError for the state of another run.
    """
    trainer = Trainer(spec, dataset)
    run = _Run(trainer, ask, learning_rate)
    if resume is not None:
        run.restore(*resume)
    else:
        if initial is not None:
            trainer.set_weights(initial)
        yield trainer.snapshot(0, run.state())
    yield from run.events()


class _Run:
    """The loop over epochs and batches, and where in it the training is."""

    def __init__(self, trainer: Trainer, ask: Callable[[bool], Order], learning_rate: float | None):
        self.trainer, self.ask = trainer, ask
        self.memory, self.most_memory = ProcessMemory(), 0.0  # the second: in a validation
        training = trainer.spec.training
        self.epochs, self.patience = training.epochs, training.patience
        self.spec_rate = training.learning_rate
        trainer.peak_rate = self.spec_rate if learning_rate is None else learning_rate
        self.whole = 0  # epochs
        self.done = 0  # batches of the epoch after them
        self.sums = np.zeros(4)  # of that epoch: images, loss x images, correct, seconds
        self.best = (np.inf, 0)  # validation loss, and its epoch
        self.started = time.perf_counter()
        self.counted = 0.0  # seconds of training that are in the sums

    def restore(self, epoch: int, state: dict[str, np.ndarray]) -> None:
        """Go to where a state was taken."""
        state = dict(state)
        position = state.pop(POSITION, np.zeros(5))
        waiting = state.pop(WAITING, np.array([np.inf, 0.0]))
        if position.shape != (5,) or waiting.shape != (2,):
            raise ValueError("this state is of another version; start the run anew.")
        self.trainer.restore(state)
        self.whole, self.done, self.sums = epoch, int(position[0]), position[1:].astype(np.float64)
        self.best = (float(waiting[0]), int(waiting[1]))

    def state(self) -> dict[str, np.ndarray]:
        return {POSITION: np.array([self.done, *self.sums]), WAITING: np.array(self.best)}

    def events(self) -> Iterator[Event]:
        ending = ""
        while not ending and self.whole < self.epochs and not self._has_waited():
            ending = yield from self._epoch()
        if not ending:
            ending = "finished" if self.whole == self.epochs else "early"
        yield DoneEvent(self.whole, ending, self._seconds(), self.best[1])

    def _epoch(self) -> Iterator[Event]:
        """Train through an epoch, or what is left of it; how the run was told to end, if so."""
        epoch, self.counted = self.whole + 1, self._seconds()
        for batch in self.trainer.batches(epoch, self.done):
            order = self._asked(validating=False)
            if not order.ending:
                yield from self._ordered(order, batch)
                yield from self._step(batch, order.kernel)
                continue
            if self.done:
                yield self.trainer.snapshot(epoch, self.state())
            return order.ending
        self.most_memory = 0.0
        validation = self.trainer.evaluate(self._goes_on)
        if validation is None:
            yield self.trainer.snapshot(epoch, self.state())
            return self.ending
        yield from self._ended(validation)
        return ""

    def _ordered(self, order: Order, batch: Batch) -> Iterator[Event]:
        rate = self.spec_rate if order.learning_rate is None else order.learning_rate
        if rate != self.trainer.peak_rate:
            self.trainer.peak_rate = rate
            yield RateEvent(batch.epoch, batch.number, rate, self._seconds())
        if order.snapshot and self.done:
            yield self.trainer.snapshot(batch.epoch, self.state())

    def _step(self, batch: Batch, kernel: tuple[int, int] | None) -> Iterator[Event]:
        if kernel is None:
            loss, correct = self.trainer.step(batch)
        else:
            detail = self.trainer.detailed_step(batch, kernel)
            loss = detail.loss
            correct = np.count_nonzero(detail.probabilities.argmax(axis=1) == detail.labels)
            yield detail
        count, seconds = len(batch.labels), self._seconds()
        self.sums += count, loss * count, correct, seconds - self.counted
        self.counted = seconds
        self.done = batch.number
        yield BatchEvent(
            batch.epoch,
            batch.number,
            self.trainer.batch_count,
            loss,
            correct / count,
            float(self.sums[0] / self.sums[3]),
            seconds,
            self.memory.bytes(),
            getattr(self.trainer.dataset.x_train, "seconds", 0.0),  # of images on disk
        )

    def _ended(self, validation: Validation) -> Iterator[Event]:
        images, loss, correct, seconds = self.sums.tolist()
        self.whole, self.done, self.sums = self.whole + 1, 0, np.zeros(4)
        if validation.loss < self.best[0]:
            self.best = (validation.loss, self.whole)
        # The snapshot first: an epoch that has been announced can be looked at.
        yield self.trainer.snapshot(self.whole, self.state())
        yield EpochEvent(
            self.whole,
            loss / images,
            correct / images,
            validation.loss,
            validation.accuracy,
            images / seconds,
            self._seconds(),
            validation.class_accuracy,
            max(self.most_memory, self.memory.bytes()),
        )

    def _has_waited(self) -> bool:
        """Whether the validation loss has not improved for as long as the spec waits."""
        return 0 < self.patience <= self.whole - self.best[1]

    def _asked(self, *, validating: bool) -> Order:
        """The next order, the time it was waited for not counted."""
        asked = time.perf_counter()
        order = self.ask(validating)
        self.started += time.perf_counter() - asked
        return order

    def _goes_on(self) -> bool:
        self.most_memory = max(self.most_memory, self.memory.bytes())
        self.ending = self._asked(validating=True).ending
        return not self.ending

    def _seconds(self) -> float:
        return time.perf_counter() - self.started
