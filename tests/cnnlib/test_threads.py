from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnnlib import threads
from cnnlib.threads import share


@pytest.fixture
def two_cores(monkeypatch):
    """Sharing as on two cores, whatever this machine has."""
    monkeypatch.setattr(threads, "cores", lambda: 2)


def test_every_piece_is_handed_out_once(two_cores):
    done = []
    share(done.extend, range(1000), multiply_adds=1e9)
    assert sorted(done) == list(range(1000))


def test_large_work_runs_in_two_threads_at_once(two_cores):
    meeting = threading.Barrier(2, timeout=30)

    def work(pieces):
        next(pieces)
        meeting.wait()  # passes only when both threads have taken a piece

    share(work, range(2), multiply_adds=1e9)


def test_small_work_stays_in_its_thread(two_cores):
    seen = []
    share(lambda pieces: seen.append(threading.current_thread()), range(9), multiply_adds=1e3)
    assert seen == [threading.current_thread()]


def test_a_busy_helper_is_not_waited_for(two_cores):
    release = threading.Event()
    busy = threads._pool().submit(release.wait, 60)
    others = [threads._pool().submit(release.wait, 60) for _ in range(threads._pool()._max_workers)]
    try:
        done = []
        start = time.perf_counter()
        share(done.extend, range(10), multiply_adds=1e9)
        assert sorted(done) == list(range(10))
        assert time.perf_counter() - start < 30
    finally:
        release.set()
        for future in (busy, *others):
            future.result()


def test_an_error_in_either_thread_reaches_the_caller(two_cores):
    caller = threading.current_thread()
    for wanted in (True, False):

        def work(pieces, wanted=wanted):
            for _ in pieces:
                if (threading.current_thread() is caller) == wanted:
                    raise ArithmeticError("piece")
                time.sleep(0.01)

        with pytest.raises(ArithmeticError, match="piece"):
            share(work, range(50), multiply_adds=1e9)


def test_the_callers_error_state_holds_in_all_threads(two_cores):
    meeting = threading.Barrier(2, timeout=30)
    states = []

    def work(pieces):
        next(pieces)
        meeting.wait()
        states.append(np.geterr()["over"])

    with np.errstate(over="raise"):
        share(work, range(2), multiply_adds=1e9)
    assert states == ["raise", "raise"]


def test_blas_has_one_thread():
    np.ones((2, 2)) @ np.ones((2, 2))
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    assert all(library["num_threads"] == 1 for library in libraries)
