"""The shelf: complete entries, and filters that keep what they should."""

from __future__ import annotations

import itertools

import pytest

from cnnlib.materials import KINDS, LEVELS, MATERIALS, chosen


@pytest.mark.parametrize("work", MATERIALS, ids=lambda work: work.title)
def test_an_entry_is_complete(work):
    assert work.kind in KINDS
    assert work.level in LEVELS
    assert 1998 <= work.year <= 2026
    assert work.address.startswith(("https://", "http://neuralnetworksanddeeplearning.com"))
    for words in (work.title, work.author, work.length, work.reader, work.deepens):
        assert words.strip() == words != ""
    assert work.reader.startswith("For ")


def test_works_are_few_and_each_is_there_once():
    assert 12 <= len(MATERIALS) <= 16
    assert len({work.title for work in MATERIALS}) == len(MATERIALS)
    assert len({work.address for work in MATERIALS}) == len(MATERIALS)


def test_filters_part_the_shelf():
    parts = [chosen(kind, level) for kind, level in itertools.product(KINDS, LEVELS)]
    assert sum(map(len, parts)) == len(MATERIALS)
    assert set(itertools.chain(*parts)) == set(MATERIALS)
    assert chosen("video", "depth") == ()
    assert {work.kind for work in chosen("textbook")} == {"textbook"}
    assert {work.level for work in chosen(level="depth")} == {"depth"}


@pytest.mark.parametrize("odd", ["", "Videos", None, "../video"])
def test_what_is_no_name_asks_for_all(odd):
    assert chosen(odd, odd) == MATERIALS
