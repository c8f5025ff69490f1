from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import datasets, keras_model
from cnnlib.backward_steps import BackwardError, backward_pass, winners
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network import Network
from cnnlib.pooling import max_pool2d_backward
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import ASSETS, EVERY_LAYER, random_images, random_network, specs


def way_back(spec, seed=0):
    network, image = random_network(spec, seed), random_images(spec, 1, seed)[0]
    return network, image, backward_pass(network, image, seed % spec.classes)


def assert_equals_the_tape(keras, spec, seed):
    """Every number of the way back, against TensorFlow's; dropout off, kept averages in use."""
    import tensorflow as tf

    network, image, taken = way_back(spec, seed)
    model = keras_model.build(spec)
    keras_model.set_weights(model, network.weights)
    model.layers[-1].activation = keras.activations.linear
    tensor = tf.constant(image[np.newaxis])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(tensor)
        x = [tensor]
        for layer in model.layers:
            x.append(layer(x[-1], training=False))
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits([taken.label], x[-1])[0]
    close = {"atol": 1e-4, "rtol": 1e-4}
    np.testing.assert_allclose(taken.logits, x[-1][0], **close)
    np.testing.assert_allclose(taken.probabilities, tf.nn.softmax(x[-1])[0], atol=1e-4)
    np.testing.assert_allclose(taken.loss, loss, atol=1e-4)
    gradients = tape.gradient(loss, x)
    np.testing.assert_allclose(taken.at_logits, gradients[-1][0], atol=1e-4)
    for mine, theirs, leaving, arriving in zip(
        taken.layers, model.layers, gradients[:-1], gradients[1:], strict=True
    ):
        np.testing.assert_allclose(mine.leaving, leaving[0], **close)
        np.testing.assert_allclose(mine.arriving, arriving[0], **close)
        expected = tape.gradient(loss, theirs.trainable_weights)
        for gradient, weight in zip(mine.to_weights.values(), expected, strict=True):
            np.testing.assert_allclose(gradient, weight, **close)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000))
def test_the_way_back_through_random_networks_equals_gradient_tape(keras, spec, seed):
    assert_equals_the_tape(keras, spec, seed)


def test_the_way_back_through_every_kind_of_layer_equals_gradient_tape(keras):
    assert_equals_the_tape(keras, EVERY_LAYER, 3)


@pytest.mark.parametrize(
    ("name", "label", "number", "most"), [("digits", 9, 32, 0.15), ("cifar10", 3, 9, 0.3)]
)
def test_gradients_of_16_bit_layers_are_off_by_a_tenth_or_so(keras, name, label, number, most):
    """What a run trained with bfloat16 saw; for the images that the page opens with."""
    import tensorflow as tf

    network = Network.load(ASSETS / "models" / f"{name}.npz")
    dataset = datasets.load(name)
    image = datasets.scale(dataset.x_test[dataset.y_test == label][number - 1])
    taken = backward_pass(network, image, label)
    model = keras_model.build(network.spec, "bfloat16")
    keras_model.set_weights(model, network.weights)
    with tf.GradientTape() as tape:
        shares = model(image[np.newaxis], training=False)
        loss = keras.losses.SparseCategoricalCrossentropy()(np.array([label]), shares)
    mine = [gradient for layer in taken.layers for gradient in layer.to_weights.values()]
    theirs = tape.gradient(loss, model.trainable_weights)
    errors = [
        float(np.linalg.norm(ours - other) / np.linalg.norm(ours))
        for ours, other in zip(mine, map(np.asarray, theirs), strict=True)
    ]
    assert np.median(errors) < 0.1
    assert max(errors) < most
    assert errors[-1] < 0.02
    assert max(errors) > 1e-3  # it is 16 bits that are compared
    assert taken.loss == pytest.approx(float(loss), rel=0.05, abs=1e-4)


def test_the_gradient_at_the_logits_is_the_probabilities_less_one_for_the_label():
    _, _, taken = way_back(EVERY_LAYER, 5)
    expected = taken.probabilities.copy()
    expected[taken.label] -= 1
    np.testing.assert_allclose(taken.at_logits, expected, atol=1e-7)
    assert taken.loss == pytest.approx(-np.log(taken.probabilities[taken.label]), rel=1e-5)
    assert abs(taken.at_logits.sum()) < 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_what_a_layer_passes_back_is_what_the_one_before_receives(seed):
    _, image, taken = way_back(EVERY_LAYER, seed)
    np.testing.assert_array_equal(taken.layers[0].received, image)
    np.testing.assert_array_equal(taken.layers[-1].arriving, taken.at_logits)
    np.testing.assert_array_equal(taken.layers[-1].made, taken.logits)
    for layer, following in zip(taken.layers[:-1], taken.layers[1:], strict=True):
        np.testing.assert_array_equal(layer.arriving, following.leaving)
        np.testing.assert_array_equal(layer.made, following.received)


def test_slopes_times_what_arrives_is_what_goes_on():
    _, _, taken = way_back(EVERY_LAYER, 4)
    seen = set()
    for layer in taken.layers:
        kind, slopes = layer.step.layer, layer.slopes
        if isinstance(kind, (PoolLayer, FlattenLayer)):
            assert slopes is None
            continue
        goes_on = layer.at_sums if isinstance(kind, (ConvLayer, DenseLayer)) else layer.leaving
        np.testing.assert_allclose(layer.arriving * slopes, goes_on, rtol=1e-5, atol=1e-8)
        seen.add(type(kind))
    kinds = {ConvLayer, DenseLayer, ActivationLayer, BatchNormLayer, RescaleLayer, DropoutLayer}
    assert seen == kinds


def test_relu_lets_through_where_its_number_was_positive():
    spec = NetworkSpec(
        (2, 2, 1), (ActivationLayer("relu"), FlattenLayer(), DenseLayer(2, "softmax"))
    )
    kernel = np.array([[1, -1], [2, -2], [3, -3], [4, -4]], np.float32)
    network = Network(spec, ({}, {}, {"kernel": kernel, "bias": np.zeros(2, np.float32)}))
    image = np.array([[[1.0], [-1.0]], [[0.0], [0.5]]], np.float32)
    relu, flatten, dense = backward_pass(network, image, 1).layers
    # Scores 1 * 1 + 4 * 0.5 = 3 and -3; p = 0.99753, so the gradients at them are p and -p.
    share = 1 / (1 + np.exp(-6))
    np.testing.assert_allclose(dense.leaving, np.array([2, 4, 6, 8]) * share, rtol=1e-6)
    np.testing.assert_allclose(flatten.leaving[..., 0], dense.leaving.reshape(2, 2))
    assert relu.slopes[..., 0].tolist() == [[1, 0], [0, 1]]
    np.testing.assert_allclose(relu.leaving[..., 0], np.array([[2, 0], [0, 8]]) * share, rtol=1e-6)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 3), (3, 1)])
def test_winners_take_what_max_pooling_passes_back(size, stride, padding):
    layers = (PoolLayer("max", size, stride, padding), FlattenLayer(), DenseLayer(3, "softmax"))
    network = random_network(NetworkSpec((7, 6, 3), layers), 1)
    # Whole numbers, so that there are ties.
    image = np.random.default_rng(2).integers(0, 3, (7, 6, 3)).astype(np.float32)
    pool = backward_pass(network, image, 0).layers[0]
    found = np.zeros((42, 3), np.float32)
    for place, at in np.ndenumerate(winners(pool)):
        found[at, place[2]] += pool.arriving[place]
    np.testing.assert_allclose(found.reshape(7, 6, 3), pool.leaving, atol=1e-6)
    expected = max_pool2d_backward(
        pool.arriving[np.newaxis], image[np.newaxis], size, stride=stride, padding=padding
    )
    np.testing.assert_allclose(pool.leaving, expected[0], atol=1e-7)


def test_only_max_pooling_has_winners():
    _, _, taken = way_back(EVERY_LAYER)
    with pytest.raises(BackwardError, match="only max pooling has winners; this is convolution"):
        winners(taken.layers[0])
    with pytest.raises(BackwardError, match="this is pooling"):
        winners(taken.layers[8])


@pytest.mark.parametrize("label", [-1, 4, True, 1.0, "1", None])
def test_a_label_that_is_no_class_is_refused(label):
    network, image, _ = way_back(EVERY_LAYER)
    with pytest.raises(BackwardError, match="a label is from 0 to 3; it is"):
        backward_pass(network, image, label)


def test_a_network_that_blew_up_has_a_way_back_that_says_so():
    network, image, taken = way_back(EVERY_LAYER)
    assert taken.is_finite
    weights = [dict(arrays) for arrays in network.weights]
    weights[0]["kernel"] = np.full_like(weights[0]["kernel"], np.nan)
    broken = backward_pass(Network(network.spec, tuple(weights)), image, 0)
    assert not broken.is_finite
