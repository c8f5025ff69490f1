"""Cover a part of the picture, see what the network says now; then the next part.

M. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section
4.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.activations import softmax
from cnnlib.fields import check_fields, choice, whole
from cnnlib.maximisation import blurred
from cnnlib.shapes import output_size

if TYPE_CHECKING:
    from cnnlib.network import Network

FILLS = ("grey", "noise", "blur")
GREY = 0.5
PART = 64  # pictures that are covered and asked about at a time


class OcclusionError(ValueError):
    """A patch that does not fit the picture; the message says what to change."""


@dataclass(frozen=True)
class Occluder:
    """A square of `patch` pixels that is laid on the picture every `stride` pixels.

    `fill` is what lies there instead: "grey", 0.5 everywhere; "noise", one square of random pixels,
    drawn by `seed` and the same at every place; "blur", the picture itself, blurred over half a
    patch. Raises SpecError for settings out of range.
    """

    patch: int = whole(5, 1, 64)
    stride: int = whole(1, 1, 32)
    fill: str = choice("noise", FILLS)
    seed: int = whole(0, 0, 2**31 - 1)

    def __post_init__(self) -> None:
        check_fields(self)

    def places(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """The top rows and the left columns of the places: the patch never leaves the picture.

        >>> rows, columns = Occluder(patch=5).places(32, 32)
        >>> len(rows) * len(columns)
        784
        """
        if self.patch > min(height, width):
            raise OcclusionError(
                f"A patch of {self.patch} × {self.patch} does not fit a picture of {height} × "
                f"{width}. Choose a smaller patch."
            )
        counts = (output_size(side, self.patch, stride=self.stride) for side in (height, width))
        rows, columns = (np.arange(count) * self.stride for count in counts)
        return rows, columns

    def filling(self, image: np.ndarray) -> np.ndarray:
        """What may be seen instead of the picture: an array like it, or a patch's worth of it."""
        if self.fill == "blur":
            return blurred(image[np.newaxis], self.patch / 2)[0]
        shape = (self.patch, self.patch, image.shape[2])
        if self.fill == "grey":
            return np.full(shape, GREY, image.dtype)
        return np.random.default_rng(self.seed).random(shape).astype(image.dtype)


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What a network said while parts of a picture were covered.

    Attributes:
        rows, columns: where the patch's top left corner was.
        patch: its side, in pixels.
        logits: (rows, columns, classes), with the patch there.
        original: (classes,), with nothing covered.
        size: height and width of the picture.
    """

    rows: np.ndarray
    columns: np.ndarray
    patch: int
    logits: np.ndarray
    original: np.ndarray
    size: tuple[int, int]

    @property
    def probabilities(self) -> np.ndarray:
        """(rows, columns, classes): what softmax makes of the logits."""
        with np.errstate(all="ignore"):
            return softmax(self.logits)

    def drops(self, class_index: int, *, score: bool = False) -> np.ndarray:
        """How far each patch brought a class down: (rows, columns), in probability.

        Positive where the covered part spoke for the class, negative where it spoke against it.
        With `score` it is the logit's fall, which sees a difference where the probability is as
        good as 1 with and without.
        """
        if score:
            return self.original[class_index] - self.logits[..., class_index]
        with np.errstate(all="ignore"):
            before = softmax(self.original[np.newaxis])[0]
        return before[class_index] - self.probabilities[..., class_index]

    def per_pixel(self, drops: np.ndarray) -> np.ndarray:
        """The mean drop over the patches that covered a pixel: (height, width).

        NaN where none did: with a stride that does not divide, at the right and at the bottom, and
        between patches that lie further apart than they are wide.
        """
        total, count = np.zeros(self.size), np.zeros(self.size)
        for row, line in zip(self.rows, drops, strict=True):
            for column, drop in zip(self.columns, line, strict=True):
                part = (slice(row, row + self.patch), slice(column, column + self.patch))
                total[part] += drop
                count[part] += 1
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def covered(image: np.ndarray, occluder: Occluder, first: int = 0, last: int | None = None):
    """Copies of the picture, each with one place covered, row by row: (places, *image.shape).

    `first` and `last` choose some of the places, as a slice does.

    >>> image = np.zeros((2, 3, 1), np.float32)
    >>> covered(image, Occluder(patch=2, fill="grey"))[..., 0].tolist()
    [[[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]], [[0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]]
    """
    rows, columns = occluder.places(*image.shape[:2])
    places = [(row, column) for row in rows for column in columns][first:last]
    filling, side = occluder.filling(image), occluder.patch
    copies = np.repeat(image[np.newaxis], len(places), axis=0)
    for copy, (row, column) in zip(copies, places, strict=True):
        part = (slice(row, row + side), slice(column, column + side))
        copy[part] = filling[part] if occluder.fill == "blur" else filling
    return copies


def occlusion(
    network: Network,
    image: np.ndarray,
    occluder: Occluder,
    *,
    progress: Callable[[float], None] | None = None,
) -> Occlusion:
    """Cover one place after another of `image`, (height, width, channels) in [0, 1].

    `progress` is told the share that is done. Raises OcclusionError for a patch that does not fit.
    """
    image = np.asarray(image, np.float32)
    rows, columns = occluder.places(*image.shape[:2])
    count, parts = len(rows) * len(columns), []
    for first in range(0, count, PART):
        parts.append(network.logits(covered(image, occluder, first, first + PART)))
        if progress is not None:
            progress(min(1.0, (first + PART) / count))
    logits = np.concatenate(parts).reshape(len(rows), len(columns), -1)
    original = network.logits(image[np.newaxis])[0]
    return Occlusion(rows, columns, occluder.patch, logits, original, image.shape[:2])
