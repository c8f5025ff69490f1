"""The runs an engine looks after, in the order they are to be trained."""

from __future__ import annotations

import dataclasses
import threading
import time
from dataclasses import dataclass
from typing import Any

from cnnlib.spec import RunSpec

REMEMBER_SECONDS = 60.0


@dataclass
class Job:
    """A run that is waiting, sent to the cluster, running there, or ended with an outcome.

    `paused_at` is when it was last seen to be held by its worker, None while it trains.
    """

    run_id: str
    spec: RunSpec
    attempt: int = 1
    state: str = "waiting"
    message: str = ""
    future: Any = None
    worker: str = ""
    losses: int = 0
    stop_by: float | None = None
    paused_at: float | None = None
    pause: str = ""
    ended_at: float = 0.0
    outcome: tuple[str, str] = ("", "")


class JobQueue:
    """Jobs by run id, in order. `lock` guards them and their fields."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._jobs: dict[str, Job] = {}

    def add(self, job: Job) -> None:
        """Put a job at the end, in place of one of the same run."""
        with self.lock:
            self._jobs.pop(job.run_id, None)
            self._jobs[job.run_id] = job

    def get(self, run_id: str) -> Job | None:
        with self.lock:
            return self._jobs.get(run_id)

    def copy(self, run_id: str) -> tuple[Job | None, int | None]:
        """A copy of a run's job as it is now, and its place in the queue; 1 is next."""
        with self.lock:
            job = self._jobs.get(run_id)
            queued = [x.run_id for x in self.active() if x.state != "running"]
            position = queued.index(run_id) + 1 if run_id in queued else None
            return (dataclasses.replace(job) if job else None), position

    def active(self) -> list[Job]:
        with self.lock:
            return [job for job in self._jobs.values() if job.state != "ended"]

    def waiting(self) -> list[Job]:
        return [job for job in self.active() if job.state == "waiting"]

    def sent(self) -> list[Job]:
        """Those that the cluster has, running or not yet."""
        return [job for job in self.active() if job.future is not None]

    def forget_ended(self, *, at_once: str = "") -> list[str]:
        """Drop runs that ended a while ago (one of them at once); their ids. All is on disk."""
        long_ago = time.monotonic() - REMEMBER_SECONDS
        with self.lock:
            gone = [
                job.run_id
                for job in self._jobs.values()
                if job.state == "ended" and (job.ended_at < long_ago or job.run_id == at_once)
            ]
            for run_id in gone:
                del self._jobs[run_id]
            return gone
