"""Where a run stands in the queue, in words."""

from __future__ import annotations

from cnnlib.records import RunStatus
from pages.support.forecast import duration

SOON = 5.0  # seconds


def place_in_line(status: RunStatus) -> str:
    """Its number in the queue and about when it starts, to follow a word; empty if it is in none.

    >>> place_in_line(RunStatus("queued", position=3, starts_in=95.0))
    ', number 3 in the queue, starts in about 1.6 min'
    >>> place_in_line(RunStatus("queued", position=1)), place_in_line(RunStatus("running"))
    (', number 1 in the queue', '')
    """
    if not status.position:
        return ""
    place = f", number {status.position} in the queue"
    if status.starts_in is None:
        return place
    soon = status.starts_in < SOON
    return f"{place}, starts in {'a moment' if soon else f'about {duration(status.starts_in)}'}"
