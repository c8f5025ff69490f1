"""Beside a training: says that the run is alive, looks at its orders, and holds it while paused."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from cnnlib.control import Control
from cnnlib.records import RunError
from cnnlib.runs import RunStore
from cnnlib.storage import Stamp
from cnnlib.training import Order

LOOK_SECONDS = 0.1  # an order takes effect within this and the batch under way
BEAT_SECONDS = 2.0
LEASE_SECONDS = 120.0  # a paused run keeps its worker waiting for so long after its last step
_log = logging.getLogger(__name__)


class Watch:
    """A context manager with a thread of its own; `ask` is what `training.train` asks.

    `on_pause` is called with True whenever the training begins to wait, and with False when it is
    not paused any more; both in the thread that trains. `attempt` and `starts` are those of the
    run's record: who takes the run over counts on, and it is no longer ours. At a later start steps
    that were granted before are not done again.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        attempt: int,
        on_pause: Callable[[bool], None],
        starts: int = 0,
    ):
        self._store, self._run_id, self._start = store, run_id, (attempt, starts)
        self._on_pause = on_pause
        self.superseded = False
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._control, self._stamp = Control(), None
        self._look()
        self._done_steps = self._control.steps if starts > 1 else 0
        self._held = False
        self._stepped = False  # the last batch was one that had been granted
        self._thread = threading.Thread(target=self._watch, name="run-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def ask(self, validating: bool = False) -> Order:
        """The order for the next batch; waits for it while the run is paused."""
        with self._changed:
            lease_ends = None
            while (order := self._order(validating)) is None:
                if lease_ends is None:
                    lease_ends = time.monotonic() + LEASE_SECONDS
                    self._held = True
                    self._on_pause(True)
                if time.monotonic() >= lease_ends:
                    return Order("parked")
                self._changed.wait(lease_ends - time.monotonic())
            if self._held and not order.ending and not self._control.paused:
                self._held = False
                self._on_pause(False)
            return order

    def _order(self, validating: bool) -> Order | None:
        """What to do now; None to wait."""
        now = self._control
        if now.stop or self.superseded:
            return Order("stopped")
        if not now.paused:
            self._stepped = False
            return Order(learning_rate=now.learning_rate)
        if validating and (self._stepped or self._done_steps < now.steps):
            return Order()  # what the last batch of an epoch brings with it, before the next one
        if not validating and self._done_steps < now.steps:
            self._done_steps += 1
            self._stepped = True
            kernel = (-1 if now.layer is None else now.layer, now.filter)
            return Order(learning_rate=now.learning_rate, kernel=kernel)
        return Order("parked") if now.park else None

    def _watch(self) -> None:
        beat_at = 0.0
        while not self._over.wait(LOOK_SECONDS):
            try:
                self._look()
                if time.monotonic() - beat_at > BEAT_SECONDS:
                    beat_at = time.monotonic()
                    self._beat()
            except RunError as error:
                _log.error("run %s: %s", self._run_id, error)

    def _look(self) -> None:
        stamp: Stamp | None = self._store.control_stamp(self._run_id)
        if stamp != self._stamp:
            self._stamp = stamp  # also if the orders cannot be read: until the next ones, the old
            control = self._store.control(self._run_id)
            with self._changed:
                self._control = control
                self._changed.notify_all()

    def _beat(self) -> None:
        self._store.beat(self._run_id)
        record = self._store.record(self._run_id)
        if (record.attempt, record.starts) != self._start:
            with self._changed:
                self.superseded = True
                self._changed.notify_all()
