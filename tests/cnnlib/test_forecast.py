"""Forecasts of a training from prices, and the prices from measured steps."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from cnnlib.datasets import DATASETS
from cnnlib.forecast import (
    GRAPH_BYTES,
    Speed,
    fitted_prices,
    forecast,
    step_work,
)
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    PoolLayer,
)
from cnnlib.presets import article_basic
from cnnlib.spec import NetworkSpec, RunSpec, SpecError, TrainingSpec

FREE = Speed(*[0.0] * 8, {}, *[0.0] * 3)
NETWORK = NetworkSpec(
    (28, 28, 1),
    (
        ConvLayer(32, padding="same", activation="linear"),
        BatchNormLayer(),
        ActivationLayer("relu"),
        PoolLayer(),
        DropoutLayer(0.5),
        FlattenLayer(),
        DenseLayer(10, "softmax"),
    ),
)
TRAINING = TrainingSpec(image_count=1_000, batch_size=64, epochs=3)


def seconds(network=NETWORK, training=TRAINING, **prices):
    return forecast(RunSpec(network, training), dataclasses.replace(FREE, **prices)).seconds


def test_the_work_of_a_step_by_hand():
    maps, pooled = 28 * 28 * 32, 14 * 14 * 32
    expected = [
        7,
        # One input channel costs as much as four would.
        5 * 28 * 28 * 9 * 4 * 32,
        5 * pooled * 10,
        5 * (2 * maps + maps + maps + maps / 2 + 4 * pooled + 10),
        NETWORK.parameters,
    ]
    assert step_work(NETWORK, 5).tolist() == expected


def test_few_filters_cost_as_much_as_sixteen():
    def conv(filters):
        layers = (ConvLayer(filters), FlattenLayer(), DenseLayer(2, "softmax"))
        return step_work(NetworkSpec((28, 28, 3), layers), 1)[1]

    assert conv(2) == conv(16) == conv(32) / 2


def test_prices_are_found_again_from_the_times_they_make():
    prices = np.array([2e-4, 1.5e-11, 2e-11, 1e-9, 3e-9])
    networks = [article_basic(), NETWORK, article_basic((28, 28, 1), 4)]
    work = [step_work(network, batch) for network in networks for batch in (4, 64)]
    times = [row @ prices for row in work]
    np.testing.assert_allclose(fitted_prices(work, times), prices, rtol=1e-3)


def test_no_price_is_negative_however_the_times_fall():
    rng = np.random.default_rng(0)
    for _ in range(200):
        work = rng.random((7, 5)) * [1, 1e9, 1e8, 1e6, 1e5]
        prices = fitted_prices(work, rng.random(7))
        assert prices.min() >= 0
        assert (work @ prices > 0).all()


def test_every_price_counts_as_often_as_it_is_paid():
    # 900 images in 14 batches of 64 and one of 4; 100 held back, in one batch.
    assert seconds(layer=1.0) == pytest.approx(3 * (15 * 7 + 0.4 * 7))
    assert seconds(parameter=1.0) == pytest.approx(3 * 15 * NETWORK.parameters)
    work = step_work(NETWORK, 1)
    for place, name in ((1, "conv"), (2, "dense"), (3, "cell")):
        assert seconds(**{name: 1.0}) == pytest.approx(3 * (900 + 100 / 3) * work[place])
    assert seconds(pixel=1.0) == pytest.approx(3 * 1_000 * 784)
    assert seconds(build=1.0) == 8
    assert seconds(epoch=1.0) == 3
    assert seconds(save=1.0) == pytest.approx(3 * 4 * NETWORK.parameters)


def test_sixteen_bits_and_variations_have_prices_of_their_own():
    sixteen = dataclasses.replace(TRAINING, precision="bfloat16")
    assert seconds(training=sixteen, conv=1.0) == 0
    assert seconds(training=sixteen, conv_16=1.0) == seconds(conv=1.0)
    varied = dataclasses.replace(TRAINING, augmentation=("flip", "affine"))
    assert (
        seconds(training=varied, varied={"flip": 1.0, "affine": 2.0, "shift": 4.0})
        == 3 * 900 * 784 * 3.0
    )


def test_memory_is_the_process_the_images_a_batch_and_copies_of_the_weights():
    speed = dataclasses.replace(FREE, memory=5e8)
    found = forecast(RunSpec(NETWORK, TRAINING), speed).bytes
    images = sum(DATASETS["digits"].sample_counts) * 784
    sizes = [math.prod(step.output_shape) for step in NETWORK.trace()]
    batch = 2 * 64 * (784 + sum(sizes))
    assert found == 5e8 + GRAPH_BYTES + images + 4 * (batch + 12 * NETWORK.parameters)
    larger = dataclasses.replace(TRAINING, batch_size=1024)
    assert forecast(RunSpec(NETWORK, larger), speed).bytes > found
    plain = dataclasses.replace(TRAINING, optimizer="sgd")
    assert forecast(RunSpec(NETWORK, plain), speed).bytes < found


def test_a_stack_that_cannot_be_has_no_forecast():
    with pytest.raises(SpecError):
        forecast(RunSpec(NetworkSpec((28, 28, 1), (ConvLayer(4),)), TRAINING), FREE)
