"""Questions about weights, answered again from what they say."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest

from cnnlib.exercises import check
from cnnlib.layer_weights import weight_layers
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer, RescaleLayer
from cnnlib.network import Network
from cnnlib.questions_weights import (
    CAN,
    CANNOT,
    QUESTIONS,
    Shown,
    can_fire,
    closest_pair,
    cosine,
    kernel_norm,
    largest_answer,
    weight_count,
)
from cnnlib.spec import NetworkSpec

LAYERS = (
    *(ConvLayer(6, 5), PoolLayer(), ConvLayer(5, 3), FlattenLayer()),
    *(DenseLayer(4), DenseLayer(3, "softmax")),
)
SHOWN = Shown(Network.initial(NetworkSpec((14, 14, 3), LAYERS), 2), "Your run after epoch 2")
FLAT = NetworkSpec((5, 6, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
BARE = Shown(Network.initial(FLAT, 1), "Your run after epoch 1")
RESCALED = NetworkSpec((5, 5, 1), (RescaleLayer(), FlattenLayer(), DenseLayer(3, "softmax")))
BROKEN = Shown(
    Network(FLAT, ({}, {"kernel": np.full((30, 2), np.nan, np.float32), "bias": np.zeros(2, "f")})),
    "Your run after epoch 9",
)


def numbers(text: str) -> list[float]:
    return [float(x.replace("−", "-")) for x in re.findall(r"−?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize(
    "shown",
    [SHOWN, BARE, Shown(Network.initial(RESCALED), "x"), BROKEN],
    ids=["convolutions", "dense", "rescaled", "broken"],
)
@pytest.mark.parametrize("maker", QUESTIONS["weight_based"])
def test_every_question_is_answered_by_its_own_answer_and_comes_again(maker, shown):
    make = partial(maker, shown=shown)
    for seed in range(15):
        exercise = make(seed)
        assert check(exercise, str(exercise.answer)).right
        assert exercise == make(seed)
        assert "nan" not in exercise.question + exercise.worked
        if not exercise.choices:
            assert not check(exercise, str(float(exercise.answer) * 1.5 + 3)).right


def test_weights_of_a_kernel_are_counted():
    counts = {}
    for seed in range(30):
        exercise = weight_count(seed, shown=SHOWN)
        counts[re.search(r"(Convolution|Dense) \d", exercise.question)[0]] = exercise.answer
    assert counts == {"Convolution 1": 75, "Convolution 2": 54, "Dense 1": 45, "Dense 2": 4}


def test_a_norm_is_that_of_the_numbers_in_the_question():
    for seed in range(15):
        exercise = kernel_norm(seed, shown=SHOWN)
        listed = numbers(exercise.question.split("): ")[1].split(". What")[0])
        assert len(listed) <= 9
        assert exercise.answer == pytest.approx(np.sqrt(np.sum(np.square(listed))), abs=1e-4)


def test_the_numbers_are_the_network_s():
    exercise = kernel_norm(0, shown=BARE)
    row, unit = numbers(exercise.question)[:2]
    listed = numbers(exercise.question.split("): ")[1].split(". What")[0])
    kernel = BARE.network.weights[1]["kernel"].reshape(5, 6, 2)[int(row) - 1, :, int(unit) - 1]
    np.testing.assert_allclose(listed, kernel.round(2), atol=1e-6)


def test_a_cosine_is_that_of_the_two_rows():
    for seed in range(15):
        exercise = cosine(seed, shown=SHOWN)
        found = exercise.question.split("): ")[1].split(". What")[0]
        parts = [re.sub(r"in (filter|unit) \d+", "", part) for part in found.split(" and ")]
        one, other = (np.array(numbers(part)) for part in parts)
        expected = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert exercise.answer == pytest.approx(expected, abs=1e-3)


def test_the_closest_pair_is_the_closest_of_the_layer():
    for seed in range(10):
        exercise = closest_pair(seed, shown=SHOWN)
        name = re.search(r"(Convolution|Dense) \d", exercise.question)[0]
        (layer,) = [x for x in weight_layers(SHOWN.network.spec) if x.name == name]
        flat = SHOWN.network.weights[layer.index]["kernel"].reshape(-1, layer.shape[3])
        unit = flat / np.linalg.norm(flat, axis=0)
        similar = np.triu(unit.T @ unit, 1) - np.tril(np.ones((layer.shape[3],) * 2))
        best = np.unravel_index(similar.argmax(), similar.shape)
        assert [int(x) - 1 for x in numbers(exercise.answer)] == list(best)
        assert len(set(exercise.choices)) == 4


def test_the_largest_answer_is_reached_by_white_and_black_pixels():
    kernel = SHOWN.network.weights[0]["kernel"]
    for seed in range(5):
        exercise = largest_answer(seed, shown=SHOWN)
        number = int(numbers(exercise.question)[0]) - 1
        best = kernel[..., number][kernel[..., number] > 0].sum()
        assert exercise.answer == pytest.approx(float(best), abs=0.01)


def test_a_filter_can_fire_only_if_its_bias_lets_it():
    answers = set()
    for seed in range(10):
        exercise = can_fire(seed, shown=SHOWN)
        _, _, high, *_, bias, _, _ = numbers(exercise.question)
        assert exercise.answer == (CAN if high + bias > 0 else CANNOT)
        answers.add(exercise.answer)
    assert answers == {CAN, CANNOT}
