"""The timeline's stops: in order, sourced, each with something to try."""

from __future__ import annotations

import pytest

from cnnlib.history import STOPS, stop_of


def test_the_timeline_goes_from_1959_on_without_a_year_twice():
    years = [stop.year for stop in STOPS]
    assert years[0] == 1959
    assert years == sorted(set(years))
    assert {1962, 1980, 1986, 1989, 1998, 2009, 2012, 2015, 2020, 2022} <= set(years)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.year)
def test_a_stop_is_sourced_and_has_something_to_try(stop):
    assert stop.happened
    assert stop.sources
    for words, address in stop.sources:
        # What is cited is of that year, or was printed the year after it was done.
        assert any(f"({year})" in words for year in (stop.year, stop.year + 1))
        assert address.startswith("https://")
    assert bool(stop.doors) != bool(stop.exhibit)


@pytest.mark.parametrize("odd", [None, "1998", 1990, -1, 1998.5])
def test_what_is_no_year_of_the_timeline_is_its_start(odd):
    assert stop_of(odd).year == 1959


def test_a_year_is_found():
    assert stop_of(1998).title == "LeNet-5 and MNIST"
