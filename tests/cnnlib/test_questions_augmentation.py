"""Exercises on augmentation: answers worked out again, by other ways."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import pytest

from cnnlib.augmentation import cutout
from cnnlib.questions_augmentation import (
    CASES,
    FALLS,
    STAYS,
    Varied,
    gap_in_points,
    hidden_share,
    label_stays,
    lit_pixel,
    mixed_loss,
    questions,
    shifted_places,
)

SEEDS = range(1, 40)
DIGITS = Varied((28, 28, 1), tuple("0123456789"))
PHOTOS = Varied((32, 32, 3), ("cat", "dog", "ship"), (("without", 0.984, 0.521),))


def numbers(text):
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("shown", [DIGITS, PHOTOS], ids=["digits", "photos"])
def test_every_question_comes_again_and_takes_its_own_answer_only(number, shown, sound):
    maker = questions(shown)[number]
    asked = {sound(maker, seed).question for seed in SEEDS}
    made_from_runs = shown.runs and number == 2
    assert len(asked) > (0 if made_from_runs else 2)


def test_labels_of_digits_fall_in_the_mirror_and_those_of_animals_stay():
    answers = {label_stays(seed).question: label_stays(seed).answer for seed in range(200)}
    assert len(answers) == len(CASES)
    for question, answer in answers.items():
        if "mirror them left to right" in question:
            assert answer == (STAYS if "animals" in question else FALLS)
        if "satellite" in question:
            assert answer == STAYS


@pytest.mark.parametrize("seed", SEEDS)
def test_places_are_counted_one_by_one(seed):
    exercise = shifted_places(seed, shown=DIGITS)
    side, _, reach = numbers(exercise.question)
    assert reach == round(side / 8)
    steps = range(-int(reach), int(reach) + 1)
    assert exercise.answer == len({(down, right) for down in steps for right in steps})


@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_pixels_are_those_that_a_cut_out_changes(seed):
    exercise = hidden_share(seed, shown=DIGITS)
    height, _, side = numbers(exercise.question)[:3]
    at = 0 if "corner" in exercise.question else height // 2

    class Dice:
        def integers(self, low, high, size):
            return np.full(size, int(at))

    images = np.random.default_rng(0).random((1, int(height), int(height), 1), dtype=np.float32)
    changed = cutout(images, Dice(), side / height) != images
    assert exercise.answer == pytest.approx(100 * changed.mean(), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_loss_of_a_mixture(seed):
    exercise = mixed_loss(seed, shown=PHOTOS)
    found = re.search(
        r"is (\d+)% \w+ and (\d+)% .*with ([\d.]+) and \w+ with ([\d.]+)\.", exercise.question
    )
    share, rest, p, q = map(float, found.groups())
    assert share + rest == 100
    expected = -(share * math.log(p) + rest * math.log(q)) / 100
    assert exercise.answer == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize("seed", SEEDS)
def test_light(seed):
    value, *_, factor = numbers(lit_pixel(seed).question)
    assert lit_pixel(seed).answer == pytest.approx(min(1, value * factor))


def test_the_gap_is_that_of_the_readers_runs():
    exercise = gap_in_points(3, shown=PHOTOS)
    assert "“without”" in exercise.question
    assert exercise.answer == pytest.approx(46.3)
    made_up = gap_in_points(3, shown=DIGITS)
    training, validation = numbers(made_up.question)
    assert made_up.answer == pytest.approx(training - validation)
    assert isinstance(partial(gap_in_points, shown=DIGITS)(3).answer, float)
