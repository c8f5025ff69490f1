"""The works elsewhere: complete entries, each tied to a page, and questions about them."""

from __future__ import annotations

import pytest

from cnnlib.elsewhere import ELSEWHERE, KINDS, by_page, chosen
from cnnlib.exercises import check
from cnnlib.materials import LEVELS, MATERIALS
from cnnlib.questions_elsewhere import CASES, OPTIONS, QUESTIONS, method_for, work_for

SECTION = {"whole_network", "activation_based", "weight_based", "results", "pixel_importance"}


@pytest.mark.parametrize("each", ELSEWHERE, ids=lambda each: each.work.title)
def test_an_entry_is_complete(each):
    work = each.work
    assert work.kind in KINDS
    assert work.level in LEVELS
    assert 2013 <= work.year <= 2026
    assert work.address.startswith("https://")
    for words in (work.title, work.author, work.length, each.aim, each.theirs, each.ours):
        assert words.strip() == words != ""
    assert work.reader.startswith("For ")
    assert each.theirs.endswith(".")
    assert each.ours.endswith(".")


def test_works_are_few_and_each_is_there_once():
    assert 10 <= len(ELSEWHERE) <= 15
    for name in ("title", "address"):
        assert len({getattr(each.work, name) for each in ELSEWHERE}) == len(ELSEWHERE)


def test_every_page_of_the_section_that_others_went_further_on_has_one():
    assert {each.work.deepens for each in ELSEWHERE} >= SECTION


def test_a_work_of_the_study_materials_is_described_alike():
    known = {work.address: work for work in MATERIALS}
    (both,) = [each.work for each in ELSEWHERE if each.work.address in known]
    other = known[both.address]
    assert (both.title, both.author, both.year) == (other.title, other.author, other.year)


def test_kinds_part_the_works():
    assert [each for kind in KINDS for each in chosen(kind)] == sorted(
        ELSEWHERE, key=lambda each: list(KINDS).index(each.work.kind)
    )
    assert chosen() == chosen("") == chosen("Papers") == ELSEWHERE


def test_pages_come_in_the_order_of_the_article():
    found = by_page(ELSEWHERE, ["results", "classify", *sorted(SECTION - {"results"}), "training"])
    assert list(found)[:2] == ["results", "classify"]
    assert [len(works) for works in by_page(chosen("paper"), list(found)).values()] == [1, 4]
    assert sum(map(len, found.values())) == len(ELSEWHERE)
    assert list(by_page(chosen("play"), ["classify"])) == ["classify", "whole_network", "training"]


@pytest.mark.parametrize("maker", QUESTIONS["external_material"])
def test_every_question_is_answered_by_its_own_answer_and_comes_again(maker):
    for seed in range(40):
        exercise = maker(seed)
        assert check(exercise, exercise.answer).right
        assert exercise == maker(seed)
        assert len(set(exercise.choices)) == OPTIONS
        assert exercise.answer in exercise.worked


def test_each_method_answers_one_question_and_all_are_asked():
    assert (
        len({case.method for case in CASES}) == len({case.wanted for case in CASES}) == len(CASES)
    )
    assert {method_for(seed).answer for seed in range(120)} == {case.method for case in CASES}
    assert {work_for(seed).answer for seed in range(150)} == {each.work.title for each in ELSEWHERE}


def test_the_answer_stands_at_any_place():
    places = {exercise.choices.index(exercise.answer) for exercise in map(method_for, range(40))}
    assert places == set(range(OPTIONS))
