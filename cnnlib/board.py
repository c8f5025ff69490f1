"""All runs on one data set, compared by what they cost and how often they are right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnnlib.pareto import dominator, pareto_front
from cnnlib.summaries import RunSummary

COSTS = {"parameters": "Parameters", "multiply_adds": "Multiply-adds", "seconds": "Seconds"}


@dataclass(frozen=True)
class Dot:
    """One network on the board.

    `name` identifies it, `title` and `words` are for people: what it is called and made of. Costs
    are above 0, or None where one is not known. `accuracy` is from 0 to 1: in validation the best
    of all epochs, or `tested` on test images.
    """

    name: str
    title: str
    words: str
    parameters: int
    multiply_adds: int
    seconds: float | None
    accuracy: float
    tested: bool = False

    def cost(self, axis: str) -> float | None:
        """One of `COSTS`."""
        return getattr(self, axis)


@dataclass(frozen=True)
class Board:
    """The dots whose cost on an axis is known, and which of them are on the Pareto front.

    `front` are places in `dots`, the cheapest first. What was tested on other images than the rest
    stands there to look at, and neither is on the front nor beats anything.
    """

    axis: str
    dots: tuple[Dot, ...]
    front: tuple[int, ...]

    def beaten_by(self, place: int) -> Dot | None:
        """The best of those that cost no more and are right no less often; None on the front."""
        rivals = [dot for dot in self.dots if not dot.tested]
        if self.dots[place].tested:
            return None
        found = dominator(rivals.index(self.dots[place]), *_pairs(self.axis, rivals))
        return None if found is None else rivals[found]


def dot_of(summary: RunSummary, title: str, words: str) -> Dot | None:
    """A run's dot; None before its first epoch, and of one whose accuracy is no number."""
    best = summary.best_accuracy
    if best is None or not math.isfinite(best):
        return None
    return Dot(
        summary.run_id,
        title,
        words,
        summary.parameters,
        summary.multiply_adds,
        summary.seconds if summary.seconds > 0 else None,
        best,
    )


def board_of(dots: Sequence[Dot], axis: str) -> Board:
    """The dots on one of `COSTS`; ValueError for another."""
    if axis not in COSTS:
        raise ValueError(f"costs are {', '.join(COSTS)}; there is no {axis!r:.40}.")
    known = tuple(dot for dot in dots if dot.cost(axis) is not None)
    rivals = [place for place, dot in enumerate(known) if not dot.tested]
    front = pareto_front(*_pairs(axis, [known[place] for place in rivals]))
    return Board(axis, known, tuple(rivals[place] for place in front))


def _pairs(axis: str, dots: Sequence[Dot]) -> tuple[list[float], list[float]]:
    return [dot.cost(axis) for dot in dots], [dot.accuracy for dot in dots]
