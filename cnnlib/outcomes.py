"""What came out of two runs that differ in one thing, and whether it may have been chance."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """Two accuracies on as many held-back images each, all from 0 to 1.

    `gain`: how much higher the second is; `chance`: how large a difference has to be to mean more
    than which images happened to be held back.
    """

    first: float
    second: float
    gain: float
    chance: float

    @property
    def is_tie(self) -> bool:
        return abs(self.gain) < self.chance


def outcome(first: float, second: float, images: int) -> Outcome:
    """Compare accuracies on `images` images, 1 or more (ValueError).

    The threshold is two standard errors of a difference of independent proportions. The same images
    are asked of both runs, which only makes it more careful; that another seed gives other weights
    is not in it.

    >>> found = outcome(0.5, 0.54, 1_000)
    >>> round(found.gain, 3), round(found.chance, 3), found.is_tie
    (0.04, 0.045, True)
    """
    if images < 1:
        raise ValueError(f"accuracies are of 1 image or more; here of {images}.")
    variance = (first * (1 - first) + second * (1 - second)) / images
    return Outcome(first, second, second - first, 2 * math.sqrt(variance))
