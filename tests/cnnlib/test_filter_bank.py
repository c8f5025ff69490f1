"""Banks of filters: what a trained layer computes, presets by hand, Keras's start."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.convolution import conv2d, relu
from cnnlib.filter_bank import (
    FilterBankError,
    learned_filters,
    preset_filters,
    untrained_filters,
)
from cnnlib.layers import BatchNormLayer, ConvLayer, DenseLayer, FlattenLayer, RescaleLayer
from cnnlib.network import Network
from cnnlib.spec import NetworkSpec


def photo_network():
    return Network.load("assets/models/cifar10.npz")


def test_learned_filters_give_what_convolution_and_normalisation_give(cifar10):
    network, image = photo_network(), cifar10.x_test[3:5].astype(np.float32) / 255
    bank = learned_filters(network)
    ours = relu(conv2d(image, bank.kernels, bias=bank.bias, padding="same"))
    np.testing.assert_allclose(ours, network.activations(image)[2], atol=1e-5)


def test_a_first_layer_with_its_own_activation_is_taken_as_it_is():
    layers = (ConvLayer(4, 5), FlattenLayer(), DenseLayer(2, "softmax"))
    network = Network.initial(NetworkSpec((8, 8, 3), layers), seed=2)
    bank = learned_filters(network)
    np.testing.assert_array_equal(bank.kernels, network.weights[0]["kernel"])
    assert (bank.size, bank.count, bank.bias.tolist()) == (5, 4, [0] * 4)


def test_a_network_for_grey_pictures_is_refused():
    with pytest.raises(FilterBankError, match="convolution of 1"):
        learned_filters(Network.load("assets/models/digits.npz"))


def test_presets_look_at_brightness_or_at_one_colour_against_another():
    bank = preset_filters(3)
    assert bank.count == len(set(bank.names)) == 32
    grey, red = np.full((1, 3, 3, 3), 0.5), np.zeros((1, 3, 3, 3))
    red[..., 0] = 1
    blur = bank.names.index("Box blur, on brightness")
    assert conv2d(grey, bank.kernels)[0, 0, 0, blur] == pytest.approx(0.5, abs=1e-6)
    assert conv2d(red, bank.kernels)[0, 0, 0, blur] == pytest.approx(0.299, abs=1e-6)
    against = bank.names.index("Box blur, on red against green")
    assert conv2d(red, bank.kernels)[0, 0, 0, against] == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(conv2d(grey, bank.kernels)[0, 0, 0, 11:], 0, atol=1e-6)


def test_a_larger_preset_gives_the_same_answers():
    image = np.random.default_rng(0).random((1, 9, 9, 3))
    sobel = preset_filters(3).names.index("Sobel, left to right, on brightness")
    small, large = (
        conv2d(image, preset_filters(size).kernels, padding="same")[..., sobel] for size in (3, 7)
    )
    np.testing.assert_allclose(small, large, atol=1e-6)


def test_untrained_filters_are_spread_as_keras_spreads_them(keras):
    size, bank = 5, untrained_filters(5, seed=1)
    layer = keras.layers.Conv2D(32, size)
    layer.build((None, 32, 32, 3))
    theirs = layer.get_weights()[0]
    assert bank.kernels.shape == theirs.shape
    limit = np.sqrt(6 / (25 * 35))
    for kernels in (bank.kernels, theirs):
        assert np.abs(kernels).max() <= limit + 1e-7
        assert kernels.std() == pytest.approx(limit / np.sqrt(3), rel=0.05)
    assert not bank.bias.any()


@pytest.mark.parametrize("size", [2, 8, 3.0, True, "3"])
@pytest.mark.parametrize("make", [preset_filters, untrained_filters])
def test_sizes_that_there_are_not_are_refused(make, size):
    with pytest.raises(FilterBankError, match="3 to 7"):
        make(size)


@pytest.mark.parametrize(("asked", "kept"), [(1, 1), (12, 12), (99, 32), (0, 1), (-5, 1)])
def test_the_first_filters_of_a_bank(asked, kept):
    bank = preset_filters(3).first(asked)
    assert bank.kernels.shape[3] == len(bank.bias) == len(bank.names) == bank.count == kept


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_rescaling_in_front_of_the_filters_becomes_part_of_them(padding):
    layers = (
        *(RescaleLayer((2.0,), (-1.0,)), RescaleLayer((0.5, 1.0, 4.0), (0.1, 0.0, -0.2))),
        *(ConvLayer(4, 3, padding=padding, activation="linear"), BatchNormLayer()),
        *(FlattenLayer(), DenseLayer(2, "softmax")),
    )
    network = Network.initial(NetworkSpec((8, 8, 3), layers), seed=5)
    image = np.random.default_rng(0).random((2, 8, 8, 3), np.float32)
    bank = learned_filters(network)
    ours = conv2d(image, bank.kernels, bias=bank.bias, padding=padding)
    inside = slice(1, -1) if padding == "same" else slice(None)
    theirs = network.activations(image)[3]
    np.testing.assert_allclose(ours[:, inside, inside], theirs[:, inside, inside], atol=1e-5)


def test_a_network_that_only_rescales_before_dense_layers_is_refused():
    layers = (RescaleLayer(), FlattenLayer(), DenseLayer(2, "softmax"))
    with pytest.raises(FilterBankError, match="starts with flatten"):
        learned_filters(Network.initial(NetworkSpec((8, 8, 3), layers)))
