"""What goes when everybody has left."""

from __future__ import annotations

import asyncio
import importlib
import platform
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from pages.support import memory
from pages.support.data import load_dataset
from pages.support.kept_work import KeptWork

ROOT = Path(__file__).resolve().parents[2]


def test_work_done_for_visitors_is_dropped_and_done_again_when_asked_for():
    calls = []

    @st.cache_data(max_entries=1)
    def squared(number: int) -> int:
        calls.append(number)
        return number * number

    kept: KeptWork[int] = KeptWork(most=1)
    assert (squared(3), squared(3), kept.get("four", lambda: 4)) == (9, 9, 4)
    memory.give_back()
    assert kept.known("four") is None
    assert squared(3) == 9
    assert calls == [3, 3]


def test_the_house_is_not_kept_where_there_is_no_server(monkeypatch):
    monkeypatch.setattr(memory.runtime, "exists", lambda: False)
    memory._keep_house()  # comes back at once


@pytest.mark.parametrize(
    ("visitors", "times"),
    [
        ((0, 0, 0, 0), 0),  # nobody has been there yet
        ((1, 0, 1, 0, 1), 0),  # somebody loads the page anew
        ((1, 0, 0, 0, 0), 1),
        ((1, 0, 0, 2, 0, 0), 2),
    ],
)
def test_all_have_left_when_nobody_is_there_twice_in_a_row(monkeypatch, visitors, times):
    looks, given = iter(visitors), []
    sessions = SimpleNamespace(num_active_sessions=lambda: next(looks))
    monkeypatch.setattr(memory.runtime, "exists", lambda: True)
    monkeypatch.setattr(
        memory.runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=sessions)
    )
    monkeypatch.setattr(memory, "time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(memory, "give_back", lambda: given.append(True))
    monkeypatch.setattr(memory, "_kept_sessions", lambda server: 0)
    with pytest.raises(StopIteration):
        memory._keep_house()
    assert len(given) == times


@pytest.mark.parametrize(
    ("kept", "times"),
    [
        ((3, 3, 3, 3), 1),  # they may still come back
        ((3, 3, 1, 0, 0), 2),  # and again when the last can no more
        ((3, 0, 0, 1, 0), 2),  # who came and left between two looks was there as well
    ],
)
def test_sessions_that_nobody_can_come_back_to_give_their_memory_back(monkeypatch, kept, times):
    looks, given = iter(kept), []
    server = SimpleNamespace(
        _session_mgr=SimpleNamespace(num_active_sessions=iter([1] + 9 * [0]).__next__)
    )
    monkeypatch.setattr(memory.runtime, "exists", lambda: True)
    monkeypatch.setattr(memory.runtime, "get_instance", lambda: server)
    monkeypatch.setattr(memory, "time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(memory, "give_back", lambda: given.append(True))
    monkeypatch.setattr(memory, "_kept_sessions", lambda server: next(looks))
    with pytest.raises(StopIteration):
        memory._keep_house()
    assert len(given) == times


class Left:
    session = SimpleNamespace(id="one")


def test_counting_kept_sessions_drops_those_that_are_too_old():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    clock = [0.0]
    storage = MemorySessionStorage(ttl_seconds=120)
    storage._cache = TTLCache(maxsize=9, ttl=120, timer=lambda: clock[0])
    session = Left()
    gone = weakref.ref(session)
    storage.save(session)
    del session
    server = SimpleNamespace(
        _session_mgr=SimpleNamespace(_session_storage=storage),
        _get_async_objs=lambda: SimpleNamespace(eventloop=loop),
    )
    try:
        assert memory._kept_sessions(server) == 1
        clock[0] = 121
        assert memory._kept_sessions(server) == 0
        assert gone() is None
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have other rules")
def test_a_thread_that_has_freed_a_large_array_keeps_little_of_it():
    script = """
import threading, numpy as np, psutil
from pages.support.memory import keep_little
keep_little()
process = psutil.Process()
def taken():
    return process.memory_info().rss
def work():
    taken()
    np.ones(30_000_000, np.uint8)  # without a bound, this many bytes would be kept from now on
    held = [np.ones(50_000, np.uint8) for _ in range(400)]
    full = taken()
    del held
    print(full - taken())
thread = threading.Thread(target=work)
thread.start(); thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert int(done.stdout) > 15e6  # of the twenty million bytes


@pytest.mark.parametrize(("module", "name"), memory.REFILLED)
def test_what_is_refilled_is_a_cache(module, name):
    cached = getattr(importlib.import_module(module), name)
    assert callable(cached.clear)


def test_data_sets_are_dropped_and_read_again():
    before = load_dataset("digits")
    assert load_dataset("digits") is before
    memory.give_back()
    after = load_dataset("digits")
    assert after is not before
    assert (after.x_train == before.x_train).all()
