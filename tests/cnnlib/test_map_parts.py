from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnlib import keras_model
from cnnlib.cells import cell_sum
from cnnlib.explain import ExplainError, layer_passes
from cnnlib.layers import BatchNormLayer, ConvLayer, DenseLayer, DropoutLayer, FlattenLayer
from cnnlib.map_parts import conv_parts, dense_parts, volume_before
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec
from tests.cnnlib.test_network import random_images, random_network


def added_up(parts):
    rest = 0 if parts.rest is None else parts.rest
    return sum(part.partial.astype(np.float64) for part in parts.parts) + rest + parts.bias


def keras_layer(keras, network, index, images):
    """What Keras's layer makes of the images before its activation function."""
    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    x = images
    for layer in model.layers[:index]:
        x = layer(x, training=False)
    model.layers[index].activation = keras.activations.linear
    return np.asarray(model.layers[index](x))[0]


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(
    kernel=st.integers(1, 4),
    stride=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same"]),
    bias=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_maps_parts_add_up_to_what_keras_makes(keras, kernel, stride, padding, bias, seed):
    spec = NetworkSpec(
        (11, 9, 3),
        (
            ConvLayer(12, 3, 1, "same", "tanh"),
            ConvLayer(5, kernel, stride, padding, "relu", bias),
            *(FlattenLayer(), DenseLayer(3, "softmax")),
        ),
    )
    network, images = random_network(spec, seed), random_images(spec, 1, seed)
    layers, number = layer_passes(network, images[0]), seed % 5
    expected = keras_layer(keras, network, 1, images)[:, :, number]
    for most in (3, 50):
        parts = conv_parts(layers[1], number, most=most)
        np.testing.assert_allclose(parts.sums, expected, atol=1e-4)
        np.testing.assert_allclose(added_up(parts), expected, atol=1e-4)
        np.testing.assert_allclose(parts.passed_on, np.maximum(expected, 0), atol=1e-4)
        assert parts.rest_count == max(0, 12 - most)
        weights = [float(np.abs(part.partial).mean()) for part in parts.parts]
        assert weights == sorted(weights, reverse=True)
    unit = seed % 3
    dense = dense_parts(layers, 3, unit, most=2)
    logits = keras_layer(keras, network, 3, images)
    assert added_up_units(dense) == pytest.approx(float(logits[unit]), abs=1e-4)
    assert float(dense.sums.item()) == pytest.approx(float(logits[unit]), abs=1e-4)


def added_up_units(parts):
    rest = 0 if parts.rest is None else float(parts.rest.sum())
    return sum(float(part.partial.sum()) for part in parts.parts) + rest + parts.bias


def test_a_part_is_the_channel_under_its_slice_of_the_kernel():
    spec = NetworkSpec((6, 6, 3), (ConvLayer(2, 2), FlattenLayer(), DenseLayer(2, "softmax")))
    network = random_network(spec, 1)
    layer = layer_passes(network, random_images(spec, 1)[0])[0]
    parts = conv_parts(layer, 1)
    assert sorted(part.channel for part in parts.parts) == [0, 1, 2]
    worked = cell_sum(layer, 1, (2, 3))
    for part in parts.parts:
        assert (part.received == layer.received[:, :, part.channel]).all()
        assert (part.kernel == layer.weights["kernel"][:, :, part.channel, 1]).all()
        products = worked.products[:, :, part.channel]
        assert float(part.partial[2, 3]) == pytest.approx(products.sum(), abs=1e-6)
    assert parts.rest is None
    assert parts.windows.output == (5, 5)


def test_a_dense_units_weights_lie_on_the_maps_that_were_flattened():
    layers = (ConvLayer(4, 3), FlattenLayer(), BatchNormLayer(), DropoutLayer(), DenseLayer(5))
    spec = NetworkSpec((5, 6, 1), (*layers, DenseLayer(2, "softmax")))
    network = random_network(spec, 2)
    shown = layer_passes(network, random_images(spec, 1)[0])
    assert volume_before(shown, 4) == (3, 4, 4)
    assert volume_before(shown, 5) is None  # its inputs are units
    assert volume_before(shown, 0) is None  # no dense layer
    parts = dense_parts(shown, 4, 2, most=1)
    (part,) = parts.parts
    place = (1, 2, part.channel)
    position = int(np.ravel_multi_index(place, (3, 4, 4)))
    assert part.kernel[1, 2] == network.weights[4]["kernel"][position, 2]
    assert part.received[1, 2] == shown[4].received[position]
    assert parts.windows is None
    assert parts.rest_count == 3


def test_what_cannot_be_taken_apart_is_refused():
    spec = NetworkSpec((5, 5, 1), (ConvLayer(2), FlattenLayer(), DenseLayer(2, "softmax")))
    layers = layer_passes(Network.initial(spec), random_images(spec, 1)[0])
    with pytest.raises(ExplainError, match=r"only a convolution .* Flatten"):
        conv_parts(layers[1], 0)
    with pytest.raises(ExplainError, match="no flattened maps"):
        dense_parts(layers, 0, 0)
    with pytest.raises(ExplainError, match=r"2 maps of 3 x 3 cells"):
        conv_parts(layers[0], 2)
