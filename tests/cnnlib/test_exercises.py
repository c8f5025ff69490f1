"""Answers are computed rightly, read kindly, and judged exactly."""

from __future__ import annotations

import pytest

from cnnlib import questions_game_changer as questions
from cnnlib.exercises import Exercise, check

NUMBER = Exercise("?", 1_234.5, "", "", tolerance=0.05)
ALL = [maker for makers in questions.QUESTIONS.values() for maker in makers]


@pytest.mark.parametrize("text", ["1234.5", " 1,234.5 ", "1 234.5", "1234.54", "+1.2345e3"])
def test_the_ways_to_write_a_number(text):
    assert check(NUMBER, text).right is True


@pytest.mark.parametrize(
    "text", ["", "many", "1.2.3", "nan", "inf", "1e999", "0x10", "💥", "9" * 99]
)
def test_what_is_no_number_is_asked_for_again_or_wrong(text):
    verdict = check(NUMBER, text)
    assert verdict.right is not True
    assert verdict.message.endswith(".")


def test_a_wrong_number_is_told_how_it_is_wrong():
    assert check(NUMBER, "-1234.5").message == "The size is right; look at the sign."
    assert check(NUMBER, "−1,234.5").message == "The size is right; look at the sign."
    assert check(NUMBER, "1300").message.startswith("Close")
    assert check(NUMBER, "9999").message == "9999 is too large."
    assert check(NUMBER, "3").message == "3 is too small."


def test_choices():
    exercise = Exercise("?", "left", "", "", choices=("left", "right"))
    long = "a choice is never cut off, however long it is " * 3
    assert check(Exercise("?", long.strip(), "", "", choices=(long.strip(), "b")), long).right
    assert check(exercise, "left").right is True
    assert check(exercise, "right").right is False
    with pytest.raises(ValueError, match="not among"):
        Exercise("?", "up", "", "", choices=("left", "right"))


@pytest.mark.parametrize("maker", ALL, ids=lambda maker: maker.__name__)
def test_every_question_has_one_right_answer_and_repeats(maker, sound):
    assert len({sound(maker, seed).question for seed in range(40)}) > 2


def test_every_page_has_two_kinds_of_question():
    assert all(len(set(makers)) >= 2 for makers in questions.QUESTIONS.values())


def test_answers_by_hand():
    # (26.2 - 15.3) / 26.2 = 0.416
    assert questions.error_drop(0).answer == 42
    # Each is recomputed here from the numbers in the question's own worked line.
    for maker in (questions.image_numbers, questions.layer_parameters, questions.layer_work):
        for seed in range(10):
            left, right = maker(seed).worked.replace(",", "").replace("×", "*").split("=")
            assert eval(left) == int(right) == maker(seed).answer
    for maker in (questions.window_sum, questions.dot_product, questions.slope):
        for seed in range(10):
            left, right = maker(seed).worked.replace("×", "*").split("=")
            assert eval(left) == pytest.approx(float(right))
            assert float(right) == pytest.approx(maker(seed).answer)
