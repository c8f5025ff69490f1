"""Idle workers are replaced and ended when they should be, by a clock of the test's own."""

from __future__ import annotations

import pytest

from cnnlib.idleness import LONG_SECONDS, SHORT_SECONDS, Idleness


@pytest.fixture
def clock():
    class Clock:
        now = 1_000.0

        def __call__(self) -> float:
            return self.now

    return Clock()


def idleness(clock, *, ours=True, rest_seconds=0.0, most_runs=3) -> Idleness:
    return Idleness(ours=ours, rest_seconds=rest_seconds, most_runs=most_runs, clock=clock)


def test_many_runs_bring_a_fresh_worker_soon_and_one_later(clock):
    one, many = idleness(clock), idleness(clock)
    one.note_run()
    for _ in range(3):
        many.note_run()
    clock.now += SHORT_SECONDS
    assert not many.is_time_to_replace
    clock.now += 1
    assert (many.is_time_to_replace, one.is_time_to_replace) == (True, False)
    clock.now += LONG_SECONDS
    assert one.is_time_to_replace


def test_work_puts_it_off_and_a_fresh_worker_needs_none(clock):
    idle = idleness(clock)
    idle.note_run()
    clock.now += LONG_SECONDS
    idle.note_work()
    clock.now += 1
    assert idle.seconds == 1
    assert not idle.is_time_to_replace
    idle.note_fresh()
    clock.now += 10 * LONG_SECONDS
    assert not idle.is_time_to_replace


@pytest.mark.parametrize(("ours", "rest_seconds"), [(False, 0.0), (False, 60.0), (True, 900.0)])
def test_workers_elsewhere_and_those_that_end_when_idle_are_replaced_after_many_runs_only(
    clock, ours, rest_seconds
):
    idle = idleness(clock, ours=ours, rest_seconds=rest_seconds)
    idle.note_run()
    clock.now += LONG_SECONDS + 1
    assert not idle.is_time_to_replace
    idle.note_run()
    idle.note_run()
    assert idle.is_time_to_replace


def test_only_our_own_end_and_only_where_they_are_to(clock):
    ours, elsewhere = (
        idleness(clock, rest_seconds=60.0),
        idleness(clock, ours=False, rest_seconds=60),
    )
    for_ever = idleness(clock)
    clock.now += 60
    assert not ours.is_time_to_rest
    clock.now += 1
    assert ours.is_time_to_rest
    assert not elsewhere.is_time_to_rest
    assert elsewhere.rest_seconds == 0
    assert not for_ever.is_time_to_rest
