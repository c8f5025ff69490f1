"""The exercises on results: answered from what they say themselves, whatever the network."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import pytest

from cnnlib.exercises import check
from cnnlib.questions_results import (
    QUESTIONS,
    Results,
    bin_gap,
    calibration_error,
    images_needed,
    interval_reach,
    recall_or_precision,
    warmer,
)

CLASSES = ("cat", "dog", "fox", "owl")


def results(concentration: float, seed: int = 0, images: int = 300) -> Results:
    """Answers of a network that is right about as often as its confidence says."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(4, concentration), images).astype(np.float32)
    labels = np.array([rng.choice(4, p=np.float64(x) / np.float64(x).sum()) for x in shares])
    return Results(labels.astype(np.uint8), shares, CLASSES)


def perfect() -> Results:
    labels = np.arange(40) % 4
    return Results(labels, np.eye(4, dtype=np.float32)[labels], CLASSES)


def guessing() -> Results:
    """Always the same answer."""
    shares = np.tile(np.float32([0.3, 0.25, 0.25, 0.2]), (40, 1))
    return Results(np.arange(40) % 4, shares, CLASSES)


def numbers(text: str) -> list[float]:
    found = re.findall(r"−?\d[\d,]*(?:\.\d+)?", text)
    return [float(x.replace("−", "-").replace(",", "")) for x in found]


@pytest.mark.parametrize("shown", [results(0.5), results(0.05), perfect(), guessing()])
def test_every_question_is_answered_by_its_own_answer_and_comes_again(shown):
    for maker in QUESTIONS["results"]:
        make = partial(maker, shown=shown)
        for seed in range(12):
            exercise = make(seed)
            assert check(exercise, str(exercise.answer)).right
            assert exercise == make(seed)
            assert "nan" not in exercise.question + exercise.worked


def test_recall_and_precision_are_read_off_the_counts():
    kinds = set()
    for seed in range(12):
        exercise = recall_or_precision(seed, shown=results(0.5))
        images, right, said = numbers(exercise.question)
        found = "images was found" in exercise.question
        assert exercise.answer == round(100 * right / (images if found else said), 1)
        kinds.add(found)
    assert kinds == {True, False}


def test_the_textbook_s_interval_is_its_formula():
    for seed in range(4):
        exercise = interval_reach(seed, shown=results(0.5))
        right, images = numbers(exercise.question)[:2]
        share = right / images
        reach = 196 * math.sqrt(share * (1 - share) / images)
        assert exercise.answer == pytest.approx(reach, abs=0.005)
    assert numbers(interval_reach(1, shown=results(0.5)).question)[1] == 300


def test_an_interval_narrows_with_the_root_of_the_images():
    exercise = images_needed(0, shown=results(0.5))
    times = {"half": 2, "third": 3, "quarter": 4, "fifth": 5}
    (name,) = [word for word in times if word in exercise.question]
    assert exercise.answer == 300 * times[name] ** 2


def test_a_bin_s_gap_is_confidence_less_accuracy():
    for seed in range(8):
        exercise = bin_gap(seed, shown=results(0.5))
        count, low, high, confidence, right = numbers(exercise.question)
        assert low < confidence <= high
        assert exercise.answer == pytest.approx(confidence - 100 * right / count, abs=0.006)


def test_the_calibration_error_is_the_sum_over_the_bins():
    for seed in range(6):
        exercise = calibration_error(seed, shown=results(0.5))
        text = exercise.question.partition("hold:")[2].partition("What")[0]
        bins = np.array(numbers(text)).reshape(-1, 3)
        assert bins[:, 0].sum() == 200
        error = np.abs(bins[:, 1] - bins[:, 0] * bins[:, 2]).sum() / 200
        assert exercise.answer == pytest.approx(100 * error, abs=0.006)


def test_a_temperature_of_two_takes_roots():
    for seed in range(6):
        exercise = warmer(seed, shown=results(0.5))
        first, second = numbers(exercise.question)[:2]
        expected = math.sqrt(first) / (math.sqrt(first) + math.sqrt(second))
        assert exercise.answer == pytest.approx(expected, abs=0.0006)
