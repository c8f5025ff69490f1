"""The runs an engine looks after, and whose is to be trained next."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from cnnlib.spec import RunSpec
from cnnlib.turns import Start, Turn, starts

REMEMBER_SECONDS = 60.0


@dataclass
class Job:
    """A run that is waiting, sent to the cluster, running there, or ended with an outcome.

    `visitor` is whose it is, in any words; without one the run stands for itself. `share` is how
    much of it is yet to be trained. `paused_at` is when it was last seen to be held by its worker,
    None while it trains. `forecast` is how many seconds that takes, None until it was asked for.
    `reason` is why it is being ended, if nobody has stopped it.
    """

    run_id: str
    spec: RunSpec
    attempt: int = 1
    visitor: str = ""
    share: float = 1.0
    forecast: float | None = None
    state: str = "waiting"
    message: str = ""
    future: Any = None
    worker: str = ""
    losses: int = 0
    stop_by: float | None = None
    reason: str = ""
    paused_at: float | None = None
    pause: str = ""
    ended_at: float = 0.0
    outcome: tuple[str, str] = ("", "")

    @property
    def whose(self) -> str:
        """Who stands in the line for it."""
        return self.visitor or self.run_id


class JobQueue:
    """Jobs by run id. `lock` guards them and their fields. `clock` gives seconds.

    Visitors take turns, see `turns`; each has one job at a time on the cluster.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.RLock()
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._line: dict[str, int] = {}  # a visitor's place: the smaller, the sooner
        self._numbers = count()

    def add(self, job: Job) -> None:
        """Put a job behind its visitor's others, in place of one of the same run."""
        with self.lock:
            self._jobs.pop(job.run_id, None)
            if not self.of(job.whose):
                self._line[job.whose] = next(self._numbers)
            self._jobs[job.run_id] = job

    def end(self, job: Job, state: str, message: str) -> None:
        """A job is over. Its visitor, if more wait, stands at the end of the line again."""
        with self.lock:
            was_busy = job.future is not None
            job.state, job.outcome, job.future = "ended", (state, message), None
            job.ended_at = self._clock()
            if not self.of(job.whose):
                self._line.pop(job.whose, None)
            elif was_busy:
                self._line[job.whose] = next(self._numbers)

    def get(self, run_id: str) -> Job | None:
        with self.lock:
            return self._jobs.get(run_id)

    def copy(self, run_id: str) -> Job | None:
        """A copy of a run's job as it is now."""
        with self.lock:
            job = self._jobs.get(run_id)
            return dataclasses.replace(job) if job else None

    def active(self) -> list[Job]:
        with self.lock:
            return [job for job in self._jobs.values() if job.state != "ended"]

    def active_ids(self) -> frozenset[str]:
        return frozenset(job.run_id for job in self.active())

    def of(self, visitor: str) -> list[Job]:
        """A visitor's jobs that have not ended."""
        return [job for job in self.active() if job.whose == visitor]

    def waiting(self) -> list[Job]:
        """Those to be sent, in the order in which their visitors stand in the line."""
        with self.lock:
            jobs = [job for job in self.active() if job.state == "waiting"]
            return sorted(jobs, key=lambda job: self._line[job.whose])

    def sent(self) -> list[Job]:
        """Those that the cluster has, running or not yet."""
        return [job for job in self.active() if job.future is not None]

    def next_up(self, free: int) -> list[Job]:
        """Those whose turn it is now that there is room for `free` more."""
        with self.lock:
            found: dict[str, Job] = {job.whose: job for job in self.sent()}
            busy = len(found)
            for job in self.waiting():
                found.setdefault(job.whose, job)
            return list(found.values())[busy : busy + max(0, free)]

    def could_go_on(self, held: list[Job]) -> int:
        """How many visitors wait for a turn and train nothing, but for these jobs."""
        with self.lock:
            left_out = {job.run_id for job in held}
            busy = {job.whose for job in self.sent() if job.run_id not in left_out}
            return len({job.whose for job in self.waiting()} - busy)

    def starts(self, seconds: Callable[[Job], float | None], slots: int) -> dict[str, Start]:
        """The place of each job that does not run yet, and when it will; `seconds` is how long a
        job will take (yet), None if that is not known."""

        def turn(job: Job) -> Turn:
            return Turn(job.run_id, job.whose, seconds(job))

        with self.lock:
            sent, waiting = self.sent(), self.waiting()
            soon = [job.run_id for job in sent if job.state == "sent"]
            found = starts([turn(job) for job in sent], [turn(job) for job in waiting], slots)
        first = {run_id: Start(place, 0.0) for place, run_id in enumerate(soon, start=1)}
        later = {
            run_id: dataclasses.replace(start, position=start.position + len(soon))
            for run_id, start in found.items()
        }
        return first | later

    def forget_ended(self, *, at_once: str = "") -> list[str]:
        """Drop runs that ended a while ago (one of them at once); their ids. All is on disk."""
        long_ago = self._clock() - REMEMBER_SECONDS
        with self.lock:
            gone = [
                job.run_id
                for job in self._jobs.values()
                if job.state == "ended" and (job.ended_at < long_ago or job.run_id == at_once)
            ]
            for run_id in gone:
                del self._jobs[run_id]
            return gone
