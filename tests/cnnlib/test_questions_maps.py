from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from cnnlib.explain import layer_passes
from cnnlib.network import Network
from cnnlib.questions_maps import QUESTIONS, numbers_passed_on, share_of_scale, silent_maps
from cnnlib.questions_network import Shown
from tests.cnnlib.test_network import random_images, random_network
from tests.cnnlib.test_questions_network import BARE, CLASSES, MANY, numbers, shown


@pytest.mark.parametrize("spec", [MANY, BARE], ids=["many layers", "few layers"])
@pytest.mark.parametrize("maker", QUESTIONS, ids=lambda maker: maker.__name__)
def test_every_question_is_sound(maker, spec, sound):
    make = partial(maker, shown=shown(spec))
    for seed in range(8):
        assert "nan" not in sound(make, seed).question


def test_as_many_numbers_as_the_layer_passes_on():
    here = shown(MANY)
    for seed in range(8):
        exercise = numbers_passed_on(seed, shown=here)
        layer, maps, height, width = numbers(exercise.question)
        assert here.layers[int(layer) - 1].passed_on.shape == (height, width, maps)
        assert exercise.answer == height * width * maps


def test_shares_are_of_the_layers_largest_number():
    here = shown(MANY)
    for seed in range(8):
        exercise = share_of_scale(seed, shown=here)
        layer, _, top, loudest, largest, faint, _ = numbers(exercise.question)
        tops = np.abs(here.layers[int(layer) - 1].passed_on).max(axis=(0, 1))
        assert tops.argmax() == loudest - 1
        assert top == pytest.approx(tops.max(), rel=0.006)
        assert largest == pytest.approx(tops[int(faint) - 1], rel=0.006)
        assert exercise.answer == pytest.approx(100 * largest / top)


def test_maps_of_nothing_but_zeros_are_counted():
    network = random_network(MANY, 4)
    first = {name: array.copy() for name, array in network.weights[0].items()}
    first["bias"][[1, 4]] = -1_000  # no picture gets a sum of 0 or more
    network = Network(MANY, (first, *network.weights[1:]))
    here = Shown(network, layer_passes(network, random_images(MANY, 1)[0]), CLASSES)
    for seed in range(8):
        exercise = silent_maps(seed, shown=here)
        maps, layer, _ = numbers(exercise.question)
        shown_maps = here.layers[int(layer) - 1].passed_on
        assert maps == shown_maps.shape[2]
        assert exercise.answer == np.sum((shown_maps == 0).all(axis=(0, 1)))
    first_layer = [x for x in range(20) if "layer 1 " in silent_maps(x, shown=here).question]
    exercise = silent_maps(first_layer[0], shown=here)
    assert exercise.answer == 2
    assert "2, 5" in exercise.worked


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
