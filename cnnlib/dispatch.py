"""The queue of runs and the one thread that talks to the cluster for it.

Everything here is called by the engine, which looks at memory and disk only; waiting for the
network is this thread's business alone.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from cnnlib import endings
from cnnlib.cluster import Link
from cnnlib.demos import Demo, Demos
from cnnlib.events import BatchEvent, EpochEvent, RateEvent
from cnnlib.feed import Feed
from cnnlib.fetches import Fetches
from cnnlib.forecast import Speed
from cnnlib.idleness import Idleness
from cnnlib.job_queue import Job, JobQueue
from cnnlib.leases import Leases
from cnnlib.limits import Limits
from cnnlib.outlook import CROWDED_SECONDS, Outlook
from cnnlib.pruning import Pruner
from cnnlib.records import RunError, event_from_dict, interrupted_message
from cnnlib.runs import RunStore

MOST_LOSSES = 3
TICK_SECONDS = 1.0
BEAT_SECONDS = 2.0
RESULT_SECONDS = 10.0
CLOSE_SECONDS = 30.0
FETCH_PRIORITY = 10
_EVENTS = {"batch": BatchEvent, "rate": RateEvent, "epoch": EpochEvent}
_log = logging.getLogger(__name__)


class Dispatcher:
    """Runs jobs on a cluster, visitors taking turns, as many at a time as it has threads.

    `is_present` tells whether a visitor has a page open.
    """

    def __init__(
        self,
        store: RunStore,
        scheduler: str | None,
        workers: int,
        grace_seconds: float,
        recycle_after: int,
        limits: Limits,
        is_present: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ):
        self.feed, self.fetches, self.demos = Feed(), Fetches(), Demos()
        self.link = Link(scheduler, workers, self._on_message)
        self.is_warm = False
        self.speed: Speed | None = None
        self._store = store
        self._grace_seconds, self._clock = grace_seconds, clock
        self.jobs = JobQueue(clock)
        self.leases = Leases(limits, is_present, store.watched_stamp, clock)
        self.outlook = Outlook(self.jobs, self.feed, self.leases, lambda: self.speed, clock)
        self._pruner = Pruner(store, limits.store_bytes, self.jobs.active_ids, clock)
        self.idleness = Idleness(
            ours=not scheduler,  # a cluster somewhere else is not ours to end
            rest_seconds=limits.idle_seconds,
            most_runs=recycle_after,
            clock=clock,
        )
        self._lock = self.jobs.lock
        self._inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._due, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="cnn-engine", daemon=True)
        self._heart = threading.Thread(target=self._beat, name="cnn-heart", daemon=True)

    # What the engine calls, from any thread

    def start(self) -> None:
        """Start the thread, and with it the cluster, unless that has been done already."""
        with self._lock:
            if self._closed.is_set():
                raise RunError("the training engine has been closed; start the app again.")
            if self._thread.ident is None:
                self._thread.start()
                self._heart.start()
        self._due.set()

    def add(self, job: Job) -> None:
        """Put a job into the queue."""
        self.jobs.add(job)
        self.start()

    def stop(self, run_id: str) -> None:
        """End a job that waits; one that runs has been told on disk, and is given some time."""
        with self._lock:
            job = self.jobs.get(run_id)
            if job is not None and job.state == "waiting":
                self._end_stopped(job)
            elif job is not None and job.stop_by is None:
                job.stop_by = self._clock() + self._grace_seconds
        self._due.set()

    def close(self) -> None:
        """End the thread and a cluster of our own; runs under way become "interrupted"."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
        self._due.set()
        if self._thread.ident is not None:
            self._thread.join(CLOSE_SECONDS)
            self._heart.join(CLOSE_SECONDS)
        self.link.drop()
        for job in self.jobs.active():
            if self.link.is_elsewhere and job.future is not None:
                continue  # a worker goes on with it
            with contextlib.suppress(RunError):
                kept = self._store.whole_epochs(job.run_id)
                message = interrupted_message(kept, job.spec.training.epochs)
                self._end(job, "interrupted", message)

    # How jobs end

    def _end(self, job: Job, state: str, message: str, *, write: bool = True) -> None:
        if job.reason and state == "stopped":
            message, write = f"{message} {job.reason}", True
        self.jobs.end(job, state, message)
        self.idleness.note_run()
        if write:
            with contextlib.suppress(RunError):
                self._store.update(job.run_id, state=state, message=message)

    def _end_stopped(self, job: Job) -> None:
        kept = 0
        with contextlib.suppress(RunError):  # a damaged folder must not hold up the other runs
            kept = self._store.whole_epochs(job.run_id)
        self._end(job, "stopped", endings.stopped_message(kept))

    def _send_back(self, job: Job) -> None:
        """The cluster lost a job: it waits again, as the next attempt, unless that has gone on."""
        with self._lock:
            job.losses += 1
            job.attempt += 1
            job.state, job.future, job.worker, job.paused_at = "waiting", None, "", None
            job.message = endings.WENT_AWAY
        if job.stop_by is not None:
            self._end_stopped(job)
        elif job.losses >= MOST_LOSSES:
            self._end(job, "failed", endings.BROKE_DOWN)
        else:
            with contextlib.suppress(RunError):
                self._store.update(job.run_id, state="queued", attempt=job.attempt)

    # Messages from workers, in a thread of Dask's that must not wait

    def _on_message(self, message: dict[str, Any]) -> None:
        kind = message.get("kind")
        if kind not in _EVENTS:
            self._inbox.put(message)
            self._due.set()
            return
        with contextlib.suppress(RunError):
            event = event_from_dict(_EVENTS[kind], message["event"])
            self.feed.add(message["run"], event)

    def _beat(self) -> None:
        """Say on disk that the runs here are looked after, also while the other thread waits."""
        while not self._closed.wait(BEAT_SECONDS):
            for job in self.jobs.active():
                with contextlib.suppress(RunError):
                    self._store.beat(job.run_id)
                    if job.stop_by is None and self._store.control(job.run_id).stop:
                        self.stop(job.run_id)  # another app of this store was told to

    # The thread that talks to the cluster

    def _supervise(self) -> None:
        while not self._closed.is_set():
            self._due.wait(TICK_SECONDS)
            self._due.clear()
            try:
                self._step()
            except Exception:
                _log.exception("the engine's thread goes on after an error")

    def _step(self) -> None:
        if self._closed.is_set():
            return
        self._end_overdue()
        self._pruner.look()
        if self._rests() or not self._is_connected():
            return
        while not self._inbox.empty():
            self._take(self._inbox.get())
        self.fetches.step(self._send_fetch)
        self.demos.step(self._send_demo)
        for job in self.jobs.sent():
            self._collect(job)
        self._enforce_stops()
        self._make_room()
        self._recycle()
        self._dispatch()
        for run_id in self.jobs.forget_ended():
            self.feed.forget(run_id)

    def _is_connected(self) -> bool:
        if self.link.is_lost:
            self.link.drop()
            self.is_warm = False
            self.fetches.lose()
            self.demos.lose()
            for job in self.jobs.sent():
                self._send_back(job)
        return self.link.restore()

    def _take(self, message: dict[str, Any]) -> None:
        """A message that is no event of the curve."""
        match message:
            case {"kind": "warm"}:
                self.is_warm = True
            case {"kind": "speed", "speed": speed}:
                self.speed = Speed(**speed)
            case {"kind": "progress", "fetch": name, "done": done, "total": total}:
                self.fetches.on_progress(name, done, total)
            case {"kind": "started", "run": run_id, "attempt": attempt}:
                self.feed.rewind(run_id, message["epoch"], message["batch"])
                with self._at_work(run_id, attempt) as job:
                    job.state, job.message = "running", message["message"]
                    job.worker, job.paused_at = message["worker"], None
            case {"kind": "paused", "run": run_id, "attempt": attempt}:
                with self._at_work(run_id, attempt) as job:
                    job.paused_at = self._clock() if message["held"] else None
                    job.pause = message["message"]

    @contextlib.contextmanager
    def _at_work(self, run_id: str, attempt: int) -> Iterator[Job]:
        """The job of a run that the cluster has, to be changed; of another attempt, a dummy."""
        with self._lock:
            job = self.jobs.get(run_id)
            known = job and job.state in ("sent", "running") and job.attempt == attempt
            yield job if known else Job(run_id, None)

    def _collect(self, job: Job) -> None:
        """Take note of a future that has come to an end."""
        if not job.future.done():
            return
        if job.future.status == "finished":
            state, message = job.future.result(timeout=RESULT_SECONDS)
            with contextlib.suppress(RunError):
                whole = self._store.whole_epochs(job.run_id) == job.spec.training.epochs
                if state == "done" and whole:
                    self.outlook.learn(job)
            self._end(job, state, message, write=False)
        elif job.future.status == "cancelled":  # not by us: we end a job before we cancel it
            self._send_back(job)
        else:
            error = job.future.exception(timeout=RESULT_SECONDS)
            self._end(job, "failed", endings.error_message(error))

    def _enforce_stops(self) -> None:
        """Take back what has not begun; end by force what goes on although it was told to stop."""
        for job in self.jobs.sent():
            if job.stop_by is None:
                continue
            future, worker = job.future, job.worker
            if job.state == "sent":
                self._end_stopped(job)
                future.cancel(force=True)
            elif self._clock() > job.stop_by:
                future.cancel(force=True)
                self.link.cluster.restart_workers([worker])
                self._end_stopped(job)

    def _end_overdue(self) -> None:
        """Have runs stop that nobody watches, and those that have trained for too long."""
        for run_id, reason in self.leases.look(self.jobs.active()).items():
            job = self.jobs.get(run_id)
            if job is not None and job.stop_by is None:
                job.reason = reason
                with contextlib.suppress(RunError):
                    self._store.steer(run_id, stop=True)
                self.stop(run_id)

    def _make_room(self) -> None:
        """Have a run that has been paused for a while make room for those that wait."""
        long_ago = self._clock() - CROWDED_SECONDS
        held = [x for x in self.jobs.sent() if x.paused_at is not None and x.paused_at < long_ago]
        for job in held[: self.jobs.could_go_on(held)]:
            with contextlib.suppress(RunError):
                self._store.steer(job.run_id, park=True)

    def _rests(self) -> bool:
        """Whether there is no cluster and no need of one, where it is there at need only."""
        if self.jobs.active() or self.fetches.are_active or self.demos.are_active:
            self.idleness.note_work()
            return False
        if self.idleness.is_time_to_rest:
            self.link.drop()
            self.idleness.note_fresh()
            self.is_warm, self.outlook.slots = False, 0
        return self.idleness.rest_seconds > 0 and self.link.cluster is None

    def _recycle(self) -> None:
        """Replace workers that have had runs, once nobody seems to come."""
        if self.idleness.is_time_to_replace:
            self.idleness.note_fresh()
            self.is_warm = False
            self.link.cluster.restart_workers()

    def _dispatch(self) -> None:
        if not self.jobs.active():
            return
        slots = self.outlook.slots = self.link.slots()
        self.is_warm &= slots > 0
        self._tell_of_deaths()
        for job in self.jobs.next_up(slots - len(self.jobs.sent())):
            key = f"train-{job.run_id}-{job.attempt}"
            future = self._send(key, "train_run", self._store.root, job.run_id, job.attempt)
            with self._lock:
                if job.state == "waiting":
                    job.state, job.future = "sent", future
                    continue
            future.cancel(force=True)  # somebody stopped it meanwhile

    def _tell_of_deaths(self) -> None:
        """Say so of runs whose worker is gone; the next start says what has become of them."""
        with self._lock:
            for job in self.jobs.sent():
                if job.state == "running" and job.worker not in self.link.workers:
                    job.message, job.paused_at = endings.DIED, None

    def _send(self, key: str, function: str, *args: Any, priority: int = 0) -> Any:
        from cnnlib import worker  # it imports Dask, which a page need not wait for

        future = self.link.cluster.submit(key, getattr(worker, function), *args, priority=priority)
        future.add_done_callback(lambda _: self._due.set())
        return future

    def _send_fetch(self, key: str, name: str) -> Any:
        return self._send(key, "fetch_dataset", name, priority=FETCH_PRIORITY)

    def _send_demo(self, key: str, demo: Demo) -> Any:
        return self._send(key, "run_demo", demo, priority=FETCH_PRIORITY)
