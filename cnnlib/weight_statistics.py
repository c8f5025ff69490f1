"""A layer's weights in figures: how large, how spread, how far from where they began.

All sums are taken in double precision. Weights that are no numbers, as a training that blew up
leaves them, make the figures nan or infinite, and are left out where weights are counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR_ZERO = 0.1  # of the root mean square: a weight below is "near zero"
FINE = 20  # narrow bars up to the largest weight that training starts with, on either side of 0
REACH = 20  # times that weight: what lies beyond is counted in the last bar
MOST_BARS = 60


class WeightError(ValueError):
    """Weights or settings that nothing can be said of; the message says what was received."""


@dataclass(frozen=True, eq=False)
class WeightStatistics:
    """Figures of one layer's kernels (height, width, channels, filters) and biases.

    Attributes:
        count: weights, biases not counted.
        mean, deviation: of all weights; the standard deviation divides by the count.
        root_mean_square: of all weights.
        near_zero: the share of weights smaller than `NEAR_ZERO` times that.
        norms: (filters,), the root of the sum of a kernel's squared weights: its L2 norm.
        largest: (filters,), the largest magnitude in each kernel; 0 where there is no number.
        counts: (2 * FINE * REACH,) how many weights lie in each narrow bar; see `histogram`.
        bias: (filters,) or None.
        moved: the L2 norm of all weights less those at the start, divided by the norm of those at
            the start; None without them.
        changed: (filters,), the largest magnitude of a change since then in each kernel, or None.
    """

    count: int
    mean: float
    deviation: float
    root_mean_square: float
    near_zero: float
    norms: np.ndarray
    largest: np.ndarray
    counts: np.ndarray
    bias: np.ndarray | None
    moved: float | None
    changed: np.ndarray | None


def statistics_of(
    kernels: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    start: np.ndarray | None = None,
    start_limit: float = 1.0,
) -> WeightStatistics:
    """The figures of kernels (height, width, channels, filters).

    Args:
        bias: (filters,), if the layer has biases.
        start: what the kernels were before training, in their shape.
        start_limit: the largest magnitude that training starts with; narrow bars are 1/`FINE` of it
            wide.

    >>> found = statistics_of(np.array([3.0, 4.0, 0.0, -1.0]).reshape(1, 2, 1, 2))
    >>> found.norms.tolist(), found.mean, found.near_zero
    ([3.0, 4.123105625617661], 1.5, 0.25)
    """
    if kernels.ndim != 4 or not kernels.size:
        raise WeightError(
            f"Kernels are (height, width, channels, filters); these are {kernels.shape}."
        )
    with np.errstate(all="ignore"):
        flat = kernels.reshape(-1, kernels.shape[3]).astype(np.float64)
        finite = np.isfinite(flat)
        square = np.sqrt(np.mean(flat**2))
        near = float(np.mean(np.abs(flat) < NEAR_ZERO * square)) if square > 0 else 1.0
        return WeightStatistics(
            flat.size,
            float(flat.mean()),
            float(flat.std()),
            float(square),
            near if finite.all() else float("nan"),
            np.sqrt((flat**2).sum(axis=0)),
            _largest(flat),
            _fine_counts(flat[finite], start_limit),
            bias,
            None if start is None else moved(kernels, start),
            None if start is None else _largest(flat - start.reshape(flat.shape)),
        )


def _largest(values: np.ndarray) -> np.ndarray:
    """Of each column the largest magnitude that is a number."""
    return np.where(np.isfinite(values), np.abs(values), 0).max(axis=0)


def moved(kernels: np.ndarray, start: np.ndarray) -> float:
    """How far weights are from where they began, as a share of how large they were then.

    >>> moved(np.array([3.0, 1.0]), np.array([3.0, 4.0]))
    0.6
    """
    if kernels.shape != start.shape:
        raise WeightError(f"Weights of {kernels.shape} did not begin as {start.shape}.")
    with np.errstate(all="ignore"):
        began = np.sqrt(np.sum(start.astype(np.float64) ** 2))
        away = np.sqrt(np.sum((kernels.astype(np.float64) - start) ** 2))
        return float(away / began)


def _fine_counts(values: np.ndarray, start_limit: float) -> np.ndarray:
    """(2 * FINE * REACH,): the bars of zero on are in the upper half."""
    edge = FINE * REACH
    with np.errstate(all="ignore"):
        places = np.clip(np.floor(values / start_limit * FINE), -edge, edge - 1)
    return np.bincount(places.astype(np.int64) + edge, minlength=2 * edge)


@dataclass(frozen=True, eq=False)
class Histogram:
    """`shares` (bars,) of the weights, from 0 to 1, between `edges` (bars + 1,).

    `overflow`: whether the outermost bars also count what lies beyond them.
    """

    edges: np.ndarray
    shares: np.ndarray
    overflow: bool = False


def histogram(counts: np.ndarray, start_limit: float, largest: float) -> Histogram:
    """`WeightStatistics.counts` as bars that cover ±`largest`, the same bars whatever the counts.

    There are about 2 ∛n bars for n weights (the Rice rule), `MOST_BARS` at most, with an edge at 0.

    >>> found = statistics_of(np.array([-1.0, 0.5, 0.25, 1.5]).reshape(2, 2, 1, 1))
    >>> bars = histogram(found.counts, 1.0, 1.5)
    >>> bars.edges.tolist(), bars.shares.tolist()
    ([-1.55, 0.0, 1.55], [0.25, 0.75])
    """
    edge = FINE * REACH
    fine = min(max(1, int(np.floor(min(largest / start_limit, REACH) * FINE)) + 1), edge)
    total = max(int(counts.sum()), 1)
    a_side = _bars_a_side(total)
    group = -(-fine // a_side)
    a_side = -(-fine // group)
    half = a_side * group
    padded = np.zeros(2 * half, np.int64)
    kept = min(half, edge)
    padded[half - kept : half + kept] = counts[edge - kept : edge + kept]
    padded[0] += counts[: edge - kept].sum()
    padded[-1] += counts[edge + kept :].sum()
    edges = np.arange(-a_side, a_side + 1) * group / FINE * start_limit
    shares = padded.reshape(2 * a_side, group).sum(axis=1) / total
    return Histogram(edges.round(12), shares, bool(largest > edges[-1]))


def _bars_a_side(count: int) -> int:
    return max(1, min(MOST_BARS, int(2 * count ** (1 / 3))) // 2)


def value_histogram(values: np.ndarray, largest: float) -> Histogram:
    """A few values, such as biases, as bars that cover ±`largest`, one of them around 0.

    >>> bars = value_histogram(np.array([-0.6, 0.1, 0.6, 0.0]), 0.6)
    >>> bars.edges.round(3).tolist(), bars.shares.tolist()
    ([-0.6, -0.2, 0.2, 0.6], [0.25, 0.5, 0.25])
    """
    values = values[np.isfinite(values)]
    limit = largest if largest > 0 else 1.0
    edges = np.linspace(-limit, limit, 2 * _bars_a_side(max(values.size, 1)) + 2)
    counts, _ = np.histogram(np.clip(values, -limit, limit), edges)
    return Histogram(edges, counts / max(values.size, 1))


def uniform_shares(edges: np.ndarray, limit: float) -> np.ndarray:
    """The shares to expect between `edges` of weights drawn uniformly from ±`limit`.

    >>> uniform_shares(np.array([-2.0, -0.5, 0.0, 2.0]), 1.0).tolist()
    [0.25, 0.25, 0.5]
    """
    return np.diff(np.clip(edges, -limit, limit)) / (2 * limit)
