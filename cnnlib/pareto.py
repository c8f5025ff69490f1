"""Which of several things are worth their price: those that none beats in both cost and value.

The set is named after V. Pareto; the definition is the usual one of multi-objective optimisation
(K. Deb, "Multi-Objective Optimization Using Evolutionary Algorithms", 2001, definition 2.5):
one dominates another if it is no worse in either, and better in at least one.
"""

from __future__ import annotations

from collections.abc import Sequence


def dominates(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether the first (cost, value) costs no more, is worth no less, and differs.

    >>> dominates((1, 0.9), (2, 0.9)), dominates((1, 0.9), (1, 0.9)), dominates((1, 0.8), (2, 0.9))
    (True, False, False)
    """
    return first[0] <= second[0] and first[1] >= second[1] and first != second


def pareto_front(costs: Sequence[float], values: Sequence[float]) -> tuple[int, ...]:
    """The places of those that no other dominates, the cheapest first.

    `costs` are better the smaller, `values` the larger; one of each for every thing, all finite
    (ValueError). Of several that are alike in both, all are on the front or none.

    >>> pareto_front([10, 20, 30, 15], [0.5, 0.7, 0.6, 0.7])
    (0, 3)
    """
    if len(costs) != len(values):
        raise ValueError(f"each needs a cost and a value; there are {len(costs)}, {len(values)}.")
    pairs = list(zip(costs, values, strict=True))
    if not all(abs(number) < float("inf") for pair in pairs for number in pair):
        raise ValueError("costs and values must be finite numbers.")
    front: list[int] = []
    # From the cheapest on, each has to be worth more than everything that costs less.
    for place in sorted(range(len(pairs)), key=lambda n: (pairs[n][0], -pairs[n][1], n)):
        last = pairs[front[-1]] if front else None
        if last is None or pairs[place][1] > last[1] or pairs[place] == last:
            front.append(place)
    return tuple(front)


def dominator(place: int, costs: Sequence[float], values: Sequence[float]) -> int | None:
    """Of those that dominate the one at `place`, the one worth most, then the cheapest; None on
    the front.

    >>> dominator(2, [10, 20, 30, 15], [0.5, 0.7, 0.6, 0.7])
    3
    """
    pairs = list(zip(costs, values, strict=True))
    above = [n for n, pair in enumerate(pairs) if dominates(pair, pairs[place])]
    return min(above, key=lambda n: (-pairs[n][1], pairs[n][0], n), default=None)
