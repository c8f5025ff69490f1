"""Exercises of the optimizer page: costs, steps, and which of them lead away."""

from __future__ import annotations

import numpy as np

from cnnlib.descent import SGD, Adam
from cnnlib.exercises import Exercise, Maker
from cnnlib.losses import cross_entropy


def mean_square(seed: int) -> Exercise:
    """The cost of a few errors."""
    errors = np.random.default_rng(seed).integers(-4, 5, 4)
    total = int(np.sum(errors**2))
    squares = " + ".join(f"({error})²" for error in errors)
    return Exercise(
        f"A line misses four points by {', '.join(map(str, errors))}. What is the mean of the "
        "squared errors?",
        total / 4,
        "Square each error, add the squares, divide by how many there are.",
        f"({squares}) / 4 = {total} / 4 = {total / 4:g}",
    )


def plain_step(seed: int) -> Exercise:
    """A weight after one step of gradient descent."""
    rng = np.random.default_rng(seed)
    weight, slope = int(rng.integers(-3, 6)), int(rng.choice((-8, -5, -4, -2, 2, 3, 4, 6)))
    rate = float(rng.choice((0.05, 0.1, 0.2, 0.5)))
    after = _stepped(SGD(rate), weight, [slope])
    return Exercise(
        f"A weight is {weight}, the cost's slope with it is {slope}, the learning rate {rate:g}. "
        "What is the weight after one step of gradient descent?",
        after,
        "Go against the slope: subtract the learning rate times the slope.",
        f"{weight} − {rate:g} × ({slope}) = {after:g}",
        tolerance=1e-6,
    )


def momentum_step(seed: int) -> Exercise:
    """A weight after two steps with momentum."""
    rng = np.random.default_rng(seed)
    weight, slopes = int(rng.integers(-2, 4)), [int(n) for n in rng.choice((-4, -2, 2, 3, 5), 2)]
    rate, keep = 0.1, float(rng.choice((0.5, 0.9)))
    after = _stepped(SGD(rate, keep), weight, slopes)
    first = -rate * slopes[0]
    second = keep * first - rate * slopes[1]
    return Exercise(
        f"A weight is {weight} and its velocity 0. The learning rate is {rate:g}, the momentum "
        f"{keep:g}. The slope is {slopes[0]} at the first step and {slopes[1]} at the second. What "
        "is the weight after both?",
        after,
        "Velocity = momentum × velocity − learning rate × slope; then add it to the weight. Twice.",
        f"v = {_plain(first)}, then {keep:g} × ({_plain(first)}) − {rate:g} × ({slopes[1]}) = "
        f"{_plain(second)}; {weight} + ({_plain(first)}) + ({_plain(second)}) = {after:g}",
        tolerance=1e-6,
    )


def diverging_rate(seed: int) -> Exercise:
    """Which learning rate is too large for a curvature."""
    rng = np.random.default_rng(seed)
    curvature = float(rng.choice((0.5, 1, 2, 4, 5, 8, 10, 20, 40)))
    limit = 2 / curvature
    rates = [limit * share for share in (0.1, 0.5, 0.9, float(rng.choice((1.1, 1.2, 1.5))))]
    choices = tuple(_plain(rates[at]) for at in rng.permutation(4))
    return Exercise(
        f"The cost is {_plain(curvature / 2)} w², a bowl of curvature {_plain(curvature)}. With "
        "which learning rate does gradient descent diverge?",
        _plain(rates[3]),
        "One step multiplies w by 1 − learning rate × curvature. When is that more than 1 in size?",
        f"Beyond 2 / {_plain(curvature)} = {_plain(limit)}. With {_plain(rates[3])} each step "
        f"multiplies w by 1 − {_plain(rates[3])} × {_plain(curvature)} = "
        f"{_plain(1 - rates[3] * curvature)}.",
        choices=choices,
    )


def entropy_of_share(seed: int) -> Exercise:
    """The cross-entropy of one answer."""
    share = float(np.random.default_rng(seed).choice((0.9, 0.8, 0.5, 0.25, 0.2, 0.1, 0.05, 0.01)))
    cost = cross_entropy(np.log([share, 1 - share]), 0).cost
    return Exercise(
        f"A network gives the right class a probability of {share:g}. What is the cross-entropy, "
        "to two decimals?",
        round(cost, 2),
        "Minus the natural logarithm of that probability.",
        f"−ln {share:g} = {cost:.4f}",
        tolerance=0.006,
    )


def first_adam_step(seed: int) -> Exercise:
    """How far Adam's first step goes: the learning rate, whatever the gradient is."""
    rng = np.random.default_rng(seed)
    slope, rate = int(rng.choice((2, 7, 30, 250, 4_000))), float(rng.choice((0.001, 0.01, 0.1)))
    moved = round(-_stepped(Adam(rate), 0, [slope]), 6)
    return Exercise(
        f"Adam has just been started with a learning rate of {rate:g}. A weight's gradient is "
        f"{slope}. By how much does the first step lower the weight, to four decimals?",
        moved,
        "What is the gradient divided by the root of its own square?",
        "Corrected for the start, the mean is the gradient itself and the root of the mean square "
        f"is its size: {rate:g} × {slope} / √({slope}²) = {moved:g}. With plain gradient descent "
        f"it would be {rate * slope:g}.",
        tolerance=1e-4 * rate,
    )


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "optimizer": (
        mean_square,
        plain_step,
        diverging_rate,
        momentum_step,
        entropy_of_share,
        first_adam_step,
    ),
}


def _stepped(rule: SGD | Adam, weight: float, slopes: list[int]) -> float:
    """The weight after a step with each slope, without what float32 settings add in the tail."""
    weights = np.array([weight], np.float64)
    state = rule.start(weights)
    for slope in slopes:
        weights, state = rule.step(weights, np.array([slope], np.float64), state)
    return round(float(weights[0]), 6)


def _plain(number: float) -> str:
    """Up to four figures, without noise in the tail.

    >>> _plain(0.30000000000000004), _plain(-1.0)
    ('0.3', '-1')
    """
    return f"{number:.4g}"
