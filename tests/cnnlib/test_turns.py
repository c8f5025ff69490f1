from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.turns import Experience, Start, Turn, starts


def order(found):
    return sorted(found, key=lambda run_id: found[run_id].position)


def test_who_comes_new_does_not_wait_for_all_that_another_has_queued():
    busy = [Turn("a1", "a", 30.0)]
    waiting = [Turn(f"a{n}", "a", 30.0) for n in range(2, 6)] + [Turn("b1", "b", 5.0)]
    found = starts(busy, waiting, 1)
    assert order(found) == ["b1", "a2", "a3", "a4", "a5"]
    assert [found[run].seconds for run in order(found)] == [30.0, 35.0, 65.0, 95.0, 125.0]
    assert [found[run].position for run in order(found)] == [1, 2, 3, 4, 5]


def test_three_visitors_take_turns():
    waiting = [Turn(f"{who}{n}", who, 10.0) for who in "abc" for n in (1, 2, 3)]
    found = starts([], waiting, 1)
    assert order(found) == ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"]
    assert found["c3"].seconds == 80.0


def test_a_visitor_alone_has_one_run_at_a_time_however_many_slots_there_are():
    waiting = [Turn(f"a{n}", "a", 10.0) for n in range(3)]
    assert [start.seconds for start in starts([], waiting, 4).values()] == [0.0, 10.0, 20.0]


def test_two_slots_start_two_visitors_at_once():
    waiting = [Turn("a1", "a", 10.0), Turn("b1", "b", 4.0), Turn("c1", "c", 4.0)]
    found = starts([], waiting, 2)
    assert {run: start.seconds for run, start in found.items()} == {"a1": 0.0, "b1": 0.0, "c1": 4.0}


def test_what_is_not_known_is_not_told_but_has_a_place():
    waiting = [Turn("b1", "b", None), Turn("c1", "c", 5.0)]
    found = starts([Turn("a1", "a", 7.0)], waiting, 1)
    assert found == {"b1": Start(1, 7.0), "c1": Start(2, None)}
    # Where another slot is free by then, it does not matter.
    assert starts([Turn("a1", "a", 7.0)], waiting, 3)["c1"] == Start(2, 0.0)


def test_no_slots_yet_is_counted_as_one():
    assert starts([], [Turn("a1", "a", 3.0), Turn("b1", "b", 3.0)], 0)["b1"] == Start(2, 3.0)


turns = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 100)), max_size=30)


@given(turns, st.integers(1, 4))
def test_each_run_starts_once_and_no_visitor_passes_another_twice(drawn, slots):
    waiting = [Turn(str(n), who, seconds) for n, (who, seconds) in enumerate(drawn)]
    found = starts([], waiting, slots)
    assert sorted(start.position for start in found.values()) == list(range(1, len(waiting) + 1))
    by_run = {turn.run_id: turn for turn in waiting}
    first = {}
    for run in order(found):
        first.setdefault(by_run[run].visitor, found[run].position)
    # Everybody's first run comes before anybody's second one ... as many turns at most.
    for who, position in first.items():
        before = [by_run[run].visitor for run in order(found)[: position - 1]]
        if slots == 1:
            assert len(set(before)) == len(before), who
    # A visitor's runs do not overlap and keep their order.
    for who in "abcd":
        mine = [turn for turn in waiting if turn.visitor == who]
        for one, other in pairwise(mine):
            assert found[other.run_id].seconds >= found[one.run_id].seconds + one.seconds - 1e-6


def test_the_factor_is_the_median_of_the_last_runs_within_reason():
    seen = Experience()
    assert seen.factor == 1.0
    seen.add(10.0, 1.0)  # over at once: it says nothing
    seen.add(0.0, 10.0)
    assert seen.factor == 1.0
    seen.add(10.0, 1_000.0)
    assert seen.factor == 4.0
    for _ in range(9):
        seen.add(10.0, 13.0)
    assert seen.factor == pytest.approx(1.3)
