"""One start of one run in a worker: trains it, keeps it in the run store, and reports it live."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from cnnlib import datasets
from cnnlib.records import EpochRecord, Record, RunError, event_to_dict
from cnnlib.runs import RunStore
from cnnlib.spec import RunSpec, SpecError
from cnnlib.training import BatchEvent, DoneEvent, EpochEvent, SnapshotEvent, train

EVENT_SECONDS = 0.25
BEAT_SECONDS = 2.0
MOST_BATCHES = 400  # of one epoch on disk
MOST_STARTS = 3  # of one run, each but the first because its worker died

Send = Callable[[dict[str, Any]], None]
_log = logging.getLogger(__name__)


def train_and_record(store: RunStore, run_id: str, attempt: int, send: Send) -> tuple[str, str]:
    """Train a run from its last whole epoch on; its last state and message, also written there.

    `attempt` is the submission this belongs to: a later one takes the run away from it. `send` is
    given small dicts: that the run has started, and its events, a few a second.
    """
    recording = _Recording(store, run_id, attempt, send)
    try:
        state, message = recording.run()
    except _SupersededError:
        return "interrupted", "This run was resumed elsewhere."
    except Exception as error:
        state, message = "failed", _sentence(error)
        _log.info("run %s failed", run_id, exc_info=error)
    recording.finish(state, message)
    return state, message


class _SupersededError(Exception):
    """Somebody has resumed this run elsewhere, so its folder is no longer ours to write in."""


class _Recording:
    """One start of one run in this process."""

    def __init__(self, store: RunStore, run_id: str, attempt: int, send: Send):
        self.store, self.run_id, self.attempt, self.send = store, run_id, attempt, send
        self.batches = _Batches()
        self.snapshot: SnapshotEvent | None = None
        self.seconds_before = 0.0
        self.done: DoneEvent | None = None

    def run(self) -> tuple[str, str]:
        record = self.store.record(self.run_id)
        if record.attempt != self.attempt or record.state not in ("queued", "running"):
            return record.state, record.message
        if record.starts >= MOST_STARTS:
            return "failed", (
                f"The training process was killed {record.starts} times while it trained this "
                "network, so it was given up. Try a smaller network or a smaller batch."
            )
        spec = self.store.spec(self.run_id)
        resume = self.store.resume_point(self.run_id)
        self._start(record, resume[0] if resume else 0)
        with _Watch(self.store, self.run_id, self.attempt) as watch:
            dataset = datasets.load(spec.training.dataset, full=spec.training.source == "full")
            for event in train(spec, dataset, should_stop=watch.stopped.is_set, resume=resume):
                if watch.superseded.is_set():
                    raise _SupersededError
                self._handle(event)
        return self._outcome(spec)

    def finish(self, state: str, message: str) -> None:
        """Write how it ended; where that fails, the caller still has it from the return value."""
        try:
            if self.store.record(self.run_id).attempt == self.attempt:
                self.store.update(self.run_id, state=state, message=message)
        except RunError as error:
            _log.error("run %s: %s", self.run_id, error)
        self.send({"kind": "finished"})

    def _start(self, record: Record, epoch: int) -> None:
        message = ""
        if record.starts:
            how = f"went on from the end of epoch {epoch}" if epoch else "began anew"
            message = f"The training process died and was started again; the run {how}."
        elif self.attempt > 1 and epoch:
            message = f"Resumed from the end of epoch {epoch}."
        self.store.update(self.run_id, state="running", message=message, starts=record.starts + 1)
        history = self.store.history(self.run_id)
        self.seconds_before = history.epochs[-1].seconds if history.epochs else 0.0
        self.send({"kind": "started", "epoch": epoch, "message": message})

    def _handle(self, event: Any) -> None:
        match event:
            case BatchEvent():
                event = self._shifted(event)
                if self.batches.add(event):
                    self.send({"kind": "batch", "event": event_to_dict(event)})
            case SnapshotEvent():
                self.snapshot = event
                if event.epoch == 0:
                    self._save(EpochRecord())
            case EpochEvent():
                event = self._shifted(event)
                self._save(EpochRecord(self.batches.take(), event))
                self.send({"kind": "epoch", "event": event_to_dict(event)})
            case DoneEvent():
                self.done = event

    def _shifted(self, event: Any) -> Any:
        """Time goes on where the history on disk ends, though the process is a new one."""
        return dataclasses.replace(event, seconds=event.seconds + self.seconds_before)

    def _save(self, record: EpochRecord) -> None:
        snapshot, self.snapshot = self.snapshot, None
        # Training goes on from whole epochs only: a half one's order of images is not in a state.
        state = None if record.partial else snapshot.state
        self.store.save_epoch(self.run_id, snapshot.epoch, snapshot.weights, record, state)

    def _outcome(self, spec: RunSpec) -> tuple[str, str]:
        if not self.done.stopped:
            return "done", self.store.record(self.run_id).message
        if self.snapshot is not None:
            last = self.batches.last
            self._save(EpochRecord(self.batches.take(), partial=True))
            where = f"after {last.batch} of {last.batches} batches of epoch {last.epoch}"
        elif self.done.epochs:
            where = f"after epoch {self.done.epochs} of {spec.training.epochs}"
        else:
            return "stopped", "Stopped before it had learned anything."
        return "stopped", f"Stopped {where}; what it had learned by then is kept."


class _Batches:
    """The batches of the current epoch that are worth keeping: a few a second, and the last."""

    def __init__(self) -> None:
        self.last: BatchEvent | None = None
        self._kept: list[BatchEvent] = []
        self._pause = EVENT_SECONDS
        self._kept_at = self._sent_at = -1e9

    def add(self, event: BatchEvent) -> bool:
        """Take a batch; whether it is time to report one."""
        self.last = event
        now = time.monotonic()
        if now - self._kept_at >= self._pause:
            self._kept_at = now
            self._kept.append(event)
        if len(self._kept) > MOST_BATCHES:
            self._kept = self._kept[::2]
            self._pause *= 2
        due = now - self._sent_at >= EVENT_SECONDS
        if due:
            self._sent_at = now
        return due

    def take(self) -> tuple[BatchEvent, ...]:
        """The kept batches of the epoch that has ended."""
        if self.last is not None and (not self._kept or self._kept[-1] != self.last):
            self._kept.append(self.last)
        kept, self._kept, self.last, self._pause = self._kept, [], None, EVENT_SECONDS
        return tuple(kept)


class _Watch:
    """A thread that says the run is alive and looks whether it should stop, beside the training."""

    def __init__(self, store: RunStore, run_id: str, attempt: int):
        self.stopped, self.superseded = threading.Event(), threading.Event()
        self._over = threading.Event()
        self._store, self._run_id, self._attempt = store, run_id, attempt
        self._thread = threading.Thread(target=self._watch, name="run-watch", daemon=True)

    def __enter__(self) -> _Watch:
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        beat_at = 0.0
        while not self._over.wait(EVENT_SECONDS):
            try:
                self._look()
                if time.monotonic() - beat_at > BEAT_SECONDS:
                    beat_at = time.monotonic()
                    self._store.beat(self._run_id)
                    if self._store.record(self._run_id).attempt != self._attempt:
                        self.superseded.set()
            except RunError as error:
                _log.error("run %s: %s", self._run_id, error)

    def _look(self) -> None:
        if self._store.stop_asked(self._run_id):
            self.stopped.set()


def _sentence(error: Exception) -> str:
    """What a visitor is told of an error that ended their run."""
    if isinstance(error, (SpecError, datasets.DatasetError, RunError)):
        return str(error)
    name = type(error).__name__
    if name in ("MemoryError", "ResourceExhaustedError"):
        return "The worker has too little memory for this. Use a smaller network or batch."
    return f"Training ended on an error that is not yours: {name}: {str(error)[:200]}"
