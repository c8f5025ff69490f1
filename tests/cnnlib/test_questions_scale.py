"""Exercises on scale: answers worked out again, by other ways."""

from __future__ import annotations

import re

import pytest

from cnnlib.image_sides import HEADS, NETWORKS, cost_of, network_at
from cnnlib.questions_scale import (
    POWERS,
    QUESTIONS,
    dense_after_flatten,
    dictionary_weights,
    extrapolation,
    larger_convolution,
    own_growth,
    which_power,
)

SEEDS = range(1, 30)


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))]


@pytest.mark.parametrize("maker", QUESTIONS["scale"], ids=lambda maker: maker.__name__)
def test_every_question_comes_again_and_takes_its_own_answer_only(maker, sound):
    assert len({sound(maker, seed).question for seed in SEEDS}) > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_by_hand(seed):
    exercise = larger_convolution(seed)
    _, small, before, _, after, _ = numbers(exercise.question)
    assert exercise.answer == small * (after / before) ** 2
    exercise = dense_after_flatten(seed)
    maps, side, _, units, said, after, _ = numbers(exercise.question)
    assert said == (side * side * maps + 1) * units
    assert exercise.answer == (4 * side * side * maps + 1) * units
    assert after == 2 * side
    side = numbers(dictionary_weights(seed).question)[0]
    assert dictionary_weights(seed).answer == 18 * side**4


@pytest.mark.parametrize("seed", SEEDS)
def test_powers_by_hand(seed):
    exercise = which_power(seed)
    first, side, second, twice, third, _ = numbers(exercise.question)
    assert twice == 2 * side
    assert third / second == second / first
    power = {2: 1, 4: 2, 16: 4, 64: 6}[round(second / first)]
    assert exercise.answer == POWERS[power]
    exercise = extrapolation(seed)
    _, _, milliseconds, *_ = numbers(exercise.question)
    power = 4 if "4th" in exercise.question else 2
    factor = numbers(exercise.question)[-1] / 24
    assert exercise.answer == pytest.approx(milliseconds * factor**power)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_question_on_the_pages_own_network(name, head, sound):
    for seed in range(1, 6):
        exercise = sound(lambda at: own_growth(at, name=name, head=head), seed)
        after, _, before, _ = numbers(exercise.question)[:4]
        large, small = (cost_of(network_at(name, head, int(side))) for side in (after, before))
        what = "multiply_adds" if "multiply-adds" in exercise.question else "parameters"
        assert exercise.answer == pytest.approx(
            getattr(large, what) / getattr(small, what), abs=0.051
        )
