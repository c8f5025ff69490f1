"""What a visitor may bring in an hour, and what has to be left on the disk."""

from __future__ import annotations

import threading

import pytest

from cnnlib.quota import HOUR, Quota
from cnnlib.records import RunError
from cnnlib.spec import Limits

LIMITS = Limits(imports=3, import_bytes=1_000)


@pytest.fixture
def clock():
    """A clock that is set by hand: `clock[0] = 5.0`."""
    return [0.0]


@pytest.fixture
def quota(clock):
    return Quota(lambda: clock[0])


def test_as_many_as_the_limit_and_no_more(quota):
    for _ in range(3):
        quota.take("a", 1, LIMITS)
    with pytest.raises(RunError, match=r"^in an hour 3 runs can be brought back; try again in 60"):
        quota.take("a", 1, LIMITS)
    quota.take("b", 1, LIMITS)  # somebody else may


def test_an_hour_after_the_first_there_is_room_for_one(quota, clock):
    for seconds in (0.0, 600.0, 1200.0):
        clock[0] = seconds
        quota.take("a", 1, LIMITS)
    clock[0] = HOUR - 61.0
    with pytest.raises(RunError, match=r"try again in a minute\.$"):
        quota.take("a", 1, LIMITS)
    clock[0] = HOUR
    quota.take("a", 1, LIMITS)
    with pytest.raises(RunError, match=r"try again in 10 minutes\.$"):
        quota.take("a", 1, LIMITS)


def test_bytes_are_counted_together(quota):
    quota.take("a", 600, LIMITS)
    with pytest.raises(RunError, match=r"600 have been, and this one has 401\. Try again in 60"):
        quota.take("a", 401, LIMITS)
    quota.take("a", 400, LIMITS)  # what was refused was not counted


def test_one_that_is_too_large_by_itself_is_not_asked_to_wait(quota):
    with pytest.raises(RunError, match=r"this one has 1,001\. It is too large\.$"):
        quota.take("a", 1_001, LIMITS)


def test_who_has_brought_nothing_for_an_hour_is_forgotten(quota, clock):
    for number in range(100):
        quota.take(f"visitor {number}", 1, LIMITS)
    clock[0] = HOUR
    quota.take("a", 1, LIMITS)
    assert list(quota._brought) == ["a"]


def test_visitors_at_once_get_no_more_together_than_one_after_another(quota):
    limits = Limits(imports=10)
    refused = []

    def bring():
        for _ in range(5):
            try:
                quota.take("a", 1, limits)
            except RunError:
                refused.append(1)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 4 * 5 - 10
