"""When a worker that has nothing to do is replaced, or ended."""

from __future__ import annotations

from collections.abc import Callable

SHORT_SECONDS = 30.0  # before a worker is replaced, as the next visitor would have to wait for it
LONG_SECONDS = 120.0  # a fresh worker takes 60 MB less than one that has trained


class Idleness:
    """How long workers have been idle, and how many runs they have had since they were fresh.

    Workers that are `ours`, on this machine, end after `rest_seconds` without work, or never if
    that is 0. After `most_runs` any are replaced as soon as nobody seems to come.

    >>> now = [0.0]
    >>> idleness = Idleness(ours=True, rest_seconds=0.0, most_runs=20, clock=lambda: now[0])
    >>> idleness.note_run()
    >>> now[0] = LONG_SECONDS + 1
    >>> idleness.is_time_to_replace
    True
    >>> idleness.note_fresh()
    >>> idleness.is_time_to_replace
    False
    """

    def __init__(
        self, *, ours: bool, rest_seconds: float, most_runs: int, clock: Callable[[], float]
    ):
        self.most_runs = most_runs
        self.rest_seconds = rest_seconds if ours else 0.0
        self._ours, self._clock = ours, clock
        self._runs, self._busy_at = 0, clock()

    def note_work(self) -> None:
        """There is something to do."""
        self._busy_at = self._clock()

    def note_run(self) -> None:
        """A run has ended."""
        self._runs += 1

    def note_fresh(self) -> None:
        """Workers were replaced or ended."""
        self._runs = 0

    @property
    def seconds(self) -> float:
        """Since there was something to do."""
        return self._clock() - self._busy_at

    @property
    def is_time_to_rest(self) -> bool:
        """Whether our workers are to end."""
        return self.rest_seconds > 0 and self.seconds > self.rest_seconds

    @property
    def is_time_to_replace(self) -> bool:
        """After many runs soon; our own, unless they end when idle, after any run in the end."""
        if self._runs >= self.most_runs and self.seconds > SHORT_SECONDS:
            return True
        stay = self._ours and not self.rest_seconds
        return self._runs > 0 and stay and self.seconds > LONG_SECONDS
