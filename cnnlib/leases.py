"""What ends a run although nobody has stopped it: nobody watches it any more, or its time is up.

A run is watched while its visitor has any page open, or anybody has one open that shows it. Where
several apps share a run store, one that shows another's run says so with a file in its folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from cnnlib.job_queue import Job
from cnnlib.limits import Limits
from cnnlib.storage import Stamp


@dataclass
class _Lease:
    watched_at: float
    looked_at: float
    trained: float = 0.0  # seconds, pauses left out
    stamp: Stamp | None = None


class Leases:
    """The leases and the training times of the jobs of one engine.

    `is_present` tells whether a visitor has a page open, `stamp_of` what changes when another app
    shows a run. Safe to use from several threads. `clock` gives seconds.
    """

    def __init__(
        self,
        limits: Limits,
        is_present: Callable[[str], bool],
        stamp_of: Callable[[str], Stamp | None],
        clock: Callable[[], float] = time.monotonic,
    ):
        self._limits = limits
        self._is_present, self._stamp_of, self._clock = is_present, stamp_of, clock
        self._leases: dict[str, _Lease] = {}

    def renew(self, run_id: str) -> None:
        """Somebody looks at the run right now."""
        lease = self._leases.get(run_id)
        if lease is not None:
            lease.watched_at = self._clock()

    def trained(self, run_id: str) -> float:
        """Seconds that the run has trained since it was queued."""
        lease = self._leases.get(run_id)
        return lease.trained if lease is not None else 0.0

    def look(self, jobs: list[Job]) -> dict[str, str]:
        """Take note of what the jobs are doing; why each that is to end is to, by run id.

        These jobs are all there are: others are forgotten.
        """
        now, known = self._clock(), self._leases
        self._leases = {
            job.run_id: known.get(job.run_id) or _Lease(now, now, stamp=self._stamp_of(job.run_id))
            for job in jobs
        }
        found = {}
        for job in jobs:
            lease = self._leases[job.run_id]
            if job.state == "running" and job.paused_at is None:
                lease.trained += now - lease.looked_at
            lease.looked_at = now
            if job.visitor and self._is_present(job.visitor):
                lease.watched_at = now
            if reason := self._reason(job, lease, now):
                found[job.run_id] = reason
        return found

    def _reason(self, job: Job, lease: _Lease, now: float) -> str:
        limits = self._limits
        if lease.trained > limits.run_seconds:
            return f"It had trained for {_words(limits.run_seconds)}, as long as a run may here."
        if now - lease.watched_at <= limits.lease_seconds:
            return ""
        if (stamp := self._stamp_of(job.run_id)) != lease.stamp:
            lease.stamp, lease.watched_at = stamp, now
            return ""
        return (
            f"Nobody had had it open for {_words(limits.lease_seconds)}, so it made room for "
            "others. You can let it go on."
        )


def _words(seconds: float) -> str:
    """A time for a sentence.

    >>> [_words(s) for s in (45, 60, 600, 3600, 7200, 5400)]
    ['45 seconds', '1 minute', '10 minutes', '1 hour', '2 hours', '90 minutes']
    """
    for unit, name in ((3_600, "hour"), (60, "minute")):
        if seconds >= unit and seconds % unit == 0:
            count = round(seconds / unit)
            return f"{count:,} {name}{'s' * (count > 1)}"
    return f"{seconds / 60:,.0f} minutes" if seconds > 120 else f"{seconds:.0f} seconds"
