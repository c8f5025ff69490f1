"""One start of one run in a worker: trains it, keeps it in the run store, and reports it live."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

from cnnlib import datasets
from cnnlib.events import (
    BatchEvent,
    CurveEvent,
    DoneEvent,
    EpochEvent,
    Event,
    RateEvent,
    SnapshotEvent,
    StepDetail,
    batches_done,
)
from cnnlib.pacing import Batches, SnapshotPace
from cnnlib.records import EpochRecord, Record, RunError, event_to_dict
from cnnlib.runs import RunStore
from cnnlib.spec import RunSpec, SpecError
from cnnlib.training import Order, train
from cnnlib.watch import Watch

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
        self.starts = 0  # of this attempt, up to this one
        self.batches = Batches()
        self.changes: list[RateEvent] = []
        self.snapshot: SnapshotEvent | None = None
        self.live = SnapshotPace()
        self.seconds_before = 0.0
        self.rate: float | None = None
        self.is_lost = False  # what was kept is not enough to go on from
        self.done: DoneEvent | None = None

    def run(self) -> tuple[str, str]:
        record = self.store.record(self.run_id)
        self.starts = record.starts
        if record.attempt != self.attempt or record.state not in ("queued", "running"):
            return record.state, record.message
        if record.starts >= MOST_STARTS:
            return "failed", (
                f"The training process was killed {record.starts} times while it trained this "
                "network, so it was given up. Try a smaller network or a smaller batch."
            )
        spec = self.store.spec(self.run_id)
        if spec.training.schedule == "range":
            self.batches = Batches(pause=0.0)  # each has a learning rate of its own
        kept = self.store.epochs(self.run_id)
        resume = self.store.resume_point(self.run_id)
        self.is_lost = bool(kept) and resume is None
        self._take_up(resume)
        self._start(record, resume)
        with Watch(self.store, self.run_id, self.attempt, self._on_pause, self.starts) as watch:
            dataset = datasets.load(spec.training.dataset, full=spec.training.source == "full")
            for event in train(
                spec,
                dataset,
                ask=lambda validating: self._order(watch, validating),
                resume=resume,
                initial=self.store.initial_weights(self.run_id) if resume is None else None,
                learning_rate=self.rate,
            ):
                if watch.superseded:
                    raise _SupersededError
                self._handle(event)
        return self._outcome(spec)

    def finish(self, state: str, message: str) -> None:
        """Write how it ended; where that fails, the caller still has it from the return value."""
        try:
            if self._is_ours():
                self.store.update(self.run_id, state=state, message=message)
        except RunError as error:
            _log.error("run %s: %s", self.run_id, error)
        self.send({"kind": "finished"})

    def _is_ours(self) -> bool:
        """Whether nobody was given the run after this start of it."""
        record = self.store.record(self.run_id)
        return (record.attempt, record.starts) == (self.attempt, self.starts)

    def _take_up(self, resume: tuple[int, Any] | None) -> None:
        """The history so far: of whole epochs on disk, of one under way here."""
        history = self.store.history(self.run_id)
        self.rate = history.changes[-1].learning_rate if history.changes else None
        done = batches_done(resume[1]) if resume else 0
        if done:
            record = self.store.epoch_records(self.run_id).get(resume[0] + 1, EpochRecord())
            self.batches.put([batch for batch in record.batches if batch.batch <= done])
            self.changes = [change for change in record.changes if change.batch <= done]
        events = [*history.epochs, *self.batches.kept]
        self.seconds_before = events[-1].seconds if events else 0.0

    def _start(self, record: Record, resume: tuple[int, Any] | None) -> None:
        epoch, done = (resume[0], batches_done(resume[1])) if resume else (0, 0)
        where = f"from the end of epoch {epoch}" if epoch else "from the beginning"
        if done:
            where = f"in epoch {epoch + 1}, after its batch {done}"
        message = ""
        if record.starts:
            how = f"went on {where}" if epoch or done else "began anew"
            message = f"The training process died and was started again; the run {how}."
        elif self.attempt > 1 and (epoch or done):
            message = f"Resumed {where}."
        elif self.is_lost:
            message = "Began anew, because what it would have gone on from is damaged or missing."
        changes = {"state": "running", "message": message, "starts": record.starts + 1}
        self.starts = self.store.update(self.run_id, **changes).starts
        self.send({"kind": "started", "epoch": epoch, "batch": done, "message": message})

    def _on_pause(self, is_held: bool) -> None:
        last = self.batches.last
        if last is not None:
            self._send_event("batch", last)
        message = f"Paused {_place(last)}." if last else "Paused before its first batch."
        self.send({"kind": "paused", "held": is_held, "message": message if is_held else ""})

    def _order(self, watch: Watch, validating: bool) -> Order:
        order = watch.ask(validating)
        begun = self.batches.last is not None and not validating and not order.ending
        self.live.is_wanted = begun and self.live.is_due
        return dataclasses.replace(order, snapshot=True) if self.live.is_wanted else order

    def _handle(self, event: Event) -> None:
        match event:
            case StepDetail():
                self.store.save_step(self.run_id, event)
                self.batches.show_next()
            case BatchEvent():
                event = self._shifted(event)
                if self.batches.add(event):
                    self._send_event("batch", event)
            case RateEvent():
                event = self._shifted(event)
                self.changes.append(event)
                self._send_event("rate", event)
            case SnapshotEvent():
                self._take_snapshot(event)
            case EpochEvent():
                event = self._shifted(event)
                record = EpochRecord(self.batches.take(), event, changes=tuple(self.changes))
                self._save(record, with_state=True)
                self.changes = []
                self.live.begin_epoch()
                self._send_event("epoch", event)
            case DoneEvent():
                self.done = event

    def _take_snapshot(self, event: SnapshotEvent) -> None:
        self.snapshot = event
        if event.epoch == 0:
            self._save(EpochRecord(), with_state=True)
            self.live.begin_epoch()
        elif self.live.is_wanted:
            with self.live.measured():
                self._save(self._partial(), with_state=False)

    def _partial(self) -> EpochRecord:
        """The epoch under way, as far as it has come."""
        return EpochRecord(self.batches.so_far(), partial=True, changes=tuple(self.changes))

    def _send_event(self, kind: str, event: CurveEvent) -> None:
        self.send({"kind": kind, "event": event_to_dict(event)})

    def _shifted(self, event: Any) -> Any:
        """Time goes on where the history on disk ends, though the process is a new one."""
        return dataclasses.replace(event, seconds=event.seconds + self.seconds_before)

    def _save(self, record: EpochRecord, *, with_state: bool) -> None:
        snapshot, self.snapshot = self.snapshot, None
        # A process that stood still may not know yet that the run was given to another one.
        if not self._is_ours():
            raise _SupersededError
        state = snapshot.state if with_state else None
        self.store.save_epoch(self.run_id, snapshot.epoch, snapshot.weights, record, state)

    def _outcome(self, spec: RunSpec) -> tuple[str, str]:
        done, epochs, last = self.done, spec.training.epochs, self.batches.last
        if done.ending == "finished":
            return "done", self.store.record(self.run_id).message
        if done.ending == "early":
            early = _early_message(done, spec.training.patience, epochs)
            return "done", " ".join(filter(None, (self.store.record(self.run_id).message, early)))
        parked = done.ending == "parked"
        state, word = ("paused", "Paused") if parked else ("stopped", "Stopped")
        if self.snapshot is not None:
            # A stopped run goes on from whole epochs only, a parked one from this very batch.
            self._save(self._partial(), with_state=parked)
            where = _place(last)
        elif done.epochs:
            where = f"after epoch {done.epochs} of {epochs}"
        else:
            return state, f"{word} before it had learned anything."
        if parked:
            return state, f"{word} {where}. All of it is kept; it goes on from there when you like."
        return state, f"{word} {where}; what it had learned by then is kept."


def _place(batch: BatchEvent) -> str:
    return f"after {batch.batch} of {batch.batches} batches of epoch {batch.epoch}"


def _early_message(done: DoneEvent, patience: int, epochs: int) -> str:
    best = f"; it was smallest after epoch {done.best_epoch}" if done.best_epoch else ""
    count = "1 epoch" if patience == 1 else f"{patience} epochs"
    return (
        f"Ended early, after epoch {done.epochs} of {epochs}: the validation loss had not become "
        f"smaller for {count}{best}."
    )


def _sentence(error: Exception) -> str:
    """What a visitor is told of an error that ended their run."""
    if isinstance(error, (SpecError, datasets.DatasetError, RunError)):
        return str(error)
    name = type(error).__name__
    if name in ("MemoryError", "ResourceExhaustedError"):
        return "The worker has too little memory for this. Use a smaller network or batch."
    return f"Training ended on an error that is not yours: {name}: {str(error)[:200]}"
