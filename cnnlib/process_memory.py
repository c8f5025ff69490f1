"""How much memory this process takes, looked up often enough to be drawn and no more often."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import time

import psutil

PAUSE_SECONDS = 0.1  # between two looks: one takes some ten microseconds, a small batch a thousand


def give_back() -> None:
    """Give memory that is free in this process back to the system, where it can be (with glibc).

    What a training or a visit has freed lies between what is still in use, and is kept for the
    process otherwise. Takes some ten milliseconds.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):  # a system with another C library
        ctypes.CDLL(None).malloc_trim(0)


class ProcessMemory:
    """The memory of this process as the system counts it (resident set size), libraries included.

    >>> 1e6 < ProcessMemory().bytes() < 1e12
    True
    """

    def __init__(self) -> None:
        self._process = psutil.Process(os.getpid())
        self._seen, self._due = 0.0, 0.0

    def bytes(self) -> float:
        """Bytes at the last look, which was at most `PAUSE_SECONDS` ago."""
        now = time.monotonic()
        if now >= self._due:
            self._seen = float(self._process.memory_info().rss)
            self._due = now + PAUSE_SECONDS
        return self._seen
