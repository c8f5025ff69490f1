"""When the runs of one engine will start, as far as that can be told."""

from __future__ import annotations

import time
from collections.abc import Callable

from cnnlib.feed import Feed, running_status
from cnnlib.forecast import Speed, forecast
from cnnlib.job_queue import Job, JobQueue
from cnnlib.leases import Leases
from cnnlib.turns import Experience, Start

FRESH_SECONDS = 1.0  # for so long an outlook holds while no run comes or goes
CROWDED_SECONDS = 15.0  # a paused run may keep its worker while others wait for one


class Outlook:
    """What is foreseen from a worker's speed, from the pace of the runs that train, and from how
    long others took against their forecasts. Safe to use from several threads.

    `speed` gives None until a worker has measured it; `slots` is how many runs are trained at a
    time, 0 while there is no worker.
    """

    def __init__(
        self,
        jobs: JobQueue,
        feed: Feed,
        leases: Leases,
        speed: Callable[[], Speed | None],
        clock: Callable[[], float] = time.monotonic,
    ):
        self.slots = 0
        self._jobs, self._feed, self._leases = jobs, feed, leases
        self._speed, self._clock = speed, clock
        self._experience = Experience()
        self._made: tuple[tuple, float, dict[str, Start]] = ((), -FRESH_SECONDS, {})

    def start_of(self, run_id: str) -> Start | None:
        """The place of a run that does not train yet, and when it will; None for any other."""
        now_there = (self.slots, *((job.run_id, job.state) for job in self._jobs.active()))
        there, made_at, starts = self._made
        if there != now_there or self._clock() - made_at > FRESH_SECONDS:
            starts = self._jobs.starts(self._seconds, self.slots)
            self._made = (now_there, self._clock(), starts)
        start = starts.get(run_id)
        return Start(start.position, None) if start and not self.slots else start

    def learn(self, job: Job) -> None:
        """A run has trained for all its epochs: how long it took against what was forecast."""
        if (forecast_seconds := self._forecast(job)) is not None:
            self._experience.add(forecast_seconds, self._leases.trained(job.run_id))

    def _forecast(self, job: Job) -> float | None:
        if job.forecast is None and (speed := self._speed()) is not None:
            job.forecast = job.share * forecast(job.spec, speed).seconds
        return job.forecast

    def _seconds(self, job: Job) -> float | None:
        """How long a job will take yet."""
        if job.paused_at is not None:
            return max(0.0, CROWDED_SECONDS - (self._clock() - job.paused_at))
        foreseen = self._forecast(job)
        if foreseen is not None:
            foreseen *= self._experience.factor
        if job.state != "running":
            return foreseen
        left = running_status(job.spec, self._feed.events(job.run_id)).seconds_left
        if left is not None or foreseen is None:
            return left
        return max(0.0, foreseen - self._leases.trained(job.run_id))
