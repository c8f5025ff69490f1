"""Any layer's weights as kernels: their shapes, what they meet, and what Keras starts them with."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import conv2d
from cnnlib.layer_weights import weight_layers
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec

ANSWER = DenseLayer(10, "softmax")


def described(shape, *layers) -> list[tuple]:
    found = weight_layers(NetworkSpec(shape, layers))
    return [(x.index, x.name, x.shape, x.kind, x.rescaled) for x in found]


def test_layers_are_numbered_by_kind_and_pictured_by_what_they_meet():
    layers = (
        *(ConvLayer(4, 3), BatchNormLayer(), ActivationLayer(), PoolLayer(), ConvLayer(6, 2)),
        *(FlattenLayer(), DropoutLayer(), DenseLayer(5), ANSWER),
    )
    assert described((12, 12, 3), *layers) == [
        (0, "Convolution 1", (3, 3, 3, 4), "colour", False),
        (4, "Convolution 2", (2, 2, 4, 6), "channels", False),
        (7, "Dense 1", (4, 4, 6, 5), "maps", False),
        (8, "Dense 2", (1, 1, 5, 10), "matrix", False),
    ]


def test_three_channels_are_colours_only_while_they_are_the_image_s():
    colour = described((8, 8, 3), RescaleLayer(), PoolLayer(), ConvLayer(3), FlattenLayer(), ANSWER)
    assert [(kind, rescaled) for *_, kind, rescaled in colour] == [
        ("colour", True),
        ("maps", False),
    ]
    later = described((9, 9, 1), ConvLayer(3), ConvLayer(1), ConvLayer(2), FlattenLayer(), ANSWER)
    assert [kind for *_, kind, _ in later] == ["grey", "channels", "channels", "maps"]


def test_a_dense_layer_on_the_picture_is_laid_back_onto_it():
    assert described((5, 6, 3), FlattenLayer(), ANSWER)[0][2:4] == ((5, 6, 3, 10), "colour")
    assert described((5, 6, 1), FlattenLayer(), ANSWER)[0][2:4] == ((5, 6, 1, 10), "grey")
    pooled = described((5, 6, 3), ConvLayer(7), GlobalAveragePoolLayer(), ANSWER)
    assert pooled[1][2:4] == ((1, 1, 7, 10), "matrix")
    single = described((3, 3, 1), ConvLayer(7), FlattenLayer(), ANSWER)
    assert single[1][2:4] == ((1, 1, 7, 10), "matrix")


def test_laid_back_weights_do_as_a_convolution_what_the_dense_layer_does():
    layers = (ConvLayer(4, 3), FlattenLayer(), DenseLayer(5, "linear"), ANSWER)
    network = Network.initial(NetworkSpec((7, 7, 1), layers), seed=4)
    maps, _, units, _ = network.activations(np.random.default_rng(1).random((2, 7, 7, 1)))
    kernels = weight_layers(network.spec)[1].kernels(network.weights[2])
    np.testing.assert_allclose(conv2d(maps, kernels)[:, 0, 0], units, atol=1e-5)


@pytest.mark.parametrize(
    "layers",
    [(ConvLayer(64, 5), FlattenLayer(), DenseLayer(40), ANSWER)],
)
def test_training_starts_within_the_limit_and_nearly_reaches_it(layers, keras):
    from cnnlib.keras_model import build

    spec = NetworkSpec((9, 9, 3), layers)
    model = build(spec)
    kernels = [layer.get_weights()[0] for layer in model.layers if layer.get_weights()]
    for layer, kernel in zip(weight_layers(spec), kernels, strict=True):
        assert 0.97 * layer.start_limit < np.abs(kernel).max() <= layer.start_limit + 1e-7
