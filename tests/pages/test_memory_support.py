"""What goes when everybody has left."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest
import streamlit as st

from pages.support import memory
from pages.support.data import load_dataset
from pages.support.kept_work import KeptWork


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
    with pytest.raises(StopIteration):
        memory._keep_house()
    assert len(given) == times


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
