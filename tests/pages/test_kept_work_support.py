"""Work that is done once and kept: by whom, for how long, and when its progress is shown."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pages.support.kept_work import KeptWork, Patience, forget_all, slow_bar


class Bar:
    """Takes what is drawn in it."""

    def __init__(self):
        self.drawn = []

    def progress(self, share, words):
        self.drawn.append((share, words))


def test_who_comes_while_something_is_made_waits_for_it():
    kept, made, may_end = KeptWork(most=2), [], threading.Event()

    def make():
        made.append(1)
        assert may_end.wait(30)
        return "found"

    with ThreadPoolExecutor(2) as threads:
        first, second = (threads.submit(kept.get, "it", make) for _ in range(2))
        while not made:
            pass
        assert kept.known("it") is None
        assert kept.get("another", lambda: "at once") == "at once"
        may_end.set()
        assert first.result(30) == second.result(30) == "found"
    assert made == [1]


def test_what_was_not_asked_for_longest_is_forgotten():
    kept = KeptWork(most=2)
    for name in ("a", "b", "a", "c"):
        kept.get(name, lambda name=name: name.upper())
    assert [kept.known(name) for name in "abc"] == ["A", None, "C"]


def test_what_fails_is_tried_again():
    kept = KeptWork(most=2)
    with pytest.raises(ZeroDivisionError):
        kept.get("it", lambda: 1 / 0)
    assert kept.get("it", lambda: 5) == 5


def test_progress_is_shown_of_what_takes_long():
    bar = Bar()
    slow_bar(bar, "Working", quiet_seconds=60)(0.5)
    assert not Patience(60).is_over
    assert bar.drawn == []
    slow_bar(bar, "Working", quiet_seconds=-1)(0.5)
    assert Patience(-1).is_over
    assert bar.drawn == [(0.5, "Working")]


def test_what_lasts_stays_when_the_rest_is_forgotten():
    kept = KeptWork(most=3, lasts=lambda name: name.startswith("shipped"))
    for name in ("shipped", "own", "shipped as well"):
        kept.get(name, lambda name=name: name.upper())
    forget_all()
    assert kept.known("own") is None
    assert (kept.known("shipped"), kept.known("shipped as well")) == ("SHIPPED", "SHIPPED AS WELL")
    kept.get("own", lambda: "another"), kept.get("a fourth", lambda: "4")
    assert kept.known("shipped") is None  # it is bounded as ever
