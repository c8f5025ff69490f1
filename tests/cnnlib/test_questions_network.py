from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest

from cnnlib.explain import layer_passes
from cnnlib.layers import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.network import Network
from cnnlib.questions_network import (
    QUESTIONS,
    Shown,
    conv_cell,
    dense_unit,
    flat_place,
    loudest_map,
    map_of_number,
    normalised_cell,
    pool_cell,
    product_count,
)
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import random_images, random_network

MANY = NetworkSpec(
    (12, 12, 3),
    (
        *(ConvLayer(6, 3), BatchNormLayer(), PoolLayer(), ConvLayer(8, 2, activation="linear")),
        *(PoolLayer("average"), FlattenLayer(), DenseLayer(3, "softmax")),
    ),
)
BARE = NetworkSpec((5, 6, 1), (GlobalAveragePoolLayer(), DenseLayer(2, "softmax")))
CLASSES = ("cat", "dog", "frog")


def shown(spec, seed=4) -> Shown:
    network = random_network(spec, seed)
    return Shown(network, layer_passes(network, random_images(spec, 1, seed)[0]), CLASSES)


def numbers(text: str) -> list[float]:
    found = re.findall(r"−?\d[\d,]*(?:\.\d+)?(?:e−?\+?\d+)?", text)
    return [float(x.replace("−", "-").replace(",", "").rstrip(".")) for x in found]


@pytest.mark.parametrize("spec", [MANY, BARE], ids=["many layers", "few layers"])
@pytest.mark.parametrize("maker", QUESTIONS, ids=lambda maker: maker.__name__)
def test_every_question_is_sound(maker, spec, sound):
    make = partial(maker, shown=shown(spec))
    for seed in range(12):
        exercise = sound(make, seed)
        assert "nan" not in exercise.question + exercise.worked


def test_questions_are_about_the_network_that_is_shown():
    here = shown(MANY)
    for seed in range(10):
        *_, products, bias = numbers(conv_cell(seed, shown=here).question)
        layer = numbers(conv_cell(seed, shown=here).question)[0]
        total = products + bias
        expected = max(total, 0) if layer == 1 else total  # layer 1 has ReLU, layer 4 has none
        assert conv_cell(seed, shown=here).answer == pytest.approx(expected, abs=1e-5)
        window = numbers(pool_cell(seed, shown=here).question)[4:]
        average = "mean pooling" in pool_cell(seed, shown=here).question
        kept = np.mean(window) if average else max(window)
        assert pool_cell(seed, shown=here).answer == pytest.approx(kept, abs=1e-5)
        value, scale, shift = numbers(normalised_cell(seed, shown=here).question)[-3:]
        expected = value * scale + shift
        assert normalised_cell(seed, shown=here).answer == pytest.approx(expected, abs=1e-5)
        plus, minus, bias = numbers(dense_unit(seed, shown=here).question)
        assert dense_unit(seed, shown=here).answer == pytest.approx(plus + minus + bias, abs=1e-5)


def test_the_loudest_map_is_the_one_with_the_largest_number():
    here = shown(MANY)
    for seed in range(10):
        exercise = loudest_map(seed, shown=here)
        maps = here.layers[int(numbers(exercise.question)[0]) - 1].passed_on
        tops = {name: maps[:, :, int(name.split()[1]) - 1].max() for name in exercise.choices}
        assert exercise.answer == max(tops, key=tops.get)


def test_places_in_the_row_are_those_of_numpy():
    here = shown(MANY)
    volume = here.layers[5].received.shape
    for seed in range(10):
        _, maps, height, width, row, column, number, _ = numbers(
            flat_place(seed, shown=here).question
        )
        assert (height, width, maps) == volume
        place = (int(row) - 1, int(column) - 1, int(number) - 1)
        expected = int(np.ravel_multi_index(place, volume)) + 1
        assert flat_place(seed, shown=here).answer == expected
        asked = map_of_number(seed, shown=here)
        position = int(numbers(asked.question)[4]) - 1
        assert asked.answer == np.unravel_index(position, volume)[2] + 1


def test_products_are_as_many_as_weights():
    here = shown(MANY)
    weights = {1: 3 * 3 * 3, 4: 2 * 2 * 6, 7: 2 * 2 * 8}
    for seed in range(10):
        exercise = product_count(seed, shown=here)
        assert exercise.answer == weights[int(numbers(exercise.question)[0])]


def test_weights_that_blew_up_leave_questions_that_can_be_answered():
    network = random_network(MANY, 1)
    broken = tuple(
        {name: np.full_like(array, np.nan) for name, array in weights.items()}
        for weights in network.weights
    )
    network = Network(MANY, broken)
    here = Shown(network, layer_passes(network, random_images(MANY, 1)[0]), CLASSES)
    for maker in QUESTIONS:
        assert np.isfinite(maker(3, shown=here).answer)
