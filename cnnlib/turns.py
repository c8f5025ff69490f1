"""Whose run is next, and when: visitors take turns, each with one run at a time.

A visitor stands in the line once, however many runs wait, and stands at its end again when a run
has come to its end. So nobody waits for more than one run of everybody else's between two of their
own, and whoever comes new waits for one run of each that stands there.
"""

from __future__ import annotations

import heapq
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

REMEMBERED = 9  # runs whose times are compared with what was forecast
LEAST_COMPARED = 3.0  # seconds of a run, below which its start and its end weigh too much
MOST_FACTOR = 4.0
USUAL_SECONDS = 60.0  # of a run of which nothing is known, so that there is an order at all


@dataclass(frozen=True)
class Turn:
    """A run, whose it is, and how many seconds it will take (yet); None if that is not known."""

    run_id: str
    visitor: str
    seconds: float | None


@dataclass(frozen=True)
class Start:
    """A run's place among those that wait, 1 being next, and the seconds until it starts."""

    position: int
    seconds: float | None


def starts(busy: Sequence[Turn], waiting: Sequence[Turn], slots: int) -> dict[str, Start]:
    """When each of the waiting runs will start, if nobody comes or goes meanwhile.

    `busy` are the runs at work, `slots` of which there can be. `waiting` are in the order in which
    their visitors stand in the line, and each visitor's in the order they are to be trained.

    >>> busy = [Turn("a1", "a", 10.0)]
    >>> waiting = [Turn("a2", "a", 10.0), Turn("b1", "b", 5.0), Turn("b2", "b", 5.0)]
    >>> {run: start.seconds for run, start in starts(busy, waiting, 1).items()}
    {'b1': 10.0, 'a2': 15.0, 'b2': 25.0}
    """
    theirs: dict[str, deque[Turn]] = {}
    for turn in waiting:
        theirs.setdefault(turn.visitor, deque()).append(turn)
    at_work = {turn.visitor for turn in busy}
    line = deque(visitor for visitor in theirs if visitor not in at_work)
    numbers = count()
    ends = [(_length(turn), next(numbers), turn) for turn in busy]
    heapq.heapify(ends)
    now, known, found = 0.0, True, {}
    while len(found) < len(waiting):
        if line and len(ends) < max(1, slots):
            turn = theirs[line.popleft()].popleft()
            found[turn.run_id] = Start(len(found) + 1, now if known else None)
            heapq.heappush(ends, (now + _length(turn), next(numbers), turn))
            continue
        now, _, ended = heapq.heappop(ends)
        known = known and ended.seconds is not None
        if theirs.get(ended.visitor) and ended.visitor not in line:
            line.append(ended.visitor)
    return found


def _length(turn: Turn) -> float:
    return USUAL_SECONDS if turn.seconds is None else max(0.0, turn.seconds)


class Experience:
    """How long runs took against their forecasts: other work on the machine, and other things that
    a forecast cannot know, make all of them longer."""

    def __init__(self) -> None:
        self._ratios: deque[float] = deque(maxlen=REMEMBERED)

    def add(self, forecast: float, seconds: float) -> None:
        """Take note of a run that trained for all of its epochs."""
        if forecast > 0 and seconds >= LEAST_COMPARED:
            self._ratios.append(min(max(seconds / forecast, 1 / MOST_FACTOR), MOST_FACTOR))

    @property
    def factor(self) -> float:
        """What forecasts are to be multiplied by: the median of the last few, 1 before any.

        >>> seen = Experience()
        >>> for seconds in (12.0, 11.0, 30.0):
        ...     seen.add(10.0, seconds)
        >>> seen.factor
        1.2
        """
        return statistics.median(self._ratios) if self._ratios else 1.0
