"""Exercises of the transfer page: answers worked out another way."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnlib.exercises import check
from cnnlib.presets import improved
from cnnlib.questions_transfer import (
    QUESTIONS,
    Shown,
    backward_work,
    head_weights,
    nearest_class,
    share_that_learns,
    steps_of_run,
)
from cnnlib.transfer_trials import SOURCES, transfer_trial

CLASSES = ("airplane", "bird", "cat", "dog", "horse")


@pytest.fixture(scope="module")
def shown() -> Shown:
    shipped = improved()
    specs = transfer_trial(SOURCES["photos"], (0, 2, 3, 5, 7), 20, 0, shipped)
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(5), 20)
    features = rng.normal(size=(100, 8)) + np.eye(5, 8)[labels] * 4
    return Shown(specs, shipped, 20, features, labels, CLASSES)


@pytest.mark.parametrize("maker", QUESTIONS["transfer"], ids=lambda maker: maker.__name__)
@pytest.mark.parametrize("seed", range(6))
def test_every_question_takes_its_own_answer_and_no_other(maker, seed, shown):
    exercise = maker(seed, shown)
    assert check(exercise, str(exercise.answer)).right is True
    assert maker(seed, shown) == exercise
    for choice in exercise.choices:
        assert check(exercise, choice).right is (choice == exercise.answer)
    if not exercise.choices:
        assert check(exercise, str(exercise.answer * 1.1 + 1)).right is False


def test_a_heads_weights(shown):
    for seed in range(5):
        exercise = head_weights(seed, shown)
        units = int(re.search(r"each of (\d+) classes", exercise.question)[1])
        assert exercise.answer == 128 * units + units


def test_the_share_that_learns(shown):
    # 289,642 parameters, of which 2 x (32 + 32 + 64 + 64 + 128 + 128) are moving averages.
    assert share_that_learns(0, shown).answer == round(100 * 645 / (289_642 - 1_290 + 645 - 896), 2)


def test_steps_are_batches_times_epochs(shown):
    assert steps_of_run(0, shown).answer == 10 * 12


def test_the_work_is_nearly_three_times_as_much(shown):
    assert backward_work(0, shown).answer == 3.0


def test_the_nearest_class_is_the_row_with_the_smallest_number(shown):
    for seed in range(5):
        exercise = nearest_class(seed, shown)
        rows = re.findall(r"\| (\w+) \| ([\d.]+) \|", exercise.question)
        assert {name for name, _ in rows} == set(CLASSES)
        assert exercise.answer == min(rows, key=lambda row: float(row[1]))[0]
