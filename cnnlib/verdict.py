"""How sure a network is, in words and numbers, and what that cannot mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SURE = 0.9  # of the top answer: said as it is
PROBABLE = 0.5  # less, and most of the answer speaks against it
CLEAR = 0.2  # of the margin: with less, the runner-up might as well be it
NONE = "none of these"


class VerdictError(ValueError):
    """Probabilities that cannot be put into words; the message says what was received."""


@dataclass(frozen=True)
class Verdict:
    """What a network answers and how sure it is.

    Attributes:
        best: the index of the most likely class.
        second: the index of the runner-up.
        probability: of the best class, 0 to 1.
        margin: how much likelier the best is than the runner-up, 0 to 1.
        entropy: of all probabilities, in bits: 0 if one class has everything, log2(classes) if all
            have the same.
        level: "sure", "probably", "not sure" or "none of these".
        headline: the best class's name, with a question mark when not sure, or "none of these".
        sentence: all of that for a reader, in Markdown.
    """

    best: int
    second: int
    probability: float
    margin: float
    entropy: float
    level: str
    headline: str
    sentence: str


def verdict(probabilities: np.ndarray, classes: Sequence[str], none_below: float = 0.0) -> Verdict:
    """Put a network's answer into words.

    Args:
        probabilities: (classes,) numbers in [0, 1] that add up to 1, as softmax gives them.
        classes: the name of each.
        none_below: with less than this for the best class, the answer is that it is none of them
            (see `cnnlib.unknown`); 0 for a network that never says so.

    Raises:
        VerdictError: another shape, fewer than two classes, or numbers that are no probabilities.

    >>> verdict(np.array([0.02, 0.95, 0.03]), ["cat", "dog", "frog"]).sentence
    'Sure: **dog**, with 95.0 %.'
    """
    shares = _checked(probabilities, classes)
    second, best = (int(index) for index in np.argsort(shares, kind="stable")[-2:])
    probability, margin = float(shares[best]), float(shares[best] - shares[second])
    level = NONE if probability < none_below else _level(probability, margin)
    return Verdict(
        best,
        second,
        probability,
        margin,
        entropy_bits(shares),
        level,
        _headline(level, classes[best]),
        _sentence(level, classes[best], classes[second], probability, float(shares[second])),
    )


def entropy_bits(probabilities: np.ndarray) -> float:
    """Shannon's entropy of (classes,) probabilities, in bits (Bell System Technical Journal, 1948).

    >>> entropy_bits(np.full(8, 1 / 8))
    3.0
    >>> entropy_bits(np.array([1.0, 0.0]))
    0.0
    """
    shares = np.asarray(probabilities, dtype=np.float64)
    positive = shares[shares > 0]
    return abs(float(-(positive * np.log2(positive)).sum()))


def percent(share: float) -> str:
    """A share of 1 for reading, never rounded up to certainty or down to impossibility.

    >>> percent(0.4567), percent(0.99997), percent(1e-6), percent(0.0), percent(1.0)
    ('45.7 %', '> 99.9 %', '< 0.1 %', '0 %', '100 %')
    """
    if not math.isfinite(share):
        return "no number"
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    if share < 0.0005:
        return "< 0.1 %"
    if share >= 0.9995:
        return "> 99.9 %"
    return f"{share * 100:.1f} %"


def _checked(probabilities: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    shares = np.asarray(probabilities, dtype=np.float64)
    if shares.shape != (len(classes),) or len(classes) < 2:
        raise VerdictError(
            f"A verdict needs one probability for each of two or more classes; these are of shape "
            f"{shares.shape} for {len(classes)} classes."
        )
    if not np.isfinite(shares).all():
        raise VerdictError(
            "This network answers with something that is no number: its weights grew beyond all "
            "bounds while it was trained. Train it again with a lower learning rate."
        )
    if shares.min() < -1e-6 or abs(shares.sum() - 1) > 1e-3:
        raise VerdictError(
            f"Probabilities are never negative and add up to 1; these go down to "
            f"{shares.min():.3g} and add up to {shares.sum():.3g}."
        )
    return shares


def _level(probability: float, margin: float) -> str:
    if probability >= SURE:
        return "sure"
    return "probably" if probability >= PROBABLE and margin >= CLEAR else "not sure"


def _headline(level: str, best: str) -> str:
    if level == NONE:
        return NONE
    return f"{best}?" if level == "not sure" else best


def _sentence(level: str, best: str, second: str, first: float, runner_up: float) -> str:
    if level == "sure":
        return f"Sure: **{best}**, with {_spoken(first)}."
    if level == "probably":
        return f"Probably **{best}**, with {_spoken(first)}; {second} has {_spoken(runner_up)}."
    if level == NONE:
        return (
            f"None of these, it seems: even the likeliest, **{best}**, has only {_spoken(first)}."
        )
    return (
        f"Not sure: **{best}** comes first with {_spoken(first)}, but {second} has "
        f"{_spoken(runner_up)}."
    )


def _spoken(share: float) -> str:
    return percent(share).replace("> ", "more than ").replace("< ", "less than ")
