"""Exercises of the page on alternative optimization, some with the schedule drawn there."""

from __future__ import annotations

from functools import partial

import numpy as np

from cnnlib.exercises import Exercise, Maker, any_of
from cnnlib.losses import cross_entropy, targets
from cnnlib.rate_range import BACK
from cnnlib.schedules import learning_rate_at
from cnnlib.weight_decay import half_life, kept_share

NAMES = {
    "constant": "constant",
    "step": "falls to a tenth after half of the steps and again after three quarters",
    "cosine": "falls along half a cosine wave",
    "one_cycle": "rises for a quarter of the steps and then falls along half a cosine wave",
}


def scheduled_rate(seed: int, schedule: str, peak: float, epochs: int, batches: int) -> Exercise:
    """The rate somewhere on the schedule that the page shows, where it can be had in one's head."""
    rng = np.random.default_rng(seed)
    steps = epochs * batches
    places = {
        "constant": (0.3, 0.9),
        "step": (0.4, 0.6, 0.9),
        "cosine": (0.0, 0.5),
        "one_cycle": (0.25, 0.625),  # its peak, and half way down from it
    }[schedule]
    share = any_of(rng, places)
    part = learning_rate_at(schedule, 1.0, share * steps, steps)
    rate = float(f"{part * peak:.6g}")
    told = (
        f"stays the same for {steps:,} steps"
        if schedule == "constant"
        else f"{NAMES[schedule]}, {steps:,} steps in all"
    )
    return Exercise(
        f"In the picture at the top, {epochs} epochs of {batches} batches, the learning rate has a "
        f"peak of {peak:g} and {told}. What is it after {100 * share:g} % of the steps?",
        rate,
        "What share of its peak does the schedule have there? The picture shows it.",
        f"{part:.3g} of the peak: {part:.3g} × {peak:g} = {rate:.3g}",
        tolerance=0.01 * rate,
    )


def decayed_weight(seed: int) -> Exercise:
    """A weight after one step with weight decay."""
    rng = np.random.default_rng(seed)
    weight, slope = int(rng.choice((-3, -2, 2, 3, 4))), int(rng.choice((-4, -2, 1, 3, 5)))
    rate, decay = float(rng.choice((0.1, 0.2))), float(rng.choice((0.05, 0.1, 0.5)))
    after = round(weight * kept_share(rate, decay, 1) - rate * slope, 6)
    return Exercise(
        f"A weight is {weight}, its gradient {slope}. With a learning rate of {rate:g} and a "
        f"decoupled weight decay of {decay:g}, what is it after one step of gradient descent?",
        after,
        "Take away rate × decay × weight, and rate × gradient.",
        f"{weight} − {rate:g} × {decay:g} × ({weight}) − {rate:g} × ({slope}) = {after:g}",
        tolerance=1e-6,
    )


def fading_weight(seed: int) -> Exercise:
    """How long until a weight that nothing asks for is halved."""
    rng = np.random.default_rng(seed)
    rate, decay = float(rng.choice((0.001, 0.01, 0.1))), float(rng.choice((0.01, 0.1, 1.0)))
    steps = half_life(rate, decay)
    shown = [steps / 10, steps, 10 * steps, 100 * steps]
    choices = tuple(f"about {_rounded(shown[at]):,}" for at in rng.permutation(4))
    return Exercise(
        f"No image asks for a weight: its gradient is 0. The learning rate is {rate:g}, the weight "
        f"decay {decay:g}. After how many steps is half of the weight gone?",
        f"about {_rounded(steps):,}",
        "Each step multiplies it by 1 − rate × decay, and ln 2 is 0.69.",
        f"Each step takes {rate * decay:g} of it away: ln 2 / {rate * decay:g} is about "
        f"{_rounded(steps):,}.",
        choices=choices,
    )


def smoothed_target(seed: int) -> Exercise:
    """What the right class is to get."""
    rng = np.random.default_rng(seed)
    classes, smoothing = int(rng.choice((2, 4, 5, 10, 20))), float(rng.choice((0.1, 0.2, 0.3)))
    wanted = targets(classes, 0, smoothing)
    is_right = bool(rng.integers(2))
    which = "the right class" if is_right else "each wrong class"
    answer = round(float(wanted[0 if is_right else 1]), 6)
    share = f"{smoothing:g} / {classes}"
    return Exercise(
        f"There are {classes} classes, and a share of {smoothing:g} of every label is smoothed. "
        f"Which probability is {which} to get?",
        answer,
        "The share is dealt out to all classes alike, the right one too.",
        f"1 − {smoothing:g} + {share} = {answer:g}" if is_right else f"{share} = {answer:g}",
        tolerance=1e-6,
    )


def cheapest_answer(seed: int) -> Exercise:
    """Which of four answers has the least smoothed loss."""
    rng = np.random.default_rng(seed)
    smoothing = float(rng.choice((0.2, 0.4)))
    best = 1 - smoothing / 2
    shares = [best, 0.5, 0.999, round(best - 0.2, 2)]
    costs = [cross_entropy(np.log([p, 1 - p]), 0, smoothing).cost for p in shares]
    order = rng.permutation(4)
    listed = ", ".join(f"{shares[at]:g}: {costs[at]:.3f}" for at in order)
    return Exercise(
        f"Two classes, and labels smoothed by {smoothing:g}. Which probability of the right class "
        "has the smallest loss?",
        f"{shares[0]:g}",
        "The loss is least where the answer equals what the network was told.",
        f"It is told 1 − {smoothing:g} + {smoothing:g} / 2 = {best:g}. The losses are {listed}.",
        choices=tuple(f"{shares[at]:g}" for at in order),
    )


def read_range(seed: int) -> Exercise:
    """What a range test suggests."""
    rng = np.random.default_rng(seed)
    lowest = float(rng.choice((0.01, 0.02, 0.05, 0.1, 0.5, 1.0)))
    rates = [lowest * factor for factor in (0.001, 0.01, 0.1, 1.0, 3.0)]
    losses = [2.30, 2.29, 1.70, 0.90, 4.10]
    listed = ", ".join(f"{rate:g}: {loss:.2f}" for rate, loss in zip(rates, losses, strict=True))
    return Exercise(
        f"A range test has these smoothed losses, by learning rate: {listed}. Which rate does this "
        "page's rule suggest?",
        lowest / BACK,
        "Find the rate with the smallest loss, and step back from it.",
        f"The loss is smallest at {lowest:g}; {lowest:g} / {BACK:g} = {lowest / BACK:g}.",
        tolerance=1e-9,
    )


def questions_on(schedule: str, peak: float, epochs: int, batches: int) -> tuple[Maker, ...]:
    """All questions, the first on the schedule that the page shows."""
    shown = {"schedule": schedule, "peak": peak, "epochs": epochs, "batches": batches}
    return (
        partial(scheduled_rate, **shown),
        decayed_weight,
        smoothed_target,
        fading_weight,
        read_range,
        cheapest_answer,
    )


def _rounded(steps: float) -> int:
    """To one figure.

    >>> _rounded(692.8), _rounded(6931.1)
    (700, 7000)
    """
    return int(float(f"{steps:.1g}"))
