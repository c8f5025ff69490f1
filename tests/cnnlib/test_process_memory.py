"""The memory of this process, as the system counts it."""

from __future__ import annotations

import platform

import numpy as np
import psutil
import pytest

from cnnlib import process_memory
from cnnlib.process_memory import ProcessMemory, give_back


def test_it_is_the_resident_set_size():
    assert abs(ProcessMemory().bytes() - psutil.Process().memory_info().rss) < 5e6


def test_it_is_looked_up_now_and_then_only(monkeypatch):
    monkeypatch.setattr(process_memory.time, "monotonic", lambda: clock[0])
    clock, memory = [100.0], ProcessMemory()
    before = memory.bytes()
    taken = np.ones(50_000_000, np.uint8)
    clock[0] += 0.99 * process_memory.PAUSE_SECONDS
    assert memory.bytes() == before
    clock[0] += 0.02 * process_memory.PAUSE_SECONDS
    assert memory.bytes() > before + 0.9 * taken.nbytes


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give back by themselves")
def test_what_lies_free_between_what_is_used_is_given_back():
    def taken():
        return psutil.Process().memory_info().rss

    blocks = [bytes(30_000) for _ in range(4_000)]
    last = bytes(30_000)  # while this is there, what lies below it is kept
    full = taken()
    del blocks
    give_back()
    assert taken() < full - 0.8 * 4_000 * 30_000
    assert len(last) == 30_000
