"""How much of a training is worth keeping: a few batches a second, and weights now and then."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from cnnlib.events import BatchEvent

EVENT_SECONDS = 0.25
MOST_BATCHES = 400  # of one epoch on disk
LIVE_AFTER = 5.0  # seconds of one epoch, before its weights so far are kept too
LIVE_SECONDS = 3.0  # between two such snapshots
LIVE_SHARE = 50  # and so many times what the last one took, so that they cost 2 % at most


class SnapshotPace:
    """When the weights within a long epoch are to be kept."""

    def __init__(self) -> None:
        self.is_wanted = False
        self.begin_epoch()

    def begin_epoch(self) -> None:
        self._due_at = time.monotonic() + LIVE_AFTER

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due_at

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Around the keeping: the longer it takes, the longer until the next."""
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self._due_at = ended + max(LIVE_SECONDS, LIVE_SHARE * (ended - began))
        self.is_wanted = False


class Batches:
    """The batches of the current epoch that are worth keeping: a few a second, and the last.

    Without a pause between two of them it is all, until there are `MOST_BATCHES`.
    """

    def __init__(self, pause: float = EVENT_SECONDS) -> None:
        self.last: BatchEvent | None = None
        self.kept: list[BatchEvent] = []
        self._pause = self._first_pause = pause
        self._kept_at = self._sent_at = -1e9

    def put(self, batches: list[BatchEvent]) -> None:
        """Begin with what has been kept of the epoch already."""
        self.kept, self.last = batches, batches[-1] if batches else None

    def show_next(self) -> None:
        """Keep and report the next batch, whenever it comes."""
        self._kept_at = self._sent_at = -1e9

    def add(self, event: BatchEvent) -> bool:
        """Take a batch; whether it is time to report one."""
        self.last = event
        now = time.monotonic()
        if now - self._kept_at >= self._pause:
            self._kept_at = now
            self.kept.append(event)
        if len(self.kept) > MOST_BATCHES:
            self.kept = self.kept[::2]
            self._pause = 2 * max(self._pause, EVENT_SECONDS)
        due = now - self._sent_at >= EVENT_SECONDS
        if due:
            self._sent_at = now
        return due

    def so_far(self) -> tuple[BatchEvent, ...]:
        """The kept batches of the epoch, and its last one."""
        if self.last is None or (self.kept and self.kept[-1] == self.last):
            return tuple(self.kept)
        return (*self.kept, self.last)

    def take(self) -> tuple[BatchEvent, ...]:
        """The kept batches of the epoch that has ended."""
        batches = self.so_far()
        self.kept, self.last, self._pause = [], None, self._first_pause
        return batches
