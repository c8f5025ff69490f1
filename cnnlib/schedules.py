"""Learning-rate schedules: how large a step is, from the first batch to the last."""

from __future__ import annotations

import math

SCHEDULES = ("constant", "step", "cosine", "one_cycle", "range")
WARM_UP_SHARE = 0.25
START_SHARE = 0.04  # of the peak; 1/25, as in Smith and Topin's one-cycle runs
STEP_SHARES = (0.5, 0.75)  # of all steps; there the rate falls, as in He et al. 2015, 4.2
STEP_FACTOR = 0.1
LEAST_SHARE = 1e-5  # of the peak, where a range test begins


def learning_rate_at(schedule: str, peak: float, step: int, steps: int) -> float:
    """The learning rate of step number `step`, counted from 0, out of `steps`.

    "cosine" falls from `peak` to zero along half a cosine wave (Loshchilov and Hutter 2017,
    arXiv:1608.03983, eq. 5, one period). "one_cycle" rises in a line to `peak` over the first
    quarter and then falls likewise (after Smith and Topin 2018, arXiv:1708.07120). "step" falls to
    a tenth after half of the steps, and again after three quarters (as He et al. 2015,
    arXiv:1512.03385, 4.2). "range" grows by the same factor at each step, from a hundred thousandth
    of `peak` to `peak`: not to learn by, but to find a rate (Smith 2015, arXiv:1506.01186, 3.3).

    >>> [round(learning_rate_at("cosine", 0.1, step, 4), 4) for step in range(4)]
    [0.1, 0.0854, 0.05, 0.0146]
    >>> [round(learning_rate_at("one_cycle", 0.1, step, 8), 4) for step in (0, 1, 2, 5)]
    [0.004, 0.052, 0.1, 0.05]
    >>> [round(learning_rate_at("step", 0.1, step, 8), 4) for step in (3, 4, 6)]
    [0.1, 0.01, 0.001]
    >>> [round(learning_rate_at("range", 1.0, step, 6), 5) for step in (0, 1, 5)]
    [1e-05, 0.0001, 1.0]
    """
    if schedule == "constant":
        return peak
    if schedule == "step":
        return peak * STEP_FACTOR ** sum(step >= share * steps for share in STEP_SHARES)
    if schedule == "range":
        return peak * LEAST_SHARE ** (1 - step / max(1, steps - 1))
    if schedule == "cosine":
        return _half_cosine(peak, step / steps)
    warm_up = steps * WARM_UP_SHARE
    if step < warm_up:
        return peak * (START_SHARE + (1 - START_SHARE) * step / warm_up)
    return _half_cosine(peak, (step - warm_up) / (steps - warm_up))


def _half_cosine(peak: float, share: float) -> float:
    return peak * (1 + math.cos(math.pi * share)) / 2
