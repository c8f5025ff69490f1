"""Questions on batches: their answers, worked out another way."""

from __future__ import annotations

import re
from functools import partial

import pytest

from cnnlib.exercises import check
from cnnlib.questions_batches import (
    QUESTIONS,
    fall_of_the_noise,
    halved_noise,
    memory_of_a_batch,
    steps_of_an_epoch,
)

SEEDS = range(30)
MAKERS = (*QUESTIONS["batches"], partial(halved_noise, 21.36))


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


@pytest.mark.parametrize("maker", MAKERS)
def test_each_question_is_the_same_again_and_takes_its_own_answer(maker):
    for seed in SEEDS:
        exercise = maker(seed)
        assert exercise == maker(seed)
        assert check(exercise, str(exercise.answer)).right


def test_steps_reach_all_images_and_no_more():
    for seed in SEEDS:
        exercise = steps_of_an_epoch(seed)
        images, size = numbers(exercise.question)[:2]
        assert (exercise.answer - 1) * size < images <= exercise.answer * size


def test_a_batchs_memory_is_four_bytes_a_number():
    for seed in SEEDS:
        exercise = memory_of_a_batch(seed)
        size, side, _ = numbers(exercise.question)[:3]
        assert exercise.answer == pytest.approx(size * side**2 * 12 / 1e6, abs=0.05)


def test_the_noise_falls_with_the_root():
    for seed in SEEDS:
        exercise = fall_of_the_noise(seed)
        low, high = numbers(exercise.question)[:2]
        assert exercise.answer == pytest.approx((high / low) ** 0.5)


def test_the_readers_own_noise_asks_for_the_square():
    answers = {halved_noise(8.0, seed).answer for seed in SEEDS}
    assert answers == {16, 64, 256}  # (8 / 2)², (8 / 1)², (8 / 0.5)²
