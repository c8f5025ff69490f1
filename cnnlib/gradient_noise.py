"""How far the gradient of a batch is from that of all images: measured, one image at a time.

The images are taken in a random order and cut into batches of 1, 2, 4 ... images; each batch's
gradient is the mean of its images' gradients. Independent images' errors cancel each other, so the
error falls with one over the square root of the batch size. Batch normalisation and dropout work as
they do when the network answers, or no image would have a gradient of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnlib.network import Network

AT_ONCE = 32  # images whose gradients are summed in one go where single ones do not matter
LEAST_BATCHES = 8  # of the largest size that is measured
SHOWN = 30  # batches of the larger of two sizes whose gradients are shown as points
WORK = 2.5e10  # multiply-adds of all gradients: a few seconds on two cores
IMAGES = (256, 1_024)  # as many as are worth their time
FEWEST = 64


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """What came out. `sizes` are batch sizes; the rest, entry by entry, is of batches of that size.

    `errors`: the length of a batch's gradient minus the whole gradient, as a share of the length of
    the latter. `cosines`: of the angle between the two. `points`: for the two sizes in `shown`, the
    batches' gradients in two directions, (batches, 2): along the whole gradient, whose length is 1,
    and across it, along the error of a batch that is not among them. `images` and `parameters` are
    counts; `norm` is the length of the whole gradient. The points of the smaller size are of the
    batches that those of the larger one are made of.
    """

    images: int
    parameters: int
    norm: float
    sizes: tuple[int, ...]
    errors: tuple[np.ndarray, ...]
    cosines: tuple[np.ndarray, ...]
    shown: tuple[int, int]
    points: tuple[np.ndarray, np.ndarray]

    @property
    def noise_scale(self) -> float:
        """The batch size at which the error is as long as the gradient itself.

        It is the "simple noise scale" of S. McCandlish, J. Kaplan and D. Amodei, "An empirical
        model of large-batch training", 2018, arXiv:1812.06162, eq. 2.9.
        """
        return float(np.mean(self.errors[0] ** 2))

    def mean_error(self, at: int) -> float:
        """The root of the mean squared error of batches of `sizes[at]`."""
        return float(np.sqrt(np.mean(self.errors[at] ** 2)))


def images_measured(multiply_adds: int) -> int:
    """How many images a network's noise is measured on: a power of two, fewer for a large network.

    >>> images_measured(7_000_000), images_measured(60_000_000), images_measured(10**9)
    (512, 256, 256)
    """
    affordable = WORK / (6 * max(multiply_adds, 1))  # forward and back, and all of it twice
    low, high = IMAGES
    return min(high, max(low, 2 ** int(math.log2(max(affordable, 1)))))


def gradient_noise(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    progress: Callable[[float], None] = lambda share: None,
) -> GradientNoise:
    """Measure on all `images` (count, height, width, channels) float32 but the last 32.

    They must come in a random order, and be 32 more than a power of two from 64. `progress` is
    given a share from 0 to 1 now and then; what it raises ends the work. Raises ValueError for
    another count, and FloatingPointError when the whole gradient is zero or no number.
    """
    count = len(images) - AT_ONCE
    if count < FEWEST or count & (count - 1):
        raise ValueError(f"{AT_ONCE} images and a power of two from {FEWEST}; got {len(images)}")
    whole = np.zeros(_flat(network, images[:1], labels[:1]).size)
    for start in range(0, count, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        whole += _flat(network, images[part], labels[part])
        progress(0.3 * start / count)
    whole = (whole * (AT_ONCE / count)).astype(np.float32)
    norm = float(np.linalg.norm(whole))
    if not math.isfinite(norm) or norm == 0:
        raise FloatingPointError("the whole gradient is zero, or no number any more.")
    across = _flat(network, images[count:], labels[count:])
    across -= whole * (across @ whole / norm**2)
    across /= max(float(np.linalg.norm(across)), 1e-30)
    return _measured(network, images[:count], labels[:count], whole, across, progress)


def _measured(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    whole: np.ndarray,
    across: np.ndarray,
    progress: Callable[[float], None],
) -> GradientNoise:
    """Go through single images' gradients, adding them up in pairs, pairs of pairs and so on."""
    count, norm = len(images), float(np.linalg.norm(whole))
    levels = int(math.log2(count // LEAST_BATCHES)) + 1
    found: list[list[tuple[float, ...]]] = [[] for _ in range(levels)]
    waiting: list[np.ndarray | None] = [None] * levels
    for number in range(count):
        gradient = _flat(network, images[number : number + 1], labels[number : number + 1])
        for level in range(levels):
            found[level].append(_compared(gradient, whole, across, norm))
            before, waiting[level] = waiting[level], None
            if before is None:
                waiting[level] = gradient
                break
            gradient = (before + gradient) / 2
        if number % 8 == 0:
            progress(0.3 + 0.7 * number / count)
    tables = [np.array(rows) for rows in found]
    high = int(math.log2(count // AT_ONCE))
    low = max(0, high - 4)
    return GradientNoise(
        images=count,
        parameters=whole.size,
        norm=norm,
        sizes=tuple(2**level for level in range(levels)),
        errors=tuple(table[:, 0] for table in tables),
        cosines=tuple(table[:, 1] for table in tables),
        shown=(2**low, 2**high),
        points=(tables[low][: SHOWN << (high - low), 2:], tables[high][:SHOWN, 2:]),
    )


def _compared(
    gradient: np.ndarray, whole: np.ndarray, across: np.ndarray, norm: float
) -> tuple[float, float, float, float]:
    """Relative error and cosine of a gradient, and how far it goes along the two directions."""
    length, along = float(np.linalg.norm(gradient)), float(gradient @ whole)
    # |a - b|^2 out of what is there: another pass over the numbers would be half of the time.
    error = math.sqrt(max(length**2 - 2 * along + norm**2, 0.0)) / norm
    cosine = along / (length * norm) if length else 0.0
    return error, cosine, along / norm**2, float(gradient @ across) / norm


def _flat(network: Network, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The gradient of a batch's mean loss with all trainable weights, one after another."""
    layers = network.backward(images, labels).weights
    return np.concatenate([array.ravel() for layer in layers for array in layer.values()])
