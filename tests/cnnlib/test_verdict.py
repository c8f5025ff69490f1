"""How sure a network is: thresholds on either side, entropies known by hand, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.verdict import NONE, VerdictError, entropy_bits, percent, verdict

CLASSES = ("cat", "dog", "frog")


@pytest.mark.parametrize(
    ("probabilities", "level", "sentence"),
    [
        ((0.9, 0.06, 0.04), "sure", "Sure: **cat**, with 90.0 %."),
        ((0.89, 0.06, 0.05), "probably", "Probably **cat**, with 89.0 %; dog has 6.0 %."),
        ((0.3, 0.6, 0.1), "probably", "Probably **dog**, with 60.0 %; cat has 30.0 %."),
        (
            (0.0, 0.59, 0.41),
            "not sure",
            "Not sure: **dog** comes first with 59.0 %, but frog has 41.0 %.",
        ),
        (
            (0.25, 0.26, 0.49),
            "not sure",
            "Not sure: **frog** comes first with 49.0 %, but dog has 26.0 %.",
        ),
        ((0.99997, 0.00003, 0.0), "sure", "Sure: **cat**, with more than 99.9 %."),
    ],
)
def test_the_words_follow_the_top_probability_and_the_margin(probabilities, level, sentence):
    answer = verdict(np.array(probabilities), CLASSES)
    assert (answer.level, answer.sentence) == (level, sentence)


def test_half_the_answer_is_probable_only_with_a_clear_margin():
    assert verdict(np.array([0.5, 0.25, 0.25]), CLASSES).level == "probably"
    assert verdict(np.array([0.5, 0.375, 0.125]), CLASSES).level == "not sure"
    assert verdict(np.array([0.375, 0.125, 0.5]), CLASSES).level == "not sure"


def test_too_little_for_any_class_is_none_of_these():
    shares = np.array([0.2, 0.45, 0.35])
    answer = verdict(shares, CLASSES, none_below=0.46)
    assert (answer.level, answer.headline, answer.best) == (NONE, "none of these", 1)
    assert answer.sentence == (
        "None of these, it seems: even the likeliest, **dog**, has only 45.0 %."
    )
    assert verdict(shares, CLASSES, none_below=0.45).level == "not sure"
    assert verdict(np.array([0.0, 1.0, 0.0]), CLASSES, none_below=1.0).level == "sure"


def test_numbers_of_a_verdict_by_hand():
    answer = verdict(np.array([0.125, 0.25, 0.625], dtype=np.float32), CLASSES)
    assert (answer.best, answer.second) == (2, 1)
    assert answer.probability == 0.625
    assert answer.margin == 0.375
    expected = 0.125 * 3 + 0.25 * 2 + 0.625 * math.log2(1.6)
    assert answer.entropy == pytest.approx(expected, abs=1e-12)


def test_only_an_answer_that_is_not_sure_carries_a_question_mark():
    assert verdict(np.array([0.34, 0.33, 0.33]), CLASSES).headline == "cat?"
    assert verdict(np.array([0.05, 0.8, 0.15]), CLASSES).headline == "dog"


def test_entropy_lies_between_certainty_and_knowing_nothing():
    assert entropy_bits(np.eye(10)[3]) == 0
    assert entropy_bits(np.full(10, 0.1)) == pytest.approx(math.log2(10))
    assert entropy_bits(np.array([0.5, 0.5, 0.0])) == 1


def test_a_percentage_is_never_rounded_to_a_certainty_it_is_not():
    assert percent(0.99949) == "99.9 %"
    assert percent(0.9995) == "> 99.9 %"
    assert percent(0.0005) == "0.1 %"
    assert percent(0.00049) == "< 0.1 %"
    assert percent(float("nan")) == "no number"


@pytest.mark.parametrize(
    ("probabilities", "reason"),
    [
        ([0.5, 0.5], r"shape \(2,\) for 3 classes"),
        ([[0.2, 0.3, 0.5]], r"shape \(1, 3\)"),
        ([math.nan, 0.5, 0.5], "lower learning rate"),
        ([math.inf, 0.0, 0.0], "lower learning rate"),
        ([0.5, 0.5, 0.5], "add up to 1.5"),
        ([1.5, -0.5, 0.0], "go down to -0.5"),
    ],
)
def test_what_is_no_probability_is_refused_with_a_reason(probabilities, reason):
    with pytest.raises(VerdictError, match=reason):
        verdict(np.array(probabilities), CLASSES)


def test_one_class_alone_is_no_choice():
    with pytest.raises(VerdictError, match="two or more classes"):
        verdict(np.array([1.0]), ("cat",))
