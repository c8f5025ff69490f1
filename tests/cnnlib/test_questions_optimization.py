"""Exercises on alternative optimization: answers worked out again, by other ways."""

from __future__ import annotations

import math
import re

import pytest

from cnnlib.exercises import check
from cnnlib.questions_optimization import (
    cheapest_answer,
    decayed_weight,
    fading_weight,
    questions_on,
    read_range,
    scheduled_rate,
    smoothed_target,
)

SEEDS = range(1, 40)
MAKERS = (decayed_weight, smoothed_target, fading_weight, read_range, cheapest_answer)


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_every_question_comes_again_and_takes_its_own_answer_only(maker, sound):
    assert len({sound(maker, seed).question for seed in SEEDS}) > 1


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one_cycle"])
def test_the_rate_on_the_shown_schedule(schedule):
    shares = {
        "constant": {30: 1, 90: 1},
        "step": {40: 1, 60: 0.1, 90: 0.01},
        "cosine": {0: 1, 50: 0.5},
        "one_cycle": {25: 1, 62.5: 0.5},
    }[schedule]
    met = set()
    for seed in SEEDS:
        exercise = scheduled_rate(seed, schedule, 0.3, 5, 71)
        share = numbers(exercise.question)[-1]
        met.add(share)
        assert exercise.answer == pytest.approx(0.3 * shares[share])
        assert check(exercise, f"{0.3 * shares[share]:g}").right
        assert not check(exercise, f"{0.31 * shares[share]:g}").right
    assert met == set(shares)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_decayed_step_by_hand(seed):
    weight, slope, rate, decay = numbers(decayed_weight(seed).question)
    expected = weight - rate * decay * weight - rate * slope
    assert decayed_weight(seed).answer == pytest.approx(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_half_of_a_weight_is_gone_after_ln_2_by_what_a_step_takes(seed):
    exercise = fading_weight(seed)
    _, rate, decay = numbers(exercise.question)
    assert len(set(exercise.choices)) == 4
    (steps,) = numbers(exercise.answer.replace(",", ""))
    assert steps == pytest.approx(math.log(2) / (rate * decay), rel=0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_smoothed_targets_by_hand(seed):
    exercise = smoothed_target(seed)
    classes, share = numbers(exercise.question)
    right = "the right class" in exercise.question
    assert exercise.answer == pytest.approx(share / classes + (1 - share if right else 0))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cheapest_answer_is_what_was_told(seed):
    exercise = cheapest_answer(seed)
    share = numbers(exercise.question)[0]

    def cost(p: float) -> float:
        return -(1 - share / 2) * math.log(p) - share / 2 * math.log(1 - p)

    assert float(exercise.answer) == min(map(float, exercise.choices), key=cost)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_suggestion_lies_left_of_the_smallest_loss(seed):
    exercise = read_range(seed)
    lowest = re.search(r"([\d.]+): 0\.90", exercise.question)
    assert exercise.answer == pytest.approx(float(lowest[1]) / 5)


def test_the_first_question_is_on_the_shown_schedule():
    makers = questions_on("step", 0.03, 12, 71)
    assert len(makers) == 6
    assert "12 epochs of 71 batches, the learning rate has a peak of 0.03" in makers[0](1).question
