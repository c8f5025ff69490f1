"""What the images of a class have in common: their mean, their spread, how many there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CHUNK = 1_000  # images at a time: squares need room


@dataclass(frozen=True, eq=False)
class ClassImages:
    """The images of one class: how many, and for every place their mean and standard deviation.

    `mean` and `deviation` are float64 (height, width, channels), from 0 to 255; zeros for none.
    """

    count: int
    mean: np.ndarray
    deviation: np.ndarray


def class_images(images: np.ndarray, labels: np.ndarray, classes: int) -> tuple[ClassImages, ...]:
    """One `ClassImages` a class, of uint8 images (n, height, width, channels).

    Sums are whole numbers until the end, so nothing is rounded before the division.

    >>> images = np.array([10, 20, 90], np.uint8).reshape(3, 1, 1, 1)
    >>> first, second = class_images(images, np.array([0, 0, 1]), 2)
    >>> first.count, first.mean.item(), first.deviation.item(), second.deviation.item()
    (2, 15.0, 5.0, 0.0)
    """
    return tuple(_of_class(images, np.flatnonzero(labels == label)) for label in range(classes))


def class_counts(labels: np.ndarray, classes: int) -> tuple[int, ...]:
    """How many labels there are of each class.

    >>> class_counts(np.array([0, 2, 2]), 3)
    (1, 0, 2)
    """
    return tuple(np.bincount(labels, minlength=classes).tolist())


def _of_class(images: np.ndarray, members: np.ndarray) -> ClassImages:
    total = np.zeros(images.shape[1:], np.int64)
    squares = np.zeros_like(total)
    for start in range(0, len(members), CHUNK):
        part = images[members[start : start + CHUNK]].astype(np.int64)
        total += part.sum(axis=0)
        squares += (part * part).sum(axis=0)
    count = len(members)
    mean = total / max(count, 1)
    deviation = np.sqrt(count * squares - total * total) / max(count, 1)
    return ClassImages(count, mean, deviation)
