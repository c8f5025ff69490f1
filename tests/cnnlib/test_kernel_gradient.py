from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import keras_model
from cnnlib.backward_steps import BackwardError, backward_pass
from cnnlib.descent import TITLES, optimizer
from cnnlib.kernel_gradient import (
    image_loss,
    kernel_correlation,
    kernel_layers,
    kernel_step,
    returned_map,
    stepped,
)
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_backward_steps import way_back
from tests.cnnlib.test_network import EVERY_LAYER, specs


def test_the_gradient_of_a_kernel_by_hand():
    """A kernel of 2 x 2 on 3 x 3 pixels: each weight met one quarter of them."""
    spec = NetworkSpec(
        (3, 3, 1),
        (ConvLayer(1, 2, activation="linear"), FlattenLayer(), DenseLayer(2, "softmax")),
    )
    kernel = np.zeros((2, 2, 1, 1), np.float32)
    dense = np.array([[1, 0], [2, 0], [3, 0], [4, 0]], np.float32)
    weights = (
        {"kernel": kernel, "bias": np.zeros(1, np.float32)},
        {},
        {"kernel": dense, "bias": np.zeros(2, np.float32)},
    )
    image = np.arange(1, 10, dtype=np.float32).reshape(3, 3, 1)
    taken = backward_pass(Network(spec, weights), image, 1)
    # All scores are 0, so the gradient at the first is 1/2, and at the sums half of the weights.
    found = kernel_correlation(taken.layers[0], 0, 0)
    assert found.pull.tolist() == [[0.5, 1.0], [1.5, 2.0]]
    assert found.met(0, 1).tolist() == [[2, 3], [5, 6]]
    assert found.products(0, 1).tolist() == [[1.0, 3.0], [7.5, 12.0]]
    # 1 * 0.5 + 2 * 1 + 4 * 1.5 + 5 * 2, and so on
    assert found.gradient.tolist() == [[18.5, 23.5], [33.5, 38.5]]
    assert taken.layers[0].to_weights["bias"].tolist() == [5.0]


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000))
def test_products_add_up_to_the_gradient_and_filters_to_what_is_passed_back(spec, seed):
    _, _, taken = way_back(spec, seed)
    rng = np.random.default_rng(seed)
    for at in kernel_layers(spec):
        layer = taken.layers[at]
        height, width, channels, filters = layer.weights["kernel"].shape
        filter, channel = int(rng.integers(filters)), int(rng.integers(channels))
        found = kernel_correlation(layer, filter, channel)
        sums = [
            [found.products(row, column).sum(dtype=np.float64) for column in range(width)]
            for row in range(height)
        ]
        np.testing.assert_allclose(sums, found.gradient, rtol=1e-4, atol=1e-5)
        gradient = layer.to_weights["kernel"][:, :, channel, filter]
        np.testing.assert_array_equal(found.gradient, gradient)
        if "bias" in layer.to_weights:
            total = found.pull.sum(dtype=np.float64)
            np.testing.assert_allclose(total, layer.to_weights["bias"][filter], atol=1e-4)
        parts = [returned_map(layer, each, channel).values() for each in range(filters)]
        np.testing.assert_allclose(
            np.sum(parts, axis=0), layer.leaving[..., channel], rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("name", list(TITLES))
def test_a_step_equals_keras_on_the_whole_network(keras, name):
    import tensorflow as tf

    network, image, taken = way_back(EVERY_LAYER, 6)
    model = keras_model.build(EVERY_LAYER)
    keras_model.set_weights(model, network.weights)
    with tf.GradientTape() as tape:
        shares = model(image[np.newaxis], training=False)
        loss = keras.losses.SparseCategoricalCrossentropy()(np.array([taken.label]), shares)
    theirs = {
        "sgd": lambda: keras.optimizers.SGD(0.02),
        "momentum": lambda: keras.optimizers.SGD(0.02, momentum=0.9),
        "nesterov": lambda: keras.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
        "rmsprop": lambda: keras.optimizers.RMSprop(0.02),
        "adam": lambda: keras.optimizers.Adam(0.02),
    }[name]()
    # Where a gradient is next to nothing, rounding decides its sign and Adam takes a whole step.
    gradients = [
        tf.constant(gradient) for layer in taken.layers for gradient in layer.to_weights.values()
    ]
    for mine, tape_s in zip(gradients, tape.gradient(loss, model.trainable_weights), strict=True):
        np.testing.assert_allclose(mine, tape_s, atol=1e-4)
    theirs.apply(gradients, model.trainable_weights)
    moved = stepped(network, taken, optimizer(name, 0.02))
    for mine, weights in zip(
        moved.weights, keras_model.get_weights(model, EVERY_LAYER), strict=True
    ):
        assert list(mine) == list(weights)
        for key in mine:
            np.testing.assert_allclose(mine[key], weights[key], atol=1e-5)
    after = keras.losses.SparseCategoricalCrossentropy()(
        np.array([taken.label]), model(image[np.newaxis], training=False)
    )
    assert image_loss(moved, image, taken.label) == pytest.approx(float(after), abs=1e-4)


def test_a_kernel_s_step_and_what_comes_of_it():
    network, image, taken = way_back(EVERY_LAYER, 6)
    rule = optimizer("sgd", 0.001)
    step = kernel_step(network, image, taken, rule, layer=5, filter=3, channel=2)
    before = network.weights[5]["kernel"][:, :, 2, 3]
    np.testing.assert_array_equal(step.before, before)
    np.testing.assert_allclose(step.after, before - 0.001 * step.gradient, rtol=1e-6)
    assert step.loss == taken.loss
    assert step.loss_after == image_loss(stepped(network, taken, rule), image, taken.label)
    # One kernel alone, by hand.
    kernel = network.weights[5]["kernel"].copy()
    kernel[:, :, 2, 3] = step.after
    weights = list(network.weights)
    weights[5] = {**weights[5], "kernel": kernel}
    alone = image_loss(Network(network.spec, tuple(weights)), image, taken.label)
    assert step.loss_of_kernel == pytest.approx(alone, abs=1e-7)
    # Down the slope the loss falls by the rate times all squared gradients, and nearly so in truth.
    squares = sum(
        float(np.sum(np.square(gradient, dtype=np.float64)))
        for layer in taken.layers
        for gradient in layer.to_weights.values()
    )
    assert step.promised == pytest.approx(taken.loss - 0.001 * squares, rel=1e-4)
    kernel_s = float(np.sum(np.square(step.gradient, dtype=np.float64)))
    assert step.promised_of_kernel == pytest.approx(taken.loss - 0.001 * kernel_s, abs=1e-6)
    assert step.loss_after < step.loss
    assert step.loss_after == pytest.approx(step.promised, abs=0.2 * (step.loss - step.promised))


def test_what_is_not_trained_stays():
    network, _, taken = way_back(EVERY_LAYER, 6)
    moved = stepped(network, taken, optimizer("adam", 0.1))
    for name in ("moving_mean", "moving_variance"):
        np.testing.assert_array_equal(moved.weights[1][name], network.weights[1][name])
    assert (moved.weights[1]["gamma"] != network.weights[1]["gamma"]).any()


def test_a_step_that_leads_nowhere_is_told_by_its_loss():
    network, image, taken = way_back(EVERY_LAYER, 6)
    weights = [dict(arrays) for arrays in network.weights]
    weights[-1]["kernel"] = np.full_like(weights[-1]["kernel"], np.nan)
    broken = Network(network.spec, tuple(weights))
    assert np.isnan(image_loss(broken, image, taken.label))


@pytest.mark.parametrize(
    ("layer", "filter", "channel", "words"),
    [
        (0, 6, 0, "layer 1 has 6 filters and 3 input channels, counted from 0; there is no"),
        (0, 0, 3, "there is no filter 0 with channel 3"),
        (0, -1, 0, "there is no filter -1"),
        (3, 0, 0, "layer 4 is pooling; kernels are what convolutions have"),
        (15, 0, 0, "there is no layer 15 of 15"),
        ("0", 0, 0, "there is no layer '0'"),
    ],
)
def test_kernels_that_are_not_there_are_refused(layer, filter, channel, words):
    network, image, taken = way_back(EVERY_LAYER)
    rule = optimizer("sgd", 0.1)
    with pytest.raises(BackwardError, match=words):
        kernel_step(network, image, taken, rule, layer=layer, filter=filter, channel=channel)


def test_weights_that_are_not_there_are_refused():
    _, _, taken = way_back(EVERY_LAYER)
    found = kernel_correlation(taken.layers[5], 0, 0)
    for place in ((2, 0), (0, -1), (0.5, 0)):
        with pytest.raises(BackwardError, match="the kernel has 2 rows and 2 columns"):
            found.met(*place)
