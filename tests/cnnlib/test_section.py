from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import keras_model
from cnnlib.archive import NetworkError
from cnnlib.layers import ConvLayer, DenseLayer, DropoutLayer, FlattenLayer, PoolLayer
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.section import Section
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import EVERY_LAYER, random_images, random_network, specs


def keras_gradient(keras, network, first, last, x, grad, units):
    """Output and input gradient of Keras's layers `first` to `last`, of some units."""
    import tensorflow as tf

    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        y = tensor
        for layer in model.layers[first : last + 1]:
            y = layer(y, training=False)
        y = tf.gather(y, units, axis=-1)
        weighted = tf.reduce_sum(y * grad)
    return np.asarray(y), np.asarray(tape.gradient(weighted, tensor))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(spec=specs(), seed=st.integers(0, 1000), data=st.data())
def test_any_section_of_random_networks_equals_keras(keras, spec, seed, data):
    network, rng = random_network(spec, seed), np.random.default_rng(seed)
    last = data.draw(st.integers(0, len(spec.layers) - 1))
    first = data.draw(st.integers(0, last))
    most = spec.trace()[last].output_shape[-1]
    units = data.draw(st.lists(st.integers(0, most - 1), min_size=1, max_size=4))
    section = Section(network, last, first=first, units=units)
    x = rng.uniform(-1, 1, (3, *section.input_shape)).astype(np.float32)
    run = section.run(x)
    grad = rng.normal(size=run.outputs.shape).astype(np.float32)
    outputs, gradient = keras_gradient(keras, network, first, last, x, grad, units)
    assert run.outputs.shape == (3, *section.output_shape)
    np.testing.assert_allclose(run.outputs, outputs, atol=1e-4, rtol=0)
    np.testing.assert_allclose(section(x), outputs, atol=1e-4, rtol=0)
    np.testing.assert_allclose(run.backward(grad), gradient, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("spec", [EVERY_LAYER, article_basic()], ids=["every layer", "article"])
def test_the_mean_of_one_map_of_every_layer_has_keras_s_gradient(keras, spec):
    network, images = random_network(spec, 3), random_images(spec, 2)
    for last, step in enumerate(spec.trace()):
        unit = step.output_shape[-1] // 2
        run = Section(network, last, units=[unit]).run(images)
        grad = np.full(run.outputs.shape, 1 / run.outputs[0].size, np.float32)
        _, gradient = keras_gradient(keras, network, 0, last, images, grad, [unit])
        np.testing.assert_allclose(run.backward(grad), gradient, atol=1e-4, rtol=1e-4)


def test_before_the_activation_is_what_the_network_says_it_is():
    network, images = random_network(EVERY_LAYER, 4), random_images(EVERY_LAYER, 2)
    named = {1: "relu", 2: "relu", 5: "tanh", 9: "sigmoid", 13: "tanh", 14: "softmax"}
    before = network.pre_activations(images)
    for last in range(len(EVERY_LAYER.layers)):
        if last == 4:  # dropout, which does not stand between a map and its activation here
            continue
        section = Section(network, last, before_activation=True)
        assert section.activation == (named.get(last, "linear") if last != 1 else "linear")
        np.testing.assert_allclose(section(images), before[last], atol=1e-5)


def test_a_section_goes_on_where_another_ended():
    network, images = random_network(EVERY_LAYER, 5), random_images(EVERY_LAYER, 2)
    for cut in range(len(EVERY_LAYER.layers) + 1):
        top = Section(network, 14, first=cut)
        whole = top(Section(network, cut - 1)(images))
        np.testing.assert_allclose(whole, network.predict(images), atol=1e-6)


def test_a_section_worked_out_by_hand():
    spec = NetworkSpec(
        (2, 2, 1),
        (ConvLayer(2, 1, activation="relu"), PoolLayer(), FlattenLayer(), DenseLayer(2, "softmax")),
    )
    kernel = np.array([2, -1], np.float32).reshape(1, 1, 1, 2)
    weights = (
        {"kernel": kernel, "bias": np.array([0, 3], np.float32)},
        {},
        {},
        {"kernel": np.eye(2, dtype=np.float32), "bias": np.zeros(2, np.float32)},
    )
    network = Network(spec, weights)
    image = np.array([1, 2, 3, 4], np.float32).reshape(1, 2, 2, 1)
    run = Section(network, 1, units=[1, 0]).run(image)
    assert run.outputs.ravel().tolist() == [2.0, 8.0]  # -1 + 3, and 2 * 4
    # The largest cell of map 1 is the first pixel's, that of map 0 the last one's.
    assert run.backward(np.ones((1, 1, 1, 2))).ravel().tolist() == [-1.0, 0.0, 0.0, 2.0]
    twice = Section(network, 1, units=[0, 0]).run(image)
    assert twice.backward(np.ones((1, 1, 1, 2))).ravel().tolist() == [0.0, 0.0, 0.0, 4.0]


def test_only_the_wanted_filters_are_computed():
    network = Network.initial(article_basic())
    sizes = [
        array.shape
        for _, arrays in Section(network, 5, units=[7])._layers[-1:]
        for array in arrays.values()
    ]
    assert sizes == [(3, 3, 64, 1), (1,)]


def test_a_section_of_dropout_alone_changes_nothing():
    spec = NetworkSpec((2, 2, 1), (DropoutLayer(), FlattenLayer(), DenseLayer(2, "softmax")))
    section = Section(Network.initial(spec), 0, units=[0], before_activation=True)
    image = random_images(spec, 1)
    run = section.run(image)
    np.testing.assert_array_equal(run.outputs, image)
    np.testing.assert_array_equal(run.backward(image), image)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"last": 15}, "from 0 to 14"),
        ({"last": 3, "first": 5}, "5 to 3"),
        ({"last": -2}, "0 to -2"),
        ({"last": 0, "units": [6]}, "from 0 to 5"),
        ({"last": 0, "units": [-1]}, "from 0 to 5"),
        ({"last": 0, "units": []}, "at least one"),
    ],
)
def test_what_the_network_has_not_is_refused(arguments, message):
    with pytest.raises(NetworkError, match=message):
        Section(random_network(EVERY_LAYER, 0), **arguments)


def test_arrays_of_another_shape_are_refused():
    section = Section(random_network(EVERY_LAYER, 0), 0)
    with pytest.raises(NetworkError, match=r"takes \(batch, 13, 12, 3\)"):
        section(np.zeros((1, 5, 5, 3), np.float32))
    run = section.run(random_images(EVERY_LAYER, 1))
    with pytest.raises(NetworkError, match="grad must be"):
        run.backward(np.zeros((1, 2), np.float32))
