"""What goes when everybody has left."""

from __future__ import annotations

import streamlit as st

from pages.support import memory
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


def test_the_house_is_not_kept_where_there_is_no_server():
    memory._keep_house()  # comes back at once
