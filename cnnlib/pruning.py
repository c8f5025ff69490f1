"""Room in the run store: when it has grown beyond its limit, runs used longest ago go."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Container

from cnnlib.records import RunError
from cnnlib.runs import RunStore

SPARED_SECONDS = 3_600.0  # somebody may look at a run that was used so shortly ago
PAUSE_SECONDS = 600.0  # looking at thousands of runs takes seconds
LEAST_SHARE = 0.9  # of the limit is what is left, so that not every run has others removed
_log = logging.getLogger(__name__)


def prune(store: RunStore, most_bytes: float, kept: Container[str], now: float) -> list[str]:
    """Remove whole runs until the store is small enough again; their ids.

    A run was used when one of its files was written or touched last; `now` is that clock's time.
    Those in `kept`, and those used within `SPARED_SECONDS`, stay in any case. RunError if the store
    cannot be read.
    """
    usage = {run_id: store.usage(run_id) for run_id in store.run_ids()}
    total = sum(used.bytes for used in usage.values())
    gone: list[str] = []
    if total <= most_bytes:
        return gone
    for run_id, used in sorted(usage.items(), key=lambda item: item[1].used_at):
        if total <= LEAST_SHARE * most_bytes or now - used.used_at < SPARED_SECONDS:
            break
        if run_id not in kept:
            store.remove(run_id)
            total -= used.bytes
            gone.append(run_id)
    return gone


class Pruner:
    """Prunes a store in a thread of its own, now and then. `active` are the runs to be kept."""

    def __init__(
        self,
        store: RunStore,
        most_bytes: float,
        active: Callable[[], Container[str]],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._store, self._most_bytes, self._active = store, most_bytes, active
        self._clock, self._due_at = clock, clock()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Prune if it is time to, and return at once."""
        busy = self._thread is not None and self._thread.is_alive()
        if not busy and self._clock() >= self._due_at:
            self._due_at = self._clock() + PAUSE_SECONDS
            self._thread = threading.Thread(target=self._prune, name="cnn-pruning", daemon=True)
            self._thread.start()

    def _prune(self) -> None:
        try:
            gone = prune(self._store, self._most_bytes, self._active(), time.time())
        except RunError as error:
            _log.error("old runs cannot be removed: %s", error)
        else:
            if gone:
                _log.warning("runs removed to make room for new ones: %d", len(gone))
