"""The engine: takes runs, queues them, trains them on a Dask cluster, and says where each stands.

    engine = Engine(RunStore())
    run_id = engine.submit(spec)
    engine.status(run_id)
    engine.events(run_id)

What a page calls looks at memory and disk only, so it never waits for a worker. The cluster is
started at the first need, on this machine, or is the one whose scheduler CNN_SCHEDULER names;
CNN_WORKERS is how many workers are started here.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import os
import threading
import time
from collections.abc import Callable

from cnnlib.admission import check_forecast, check_queue, check_run
from cnnlib.control import Control
from cnnlib.demos import Demo, DemoStatus
from cnnlib.dispatch import Dispatcher
from cnnlib.events import StepDetail
from cnnlib.feed import Event, merged, running_status
from cnnlib.fetches import FetchStatus
from cnnlib.forecast import Forecast, forecast
from cnnlib.job_queue import Job
from cnnlib.network import Network
from cnnlib.records import RunError
from cnnlib.runs import RunStatus, RunStore
from cnnlib.spec import LIMITS, Limits, RunSpec, SpecError, TrainingSpec

__all__ = ["Engine", "FetchStatus"]

MOST_STEPS = 1_000
ELSEWHERE = 10.0  # seconds between two notes that a run is watched which is not looked after here
OWN_FIRST = "Your other run comes first."


class Engine:
    """Trains runs. Safe to use from several threads; make one for the whole process.

    `scheduler` is a Dask address (default: CNN_SCHEDULER, or else a cluster of its own with
    `workers` workers, default CNN_WORKERS or 1). A run that goes on for `grace_seconds` after it
    was asked to stop is ended by force. After `recycle_after` runs the workers are replaced by
    fresh ones when nothing runs, since TensorFlow gives not all of its memory back.

    A visitor is any text that tells one from another; each has one run in training at a time, and
    they take turns. `is_present` tells whether a visitor has a page open: a run whose visitor has
    none, and whose status nobody asks for, is ended after a while. See `limits` for all of that.
    """

    def __init__(
        self,
        store: RunStore,
        *,
        scheduler: str | None = None,
        workers: int | None = None,
        limits: Limits = LIMITS,
        grace_seconds: float = 20.0,
        recycle_after: int = 20,
        is_present: Callable[[str], bool] = lambda visitor: True,
    ):
        self.store = store
        self.limits = limits
        self._dispatcher = Dispatcher(
            store,
            scheduler or os.environ.get("CNN_SCHEDULER") or None,
            workers or _workers_wanted(),
            grace_seconds,
            recycle_after,
            limits,
            is_present,
        )
        self._noted: dict[str, float] = {}
        self._submitting = threading.Lock()
        atexit.register(self.close)

    def warm(self) -> None:
        """Start the cluster and import Keras in its workers, in the background.

        Nothing is started where workers are there at need only.
        """
        self._dispatcher.start()

    @property
    def is_on_demand(self) -> bool:
        """Whether workers start when there is something for them to do, and not before."""
        return self._dispatcher.idleness.rest_seconds > 0

    @property
    def is_warm(self) -> bool:
        """Whether a worker has Keras ready."""
        return self._dispatcher.is_warm

    @property
    def trouble(self) -> str:
        """A sentence while the cluster cannot be reached, or empty."""
        return self._dispatcher.link.trouble

    def submit(
        self, spec: RunSpec, *, start_from: tuple[str, int] | None = None, visitor: str = ""
    ) -> str:
        """Queue a run and return its id.

        The seed draws its first weights, so the same spec begins with the same ones; `start_from`
        takes those of another run after an epoch instead (0: what that one began with). Raises
        SpecError for a spec that cannot be, asks for too much or is of another network than that
        run, RunError for an unknown run or epoch, when the queue or the disk is full, and when
        the visitor has as many runs in the queue as one may.
        """
        self._check(spec)
        initial, began_from = None, ""
        if start_from is not None:
            initial, began_from = self._start(spec, *start_from)
        with self._submitting:
            check_queue(self._dispatcher.jobs.active(), visitor, self.limits)
            run_id = self.store.create(spec, initial, began_from)
            self._dispatcher.add(Job(run_id, spec, visitor=visitor))
        return run_id

    def resume(self, run_id: str, *, visitor: str = "") -> None:
        """Let a run go on: at once if it is paused, else it is queued again where it was.

        A run that was parked while paused goes on in the middle of its epoch, one that was
        interrupted, stopped or failed from its last whole epoch. Nothing happens to a run that is
        done or under way. Raises RunError for an unknown run.
        """
        with self._submitting:
            if self.status(run_id).is_active:
                self.store.steer(run_id, paused=False, park=False)
            else:
                self._queue_again(run_id, visitor, paused=False, steps=0)

    def pause(self, run_id: str) -> None:
        """Have a run stop after the batch under way, or before its first one, until it is let go.

        A worker waits for it as long as `watch.LEASE_SECONDS`, or until others have waited for
        one; then its whole state is kept and it is queued when it is to go on. Nothing happens to
        a run that has ended. Raises RunError for an unknown run.
        """
        if self.status(run_id).is_active:
            self.store.steer(run_id, paused=True, park=False)

    def step(self, run_id: str, batches: int = 1, *, visitor: str = "") -> None:
        """Pause a run, and train that many batches more; `step_detail` then shows the last one.

        A run that has ended without being done is queued, paused. Nothing happens to one that is
        done. Raises RunError for an unknown run.
        """
        if not 1 <= batches <= MOST_STEPS:
            raise RunError(f"a step is 1 to {MOST_STEPS} batches; {batches!r:.40} were asked for.")
        with self._submitting:
            if self.status(run_id).is_active:
                self.store.steer(run_id, paused=True, park=False, steps=batches)
            else:
                self._queue_again(run_id, visitor, paused=True, steps=batches)

    def step_detail(self, run_id: str) -> StepDetail | None:
        """The last step that was done while the run was paused, laid open; None before any."""
        return self.store.step_detail(run_id)

    def watch_kernel(self, run_id: str, layer: int, filter: int) -> None:
        """Choose whose kernel the next steps show: a layer and one of its filters, both from 0.

        Raises RunError for an unknown run, SpecError where there is no such kernel.
        """
        steps = self.store.spec(run_id).network.trace()
        kernels = {step.index: step.layer.weight_shapes(step.input_shape) for step in steps}
        shape = kernels.get(layer, {}).get("kernel")
        if shape is None or not 0 <= filter < shape[-1]:
            raise SpecError(f"there is no filter {filter!r:.20} in layer {layer!r:.20}, from 0.")
        self.store.steer(run_id, layer=layer, filter=filter)

    def set_learning_rate(self, run_id: str, rate: float | None) -> None:
        """Train with this learning rate from the next batch on; None is the spec's again.

        With a schedule it is the new peak. It stays when the run is paused, stopped or interrupted
        and goes on. Raises RunError for an unknown run, SpecError for a rate that cannot be.
        """
        if rate is not None:
            TrainingSpec(learning_rate=rate)  # refuses what a spec would
            rate = float(rate)
        self.store.steer(run_id, learning_rate=rate)

    def control(self, run_id: str) -> Control:
        """What a run has been told so far."""
        return self.store.control(run_id)

    def cancel(self, run_id: str) -> None:
        """Stop a run: one that waits leaves the queue, one that trains keeps what it has learned.

        Nothing happens to a run that has ended, unless it is paused. Raises RunError for an
        unknown run.
        """
        job = self._dispatcher.jobs.copy(run_id)
        # One that is looked after here can be stopped even if its folder cannot be read any more.
        is_here = job is not None and job.state != "ended"
        if is_here or (status := self.status(run_id)).is_active:
            # On disk, where the worker looks, wherever it is and whichever app it belongs to.
            self.store.steer(run_id, stop=True)
            self._dispatcher.stop(run_id)
        elif status.state == "paused":
            message = status.message.replace("Paused", "Stopped", 1)
            self.store.update(run_id, state="stopped", message=message)
            self._dispatcher.jobs.forget_ended(at_once=run_id)

    def status(self, run_id: str) -> RunStatus:
        """Where a run stands; RunError for an unknown one. Whoever asks for it watches the run."""
        job = self._dispatcher.jobs.copy(run_id)
        self._dispatcher.leases.renew(run_id)
        if job is None or self._is_taken_up(job):
            status = self.store.status(run_id)
            self._note_watched(run_id)
            if status.state != "running":
                return status
            # Another app on the same store looks after it.
            return running_status(self.store.spec(run_id), self.events(run_id), status.message)
        if job.state == "running":
            status = running_status(job.spec, self.events(run_id), job.message)
            if job.paused_at is None:
                return status
            return dataclasses.replace(status, state="paused", message=job.pause, held=True)
        status = self.store.status(run_id)
        if job.state == "ended":
            state, message = job.outcome
            return dataclasses.replace(status, state=state, message=message)
        starting = "" if self.is_warm or job.message else "The training process is starting."
        message = self.trouble or job.message or starting or self._own_first(job)
        start = self._dispatcher.outlook.start_of(run_id)
        return dataclasses.replace(
            status,
            state="queued",
            message=message,
            position=start and start.position,
            starts_in=start.seconds if start and self.is_warm and not self.trouble else None,
        )

    def _is_taken_up(self, job: Job) -> bool:
        """Whether a run that has ended here was queued again by another app."""
        return job.state == "ended" and self.store.record(job.run_id).attempt > job.attempt

    def events(self, run_id: str) -> tuple[Event, ...]:
        """A run's batches (a few for each second) and epochs so far, in order."""
        live = self._dispatcher.feed.events(run_id)  # first, as what leaves it is on disk by then
        return merged(self.store.epoch_records(run_id), live)

    def forecast(self, spec: RunSpec) -> Forecast | None:
        """How long a run will take and how much memory; None until a worker knows its speed.

        Raises SpecError for a stack that cannot be.
        """
        speed = self._dispatcher.speed
        return None if speed is None else forecast(spec, speed)

    def fetch(self, name: str) -> None:
        """Fetch a full data set in a worker; nothing happens if it is here or under way."""
        self._dispatcher.fetches.ask(name)
        self._dispatcher.start()

    def stop_fetching(self, name: str) -> None:
        """Have a set that is being drawn left off; nothing is kept of it."""
        self._dispatcher.fetches.stop(name)

    def fetch_status(self, name: str) -> FetchStatus:
        """Where the fetching of a full data set stands; DatasetError for an unknown one."""
        status = self._dispatcher.fetches.status(name)
        if status.is_active and self.trouble:
            return dataclasses.replace(status, message=self.trouble)
        return status

    def demo(self, demo: Demo) -> DemoStatus:
        """Where Keras's run of a single layer stands; it is queued at the first call."""
        status = self._dispatcher.demos.ask(demo)
        if not status.is_active:
            return status
        self._dispatcher.start()
        starting = "" if self.is_warm else "The training process is starting."
        return dataclasses.replace(status, message=self.trouble or starting)

    def close(self) -> None:
        """End the cluster that was started here; runs under way are kept and can be resumed."""
        atexit.unregister(self.close)
        self._dispatcher.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _queue_again(self, run_id: str, visitor: str, *, paused: bool, steps: int) -> None:
        if self.status(run_id).state == "done":
            return
        spec = self.store.spec(run_id)
        share = 1 - self.store.whole_epochs(run_id) / spec.training.epochs
        self._check(spec, share)
        check_queue(self._dispatcher.jobs.active(), visitor, self.limits)
        self.store.begin_control(run_id, paused=paused, steps=steps)
        self.store.beat(run_id)
        attempt = self.store.record(run_id).attempt + 1
        self.store.update(run_id, state="queued", message="", attempt=attempt, starts=0)
        self._dispatcher.feed.forget(run_id)
        self._dispatcher.add(Job(run_id, spec, attempt, visitor, share))

    def _start(self, spec: RunSpec, run_id: str, epoch: int) -> tuple[Network, str]:
        """The weights of another run to begin with, and what they are called."""
        network = self.store.network(run_id, epoch)
        if network.spec != spec.network:
            raise SpecError("a run can begin with the weights of a run of the same network only.")
        name = self.store.about(run_id).name or "another run"
        return network, f"{name}, epoch {epoch}" if epoch else f"{name}, its initial weights"

    def _check(self, spec: RunSpec, share: float = 1.0) -> None:
        """SpecError for a run that is not for this server."""
        check_run(spec, self.limits)
        check_forecast(self.forecast(spec), share, self.limits)

    def _own_first(self, job: Job) -> str:
        """Why a run waits, if it is for another one of the same visitor's."""
        sent = [other for other in self._dispatcher.jobs.sent() if other.run_id != job.run_id]
        return OWN_FIRST if any(job.whose == other.whose for other in sent) else ""

    def _note_watched(self, run_id: str) -> None:
        """Note in its folder that somebody watches a run: another app may look after it, and what
        has been watched is not removed soon."""
        now = time.monotonic()
        if now - self._noted.get(run_id, -ELSEWHERE) >= ELSEWHERE:
            self._noted = {run: at for run, at in self._noted.items() if now - at < ELSEWHERE}
            self._noted[run_id] = now
            with contextlib.suppress(RunError):
                self.store.note_watched(run_id)


def _workers_wanted() -> int:
    """CNN_WORKERS, if it is a whole number from 1 to 64, or 1."""
    wanted = os.environ.get("CNN_WORKERS", "1")
    return int(wanted) if wanted.isdecimal() and 1 <= int(wanted) <= 64 else 1
