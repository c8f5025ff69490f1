"""What workers have reported of their runs and is not on disk yet: the live end of each curve."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping

from cnnlib.events import BatchEvent, CurveEvent, RateEvent
from cnnlib.records import EpochRecord
from cnnlib.runs import RunStatus
from cnnlib.spec import RunSpec

TOPIC = "cnn-runs"  # what workers report under
Event = CurveEvent
MOST_EVENTS = 4_000
MOST_RUNS = 64
PACE_EVENTS = 40


class Feed:
    """Live events by run, in order, bounded. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: OrderedDict[str, list[Event]] = OrderedDict()

    def add(self, run_id: str, event: Event) -> None:
        """Append an event; what a run reports again after a restart replaces what it said."""
        with self._lock:
            events = self._runs.setdefault(run_id, [])
            self._runs.move_to_end(run_id)
            while events and _place(events[-1]) >= _place(event):
                events.pop()
            events.append(event)
            if len(events) > MOST_EVENTS:
                events[:] = _thinned(events)
            while len(self._runs) > MOST_RUNS:
                self._runs.popitem(last=False)

    def rewind(self, run_id: str, epoch: int, batch: int = 0) -> None:
        """Drop what came after `epoch`, and `batch` of the next: the run goes on from there."""
        with self._lock:
            events = self._runs.get(run_id, [])
            while events and _place(events[-1]) > (epoch + 1, batch):
                events.pop()

    def events(self, run_id: str) -> tuple[Event, ...]:
        with self._lock:
            return tuple(self._runs.get(run_id, ()))

    def forget(self, run_id: str) -> None:
        with self._lock:
            self._runs.pop(run_id, None)


def merged(records: Mapping[int, EpochRecord], live: tuple[Event, ...]) -> tuple[Event, ...]:
    """The whole curve in order: epochs on disk, then live events of the epochs after them."""
    events: list[Event] = []
    for record in records.values():
        events += sorted([*record.changes, *record.batches], key=_place)
        if record.epoch is not None:
            events.append(record.epoch)
    last = (max(records, default=0), math.inf)
    if events and records[last[0]].partial:  # an epoch that goes on, or was cut short
        last = _place(events[-1])
    events += [event for event in live if _place(event) > last]
    return tuple(events)


def _place(event: Event) -> tuple[int, float]:
    match event:
        case BatchEvent():
            return event.epoch, event.batch
        case RateEvent():
            return event.epoch, event.batch - 0.5  # it comes before the first batch with it
    return event.epoch, math.inf


def _thinned(events: list[Event]) -> list[Event]:
    """Every second batch of the older half left out; epochs and changes stay."""
    half = len(events) // 2
    old = [e for i, e in enumerate(events[:half]) if i % 2 == 0 or not isinstance(e, BatchEvent)]
    return old + events[half:]


def running_status(spec: RunSpec, events: tuple[Event, ...], message: str = "") -> RunStatus:
    """Where a run stands by its events: its epoch, its pace, and how long it will take yet.

    The pace is that of the last `PACE_EVENTS` batches, validation and saving between them included.
    """
    epochs = spec.training.epochs
    events = tuple(event for event in events if not isinstance(event, RateEvent))
    if not events:
        return RunStatus("running", message, epoch=1, epochs=epochs)
    batches = [event for event in events[-2 * PACE_EVENTS :] if isinstance(event, BatchEvent)]
    last = events[-1]
    done = float(last.epoch)
    if isinstance(last, BatchEvent):
        done += last.batch / last.batches - 1
    seconds_left = None
    if len(batches) > 1:
        first, latest = batches[-PACE_EVENTS:][0], batches[-1]
        gained = _epochs_done(latest) - _epochs_done(first)
        seconds_left = (latest.seconds - first.seconds) / gained * (epochs - done)
    return RunStatus(
        "running",
        message,
        epoch=last.epoch,
        epochs=epochs,
        progress=done / epochs,
        seconds_left=seconds_left,
        images_per_second=batches[-1].images_per_second if batches else None,
    )


def _epochs_done(event: BatchEvent) -> float:
    return event.epoch - 1 + event.batch / event.batches
