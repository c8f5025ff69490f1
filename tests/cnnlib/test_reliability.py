"""Whether confidence means what it says: against sums by hand, closed forms and the softmax."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlib.activations import softmax
from cnnlib.evaluation import EvaluationError, accuracy_interval
from cnnlib.reliability import (
    MOST_BINS,
    bin_numbers,
    chance_error,
    in_bin,
    reliability,
    tempered,
)

# Two classes; class 0 is answered in all but the last.
CONFIDENCES = np.array([0.95, 0.9, 0.85, 0.6, 0.55, 0.7])
PROBABILITIES = np.column_stack([CONFIDENCES, 1 - CONFIDENCES])
PROBABILITIES[5] = 0.3, 0.7
LABELS = np.array([0, 0, 1, 0, 1, 1], np.uint8)  # right, right, wrong, right, wrong, right


def test_bins_hold_their_answers_with_mean_confidence_and_accuracy():
    found = reliability(LABELS, PROBABILITIES, bins=5)
    assert [(one.count, one.right) for one in found.bins] == [
        (0, 0),
        (0, 0),
        (2, 1),
        (1, 1),
        (3, 2),
    ]
    assert [one.confidence for one in found.bins[2:]] == pytest.approx([0.575, 0.7, 0.9])
    assert [one.accuracy for one in found.bins] == [None, None, 0.5, 1.0, pytest.approx(2 / 3)]
    assert [one.gap for one in found.bins] == pytest.approx([0, 0, 0.075, -0.3, 0.9 - 2 / 3])
    assert found.bins[4].interval == accuracy_interval(2, 3)
    assert found.bins[0].interval is None


def test_the_expected_error_is_the_sum_by_hand():
    found = reliability(LABELS, PROBABILITIES, bins=5)
    assert found.expected_error == pytest.approx((2 * 0.075 + 0.3 + 3 * (0.9 - 2 / 3)) / 6)
    # Of one bin only the means are left: 4 of 6 right.
    assert reliability(LABELS, PROBABILITIES, 1).expected_error == pytest.approx(
        abs(CONFIDENCES.mean() - 4 / 6)
    )
    assert found.excess == pytest.approx(CONFIDENCES.mean() - 4 / 6)


def test_an_edge_belongs_to_the_bin_below_it_whatever_the_rounding():
    # 0.6 x 5 and 0.7 x 10 are above 3 and 7 in floating point.
    assert bin_numbers(np.array([0.2, 0.6, 1.0, 0.0]), 5).tolist() == [0, 2, 4, 0]
    assert bin_numbers(np.arange(1, 11) / 10, 10).tolist() == list(range(10))


@given(st.integers(1, MOST_BINS), st.integers(0, 10_000))
def test_every_answer_is_in_one_bin_that_its_confidence_lies_in(bins, seed):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(4), 60)
    labels = rng.integers(0, 4, 60)
    found = reliability(labels, shares, bins)
    assert found.images == 60
    assert sum(one.right for one in found.bins) == (shares.argmax(axis=1) == labels).sum()
    for one in found.bins:
        assert not one.count or one.low < one.confidence <= one.high + 1e-12
    # The gaps' sizes add up to no less than their sum, and each is at most 1.
    assert abs(found.excess) - 1e-12 <= found.expected_error <= 1


def test_members_of_a_bin_come_with_mistakes_first():
    assert in_bin(LABELS, PROBABILITIES, 4, bins=5).tolist() == [2, 0, 1]
    assert in_bin(LABELS, PROBABILITIES, 0, bins=5).tolist() == []


def test_a_network_that_is_exactly_as_sure_as_right_has_the_error_of_chance():
    rng = np.random.default_rng(5)
    confidences = rng.uniform(0.5, 1, 2_000)
    shares = np.column_stack([confidences, 1 - confidences])
    mean, most = chance_error(shares, 10)
    errors = [
        reliability((rng.random(2_000) > confidences).astype(int), shares, 10).expected_error
        for _ in range(40)
    ]
    assert np.mean(errors) == pytest.approx(mean, rel=0.15)
    assert np.mean(np.array(errors) <= most) > 0.8


def test_chance_in_one_bin_is_the_mean_size_of_a_normal_number():
    shares = np.full((1_000, 2), 0.5)
    mean, most = chance_error(shares, 1, draws=4_000)
    deviation = math.sqrt(0.25 / 1_000)
    assert mean == pytest.approx(deviation * math.sqrt(2 / math.pi), rel=0.05)
    assert most == pytest.approx(1.96 * deviation, rel=0.05)


def test_chance_is_drawn_by_its_seed():
    assert chance_error(PROBABILITIES, 5, seed=3) == chance_error(PROBABILITIES, 5, seed=3)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7, 3.0])
def test_temperature_divides_the_scores_before_softmax(temperature):
    scores = np.random.default_rng(0).normal(0, 6, (50, 10)).astype(np.float32)
    expected = softmax(scores / np.float32(temperature))
    found = tempered(softmax(scores), temperature)
    assert found == pytest.approx(expected, abs=1e-5)
    assert (found.argmax(axis=1) == scores.argmax(axis=1)).all()


def test_a_probability_of_zero_stays_zero():
    assert tempered(np.array([[1.0, 0.0]]), 3.0).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize("temperature", [0, -1, float("inf"), float("nan")])
def test_no_temperature_is_refused(temperature):
    with pytest.raises(EvaluationError, match="above 0"):
        tempered(PROBABILITIES, temperature)


@pytest.mark.parametrize("bins", [0, -3, MOST_BINS + 1])
def test_the_number_of_bins_is_limited(bins):
    with pytest.raises(EvaluationError, match="1 to 50"):
        reliability(LABELS, PROBABILITIES, bins)


@pytest.mark.parametrize(
    ("labels", "shares"),
    [
        (LABELS[:3], PROBABILITIES),
        (LABELS, CONFIDENCES),
        (LABELS[:0], PROBABILITIES[:0]),
        (LABELS, PROBABILITIES * np.nan),
        (LABELS, PROBABILITIES * 2),
    ],
)
def test_arrays_that_do_not_fit_are_refused(labels, shares):
    with pytest.raises(EvaluationError, match="Probabilities are"):
        reliability(labels, shares)
