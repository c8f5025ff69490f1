"""How much a visitor may put on the disk in an hour, and how much room must be left on it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from cnnlib.records import RunError
from cnnlib.spec import LIMITS, Limits

HOUR = 3600.0  # seconds


class Quota:
    """Counts what each visitor has brought in the last hour; safe to use from several threads.

    A visitor is any text that tells one from another, a network address say. `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._brought: dict[str, deque[tuple[float, int]]] = {}

    def take(self, visitor: str, size: int, limits: Limits = LIMITS) -> None:
        """Count one more run of `size` bytes; RunError, and nothing is counted, if it is too much.

        >>> quota = Quota()
        >>> quota.take("somebody", 1_000)
        >>> quota.take("somebody", 1_000, Limits(imports=1))
        Traceback (most recent call last):
        cnnlib.records.RunError: in an hour 1 run can be brought back; try again in 60 minutes.
        """
        with self._lock:
            now = self._clock()
            self._forget(now - HOUR)
            mine = self._brought.get(visitor, deque())
            if len(mine) >= limits.imports:
                raise RunError(
                    f"in an hour {_runs(limits.imports)} can be brought back; "
                    f"{_wait(mine[0][0], now)}."
                )
            taken = sum(bytes_ for _, bytes_ in mine)
            if taken + size > limits.import_bytes:
                raise RunError(
                    f"in an hour {limits.import_bytes:,} bytes of runs can be brought back; "
                    f"{taken:,} have been, and this one has {size:,}. "
                    + (f"{_wait(mine[0][0], now).capitalize()}." if mine else "It is too large.")
                )
            mine.append((now, size))
            self._brought[visitor] = mine

    def _forget(self, before: float) -> None:
        """Drop what was brought longer ago, and with it who has brought nothing since."""
        for visitor, brought in list(self._brought.items()):
            while brought and brought[0][0] <= before:
                brought.popleft()
            if not brought:
                del self._brought[visitor]


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _wait(first: float, now: float) -> str:
    minutes = max(1, round((first + HOUR - now) / 60))
    return f"try again in {'a minute' if minutes == 1 else f'{minutes} minutes'}"
