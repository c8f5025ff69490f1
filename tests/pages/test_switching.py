"""Threads that draw pages wait for each other no longer than said."""

from __future__ import annotations

import sys
import threading
import time

from pages.support import switching


def test_a_thread_that_waits_has_its_turn_while_another_computes():
    before = sys.getswitchinterval()
    done = threading.Event()

    def compute() -> None:
        while not done.is_set():
            sum(range(1_000))

    def turns_had() -> int:
        """How often this thread gives way and has the interpreter back, in half a second."""
        count, end = 0, time.monotonic() + 0.5
        while time.monotonic() < end:
            time.sleep(0)
            count += 1
        return count

    thread = threading.Thread(target=compute)
    try:
        sys.setswitchinterval(0.02)
        thread.start()
        few = turns_had()
        switching.take_turns()
        assert turns_had() > 3 * few
    finally:
        done.set()
        sys.setswitchinterval(before)
        thread.join()
