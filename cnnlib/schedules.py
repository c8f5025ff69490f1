"""Learning-rate schedules: how large a step is, from the first batch to the last."""

from __future__ import annotations

import math

SCHEDULES = ("constant", "cosine", "one_cycle")
WARM_UP_SHARE = 0.25
START_SHARE = 0.04  # of the peak; 1/25, as in Smith and Topin's one-cycle runs


def learning_rate_at(schedule: str, peak: float, step: int, steps: int) -> float:
    """The learning rate of step number `step`, counted from 0, out of `steps`.

    "cosine" falls from `peak` to zero along half a cosine wave (Loshchilov and Hutter 2017,
    arXiv:1608.03983, eq. 5, one period). "one_cycle" rises in a line to `peak` over the first
    quarter and then falls likewise (after Smith and Topin 2018, arXiv:1708.07120).

    >>> [round(learning_rate_at("cosine", 0.1, step, 4), 4) for step in range(4)]
    [0.1, 0.0854, 0.05, 0.0146]
    >>> [round(learning_rate_at("one_cycle", 0.1, step, 8), 4) for step in (0, 1, 2, 5)]
    [0.004, 0.052, 0.1, 0.05]
    """
    if schedule == "constant":
        return peak
    if schedule == "cosine":
        return _half_cosine(peak, step / steps)
    warm_up = steps * WARM_UP_SHARE
    if step < warm_up:
        return peak * (START_SHARE + (1 - START_SHARE) * step / warm_up)
    return _half_cosine(peak, (step - warm_up) / (steps - warm_up))


def _half_cosine(peak: float, share: float) -> float:
    return peak * (1 + math.cos(math.pi * share)) / 2
