"""What sparse coding of whole images costs beside a convolution layer, measured side by side.

An image of `side` x `side` x 3 numbers is one signal, and the dictionary has twice as many atoms as
a signal has numbers. So there are inputs x atoms weights, which grows with the 4th power of the
side: as many multiply-adds has half a step of an encoding. An update of all atoms costs atoms x
atoms x inputs: the 6th power. A convolution layer's work grows with the square.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from cnnlib.convolution import conv2d
from cnnlib.gradients import conv2d_backward
from cnnlib.shapes import conv_multiply_adds
from cnnlib.sparse_coding import encode, starting_atoms, steepest_curvature, updated_atoms
from cnnlib.threads import WORTH_SHARING

SIDES = (8, 12, 16, 24, 32)  # measured where somebody waits
FAR_SIDE = 64
CHANNELS, FILTERS, KERNEL = 3, 32, 3
OVERCOMPLETE = 2  # atoms for each number of an image
IMAGES, STEPS, PENALTY = 32, 50, 0.5
BATCH = 256  # images between two updates of the atoms
PASS_IMAGES = 5_000
FITTED = 3  # of the largest sides, that a law is drawn through
REPEATED_SECONDS, MOST_RUNS = 0.05, 20
Clock = Callable[[], float]
Result = TypeVar("Result")


@dataclass(frozen=True)
class SideTimes:
    """Seconds of one core at a side: `encoding` of one image in STEPS steps, one `update` of all
    atoms, and one image through a `convolution` layer of FILTERS filters, forward and back."""

    side: int
    encoding: float
    update: float
    convolution: float

    @property
    def inputs(self) -> int:
        """Numbers of an image.

        >>> times = SideTimes(32, 0.0, 0.0, 0.0)
        >>> times.inputs, times.atoms, times.weights
        (3072, 6144, 18874368)
        """
        return CHANNELS * self.side**2

    @property
    def atoms(self) -> int:
        return OVERCOMPLETE * self.inputs

    @property
    def weights(self) -> int:
        """Numbers of the dictionary."""
        return self.inputs * self.atoms

    @property
    def learning_pass(self) -> float:
        """Seconds in which PASS_IMAGES images are encoded once, with an update every BATCH.

        >>> SideTimes(32, 0.1, 2.0, 0.0).learning_pass
        540.0
        """
        return PASS_IMAGES * self.encoding + -(-PASS_IMAGES // BATCH) * self.update

    @property
    def convolution_pass(self) -> float:
        """Seconds in which as many go through the convolution layer, forward and back."""
        return PASS_IMAGES * self.convolution


@dataclass(frozen=True)
class PowerLaw:
    """factor * side ** exponent."""

    factor: float
    exponent: float

    def at(self, side: float) -> float:
        return self.factor * side**self.exponent


def fitted_law(sides: Sequence[float], values: Sequence[float]) -> PowerLaw:
    """The power law through values over 0 at two sides or more, by least squares of logarithms.

    >>> law = fitted_law((2, 4, 8), (12.0, 48.0, 192.0))
    >>> round(law.factor, 6), round(law.exponent, 6), round(law.at(16), 6)
    (3.0, 2.0, 768.0)
    """
    exponent, logarithm = np.polyfit(np.log(sides), np.log(values), 1)
    return PowerLaw(float(np.exp(logarithm)), float(exponent))


def laws(measured: Sequence[SideTimes]) -> dict[str, PowerLaw]:
    """The law of each of the three times, through the largest sides that were measured."""
    last = sorted(measured, key=lambda times: times.side)[-FITTED:]
    sides = [times.side for times in last]
    return {
        name: fitted_law(sides, [getattr(times, name) for times in last])
        for name in ("encoding", "update", "convolution")
    }


def extrapolated(measured: Sequence[SideTimes], side: int = FAR_SIDE) -> SideTimes:
    """What the laws say of a side that was not measured."""
    found = laws(measured)
    return SideTimes(side, *(found[name].at(side) for name in found))


def measured_times(images: np.ndarray, clock: Clock = time.thread_time) -> SideTimes:
    """The times at the side of `images`, (count, side, side, 3) float32, on one core.

    Processor time of this thread is counted by default, so what else the machine does matters
    little. IMAGES of the images are enough: a step costs the same whatever the codes are.
    """
    side = images.shape[1]
    signals = images[:IMAGES].reshape(len(images[:IMAGES]), -1)
    signals = signals - signals.mean(axis=1, keepdims=True)
    atoms = starting_atoms(signals.shape[1], OVERCOMPLETE * signals.shape[1])
    curvature = steepest_curvature(atoms)

    def encoding() -> np.ndarray:
        return encode(signals, atoms, PENALTY, steps=STEPS, curvature=curvature)

    codes, encoding_seconds = _timed(encoding, clock)
    among = codes.T @ codes
    among[np.diag_indices_from(among)] += 1  # as after many batches: every atom has been used
    towards = codes.T @ signals + atoms
    _, update_seconds = _timed(lambda: updated_atoms(atoms, among, towards), clock)
    return SideTimes(
        side,
        encoding_seconds / len(signals),
        update_seconds,
        _convolution_seconds(images, clock),
    )


def _convolution_seconds(images: np.ndarray, clock: Clock) -> float:
    """One image through the layer, forward and back, in batches that stay on one core."""
    side = images.shape[1]
    work = conv_multiply_adds(KERNEL, CHANNELS, (side, side, FILTERS))
    batch = np.ascontiguousarray(images[: max(1, WORTH_SHARING // work - 1)], np.float32)
    rng = np.random.default_rng(0)
    kernels = rng.standard_normal((KERNEL, KERNEL, CHANNELS, FILTERS), np.float32)
    bias = np.zeros(FILTERS, np.float32)

    def there_and_back() -> None:
        maps = conv2d(batch, kernels, bias, padding="same")
        conv2d_backward(maps, batch, kernels, padding="same")

    return _timed(there_and_back, clock)[1] / len(batch)


def _timed(work: Callable[[], Result], clock: Clock) -> tuple[Result, float]:
    """What some work gave and the smallest time of a few runs; of one alone if it takes long."""
    taken: list[float] = []
    while not taken or (sum(taken) < REPEATED_SECONDS and len(taken) < MOST_RUNS):
        began = clock()
        result = work()
        taken.append(clock() - began)
    return result, max(min(taken), 1e-9)
