"""The convolution layer page's own exercises, by hand and against the layer itself."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import conv2d, relu
from cnnlib.exercises import check
from cnnlib.filter_bank import preset_filters, untrained_filters
from cnnlib.questions_layer import layer_questions, one_number, own_parameters, own_side
from cnnlib.spec import ConvLayer, DenseLayer, FlattenLayer, NetworkSpec


def step_of(layer, size=32):
    layers = (layer, FlattenLayer(), DenseLayer(2, "softmax"))
    return NetworkSpec((size, size, 3), layers).trace()[0]


def test_thirty_two_filters_of_three_by_three():
    step = step_of(ConvLayer(32, 3))
    assert own_side(step).answer == 30
    assert own_parameters(step).answer == 896


def test_a_stride_that_does_not_divide_is_rounded_down():
    exercise = own_side(step_of(ConvLayer(8, 5, stride=2)))
    assert exercise.answer == 14
    assert exercise.worked == "(32 + 0 − 5) / 2 = 13.5, rounded down, + 1 = 14"


def test_same_padding_counts_its_zeros():
    exercise = own_side(step_of(ConvLayer(8, 5, padding="same")))
    assert exercise.answer == 32
    assert exercise.worked.startswith("(32 + 4 − 5) / 1 = 31, ")


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_number_is_the_layers(padding):
    image = np.random.default_rng(1).random((32, 32, 3)).astype(np.float32)
    bank = preset_filters(5)
    step = step_of(ConvLayer(32, 5, stride=2, padding=padding))
    maps = relu(conv2d(image[None], bank.kernels, bank.bias, stride=2, padding=padding))[0]
    for seed in range(20):
        exercise = one_number(seed, image, bank, step)
        row, column, number = (
            int(rng) for rng in np.random.default_rng(seed).integers(step.output_shape)
        )
        assert exercise.answer == pytest.approx(maps[row, column, number], abs=0.021)
        assert check(exercise, str(exercise.answer)).right


def test_every_maker_gives_the_same_question_twice():
    image, bank = np.ones((32, 32, 3), np.float32), untrained_filters(3)
    for maker in layer_questions(image, bank, step_of(ConvLayer(32, 3))):
        assert maker(4) == maker(4)
