"""Filters that do little: kernels with hardly any weight, and kernels that are nearly the same.

Filters that never fire are found in `cnnlib.firing.silent_filters`: that takes images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.weight_statistics import WeightError

FAINT = 0.05  # of the middle norm of a layer
ALIKE, LEAST_ALIKE = 0.9, 0.5  # cosine similarities: what counts as twins, and the least that may


@dataclass(frozen=True)
class Twins:
    """Two filters, from 0, the first with the smaller number, and how alike they are."""

    first: int
    second: int
    similarity: float


def faint_filters(norms: np.ndarray) -> list[int]:
    """The filters, from 0, whose L2 norm is at most `FAINT` times the layer's median norm.

    Where most filters are all zero, those are. `norms` is (filters,).

    >>> faint_filters(np.array([1.0, 0.04, 2.0, 0.0, 1.0]))
    [1, 3]
    """
    return np.flatnonzero(norms <= FAINT * np.median(norms)).tolist()


def similarities(kernels: np.ndarray) -> np.ndarray:
    """The cosine of the angle between any two kernels: (filters, filters) from -1 to 1.

    `kernels` is (height, width, channels, filters). A kernel with nothing but zeros has no
    direction, nor has one with weights that are no numbers: theirs are nan.
    """
    if kernels.ndim != 4 or not kernels.size:
        raise WeightError(
            f"Kernels are (height, width, channels, filters); these are {kernels.shape}."
        )
    flat = kernels.reshape(-1, kernels.shape[3]).astype(np.float64)
    with np.errstate(all="ignore"):
        norms = np.sqrt((flat**2).sum(axis=0))
        unit = flat / np.where((norms > 0) & np.isfinite(norms), norms, np.nan)
        return np.clip(unit.T @ unit, -1, 1)


def twins(kernels: np.ndarray, threshold: float = ALIKE) -> list[Twins]:
    """The pairs of kernels whose cosine similarity is `threshold` or more, the most alike first.

    Raises WeightError for a threshold that is not from `LEAST_ALIKE` to 1.

    >>> kernels = np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 1.0]]).reshape(1, 2, 1, 3)
    >>> [(pair.first, pair.second, round(pair.similarity, 4)) for pair in twins(kernels, 0.7)]
    [(0, 1, 1.0), (0, 2, 0.7071), (1, 2, 0.7071)]
    """
    if not LEAST_ALIKE <= threshold <= 1:
        raise WeightError(
            f"Twins have a similarity from {LEAST_ALIKE} to 1 or more; received {threshold!r:.40}."
        )
    found = similarities(kernels)
    # The nearest to 1 that rounding lets two equal kernels have.
    first, second = np.nonzero(np.triu(found >= threshold - 1e-9, 1))
    order = np.argsort(-found[first, second], kind="stable")
    return [
        Twins(int(first[at]), int(second[at]), float(found[first[at], second[at]])) for at in order
    ]


def chance_similarity(size: int) -> float:
    """The standard deviation of the cosine between two random directions of `size` numbers: 1/√n.

    >>> chance_similarity(9)
    0.3333333333333333
    """
    return 1 / float(np.sqrt(size))
