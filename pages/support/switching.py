"""How the pages of many visitors, each drawn by a thread of its own, share one interpreter."""

from __future__ import annotations

import sys

TURN_SECONDS = 0.0005


def take_turns() -> None:
    """Let a thread that computes give way to one that waits after half a millisecond.

    Python's own five are made for few threads. Here each element of a page wakes the thread that
    sends it, for which the page's own lets go of the interpreter; to have it back it waits a whole
    turn of every page that computes. With fifty visitors that was most of a page's time.
    """
    sys.setswitchinterval(TURN_SECONDS)
