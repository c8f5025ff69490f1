"""Exercises on optimizers: answers worked out again, by other ways."""

from __future__ import annotations

import math
import re

import pytest

from cnnlib.exercises import check
from cnnlib.questions_optimizer import (
    QUESTIONS,
    diverging_rate,
    entropy_of_share,
    first_adam_step,
    mean_square,
    momentum_step,
    plain_step,
)

SEEDS = range(1, 40)
MAKERS = QUESTIONS["optimizer"]


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_every_question_comes_again_and_takes_its_own_answer_only(maker, sound):
    assert len({sound(maker, seed).question for seed in SEEDS}) > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_by_hand(seed):
    weight, slope, rate = numbers(plain_step(seed).question)[:3]
    assert plain_step(seed).answer == pytest.approx(weight - rate * slope)
    weight, _, rate, keep, first, second = numbers(momentum_step(seed).question)[:6]
    velocity = -rate * first
    after = weight + velocity + keep * velocity - rate * second
    assert momentum_step(seed).answer == pytest.approx(after)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_one_rate_that_diverges(seed):
    exercise = diverging_rate(seed)
    curvature = float(re.search(r"curvature ([\d.]+)\.", exercise.question)[1])
    growing = [rate for rate in exercise.choices if abs(1 - float(rate) * curvature) > 1]
    assert growing == [exercise.answer]
    assert len(set(exercise.choices)) == 4


@pytest.mark.parametrize("seed", SEEDS)
def test_costs_by_hand(seed):
    *errors, _ = numbers(mean_square(seed).worked.split("=")[0].replace("(", "").replace("²", ""))
    assert mean_square(seed).answer == sum(error**2 for error in errors) / 4
    (share,) = numbers(entropy_of_share(seed).question)[:1]
    assert entropy_of_share(seed).answer == pytest.approx(-math.log(share), abs=0.005)


@pytest.mark.parametrize("seed", SEEDS)
def test_adams_first_step_is_its_learning_rate(seed):
    rate = numbers(first_adam_step(seed).question)[0]
    assert first_adam_step(seed).answer == pytest.approx(rate, rel=1e-4)
    assert check(first_adam_step(seed), f"{rate:g}").right is True
