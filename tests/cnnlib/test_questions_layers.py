"""Exercises on layers: answers by other ways than the module's own."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnlib.questions_layers import (
    QUESTIONS,
    dense_number,
    layer_at_fault,
    long_row,
    normalised_number,
    numbers_built,
    parameters_within,
    pooled_number,
    random_stack,
    rows_out,
    which_method,
)

SEEDS = range(1, 40)


@pytest.mark.parametrize("maker", [m for makers in QUESTIONS.values() for m in makers])
def test_every_question_comes_again_and_takes_its_own_answer(maker, sound):
    assert len({sound(maker, seed).question for seed in SEEDS}) > 5


def test_rows_by_hand():
    for seed in SEEDS:
        exercise = rows_out(seed)
        side = int(re.match(r"Images of (\d+)", exercise.question)[1])
        for line in re.findall(r"^[123]\. (.*)$", exercise.question, re.MULTILINE):
            if line.startswith("Max"):
                side //= 2
            elif "same" not in line:
                side -= int(re.search(r"of (\d)", line)[1]) - 1
        assert exercise.answer == side


def test_a_flattened_row_is_the_product():
    for seed in SEEDS:
        height, width, channels = map(int, re.findall(r"\d+", long_row(seed).question)[:3])
        assert long_row(seed).answer == height * width * channels


def test_parameters_end_the_worked_sum():
    for seed in SEEDS:
        exercise = parameters_within(seed)
        formula, total = exercise.worked.split(" = ")
        assert eval(formula.replace("×", "*").replace(",", "")) == exercise.answer
        assert total == f"{exercise.answer:,}"


def test_the_layer_at_fault_is_of_three_kinds():
    reasons = {layer_at_fault(seed).worked.split(". ")[1][:18] for seed in SEEDS}
    assert reasons == {"A dense layer need", "Convolution needs ", "Convolution slides"}


def test_a_stack_without_a_fault_is_whole():
    for seed in SEEDS:
        assert random_stack(np.random.default_rng(seed)).trace()[-1].output_shape == (10,)


def test_pooling_by_hand():
    for seed in SEEDS:
        question = pooled_number(seed).question
        numbers = list(map(int, re.search(r"numbers ([\d, ]+)\.", question)[1].split(", ")))
        expected = max(numbers) if "“max”" in question else sum(numbers) / 4
        assert pooled_number(seed).answer == expected


def test_a_dense_unit_by_hand():
    for seed in SEEDS:
        row, weights, bias = re.search(
            r"row ([\d, ]+) arrives.*weights ([-\d, ]+) and the bias (-?\d+)\.",
            dense_number(seed).question,
        ).groups()
        pairs = zip(row.split(","), weights.split(","), strict=True)
        total = sum(int(x) * int(w) for x, w in pairs) + int(bias)
        assert dense_number(seed).answer == max(total, 0)


def test_batch_normalisation_by_hand():
    for seed in SEEDS:
        exercise = normalised_number(seed)
        mean, variance, gamma, beta, x = (
            int(n) for n in re.findall(r"-?\d+", exercise.question)[:5]
        )
        assert exercise.answer == pytest.approx(gamma * (x - mean) / variance**0.5 + beta)


def test_what_build_makes_by_hand():
    for seed in SEEDS:
        exercise = numbers_built(seed)
        channels = int(re.search(r"8 × 8 × (\d+)", exercise.question)[1])
        conv = re.search(r"Convolution (\d+) of (\d)", exercise.question)
        if conv:
            filters, size = map(int, conv.groups())
            assert exercise.answer == (size * size * channels + 1) * filters
        else:
            assert exercise.answer == (4 * channels if "Batch" in exercise.question else 0)


def test_the_three_methods():
    assert {which_method(seed).answer for seed in SEEDS} == {"`__init__`", "`build`", "`call`"}
