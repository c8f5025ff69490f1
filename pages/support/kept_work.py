"""Work that takes a while: done once for everybody, kept, and its progress shown if it is slow."""

from __future__ import annotations

import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, get_native_id
from typing import Generic, TypeVar
from weakref import WeakSet

from streamlit.delta_generator import DeltaGenerator

QUIET_SECONDS = 0.3  # before a progress bar appears: what is there at once needs none
Result = TypeVar("Result")
Progress = Callable[[float], None]


class KeptWork(Generic[Result]):
    """Results by name, the `most` that were asked for last. Any thread may ask.

    Names for which `lasts` is true stay when all visitors have left: of results that take more of a
    processor's time than of its memory.

    >>> sums = KeptWork(most=2)
    >>> sums.known("1 + 1"), sums.get("1 + 1", lambda: 1 + 1), sums.known("1 + 1")
    (None, 2, 2)
    """

    def __init__(self, most: int, lasts: Callable[[str], bool] = lambda name: False) -> None:
        _all.add(self)
        self._most, self._lasts = most, lasts
        self._lock = Lock()
        self._places: OrderedDict[str, _Place[Result]] = OrderedDict()

    def known(self, name: str) -> Result | None:
        """What is kept by this name, without waiting; None if nothing is yet."""
        with self._lock:
            place = self._places.get(name)
        return place.result if place is not None else None

    def get(self, name: str, make: Callable[[], Result]) -> Result:
        """What is kept by this name, made first if need be; who comes meanwhile waits for it.

        If `make` raises, nothing is kept, and the next who asks tries again.
        """
        with self._lock:
            place = self._places.setdefault(name, _Place())
            self._places.move_to_end(name)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
        with place.lock:
            if place.result is None:
                place.result = make()
            return place.result

    def forget(self) -> None:
        """Keep only what lasts; who is waiting for something else still gets it."""
        with self._lock:
            for name in [name for name in self._places if not self._lasts(name)]:
                del self._places[name]


_all: WeakSet[KeptWork] = WeakSet()


def forget_all() -> None:
    """Have kept work forgotten unless it lasts; it is done again when somebody asks for it.

    >>> sums = KeptWork(most=2)
    >>> _ = sums.get("1 + 1", lambda: 1 + 1)
    >>> forget_all()
    >>> sums.known("1 + 1")
    """
    for kept in list(_all):
        kept.forget()


class _Place(Generic[Result]):
    def __init__(self) -> None:
        self.lock = Lock()
        self.result: Result | None = None


class Patience:
    """Says when work has taken so long that its progress should be shown."""

    def __init__(self, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._until = time.monotonic() + quiet_seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._until


def slow_bar(
    place: DeltaGenerator, words: str, *, quiet_seconds: float = QUIET_SECONDS
) -> Progress:
    """A function that draws a share from 0 to 1 as a progress bar in `place`, if it takes long."""
    patience = Patience(quiet_seconds)

    def show(share: float) -> None:
        if patience.is_over:
            place.progress(share, words)

    return show


def modest_thread(name: str) -> ThreadPoolExecutor:
    """A thread for work that nobody waits for: pages and visitors come before it."""
    return ThreadPoolExecutor(1, name, initializer=_be_modest)


def _be_modest() -> None:
    """Lower this thread's priority where the system counts it by threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 10)
