"""Raw, scaled and standardised pixels, as the first layer of a network."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cnnlib.datasets import Dataset, scale, training_split
from cnnlib.explain import never_negative
from cnnlib.layers import RescaleLayer
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.scaling import SCALINGS, channel_statistics, input_layer, with_scaling
from cnnlib.spec import NetworkSpec, RunSpec, SpecError, TrainingSpec

RUN = RunSpec(article_basic(), TrainingSpec(dataset="cifar10", image_count=1_000, seed=3))


def first_images(cifar10):
    return cifar10.x_train[:500]


def test_statistics_are_those_of_the_numbers_themselves(cifar10):
    images = first_images(cifar10)
    pixels = images.reshape(-1, 3).astype(np.float64) / 255
    mean, deviation = channel_statistics(images)
    np.testing.assert_allclose(mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(deviation, pixels.std(axis=0), rtol=1e-12)


def test_a_run_sees_its_own_training_images_with_mean_0_and_deviation_1(cifar10):
    run = with_scaling(RUN, "standardised", cifar10)
    chosen, _ = training_split(cifar10.y_train, 1_000, 3, 0.1)
    images = scale(cifar10.x_train[chosen])
    network = Network.initial(run.network)
    seen = network.activations(images[:400])[0]
    layer = run.network.layers[0]
    np.testing.assert_allclose(seen, images[:400] * layer.scale + layer.offset, atol=1e-5)
    whole = images.astype(np.float64) * layer.scale + layer.offset
    np.testing.assert_allclose(whole.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(whole.std(axis=(0, 1, 2)), 1, atol=1e-5)
    assert run.network.layers[1:] == RUN.network.layers
    assert run.training == RUN.training


def test_raw_gives_the_bytes_back_and_scaled_changes_nothing(cifar10):
    run = with_scaling(RUN, "raw", cifar10)
    images = first_images(cifar10)[:20]
    seen = Network.initial(run.network).activations(scale(images))[0]
    np.testing.assert_array_equal(np.rint(seen), images)
    np.testing.assert_allclose(seen, images, atol=1e-4)
    assert with_scaling(RUN, "scaled", cifar10) == RUN


def test_a_scaling_replaces_the_one_before(cifar10):
    raw = with_scaling(RUN, "raw", cifar10)
    standardised = with_scaling(RUN, "standardised", cifar10)
    assert with_scaling(raw, "standardised", cifar10) == standardised
    assert with_scaling(standardised, "scaled", cifar10) == RUN
    assert RunSpec.from_json(standardised.to_json()) == standardised


def test_a_channel_that_never_changes_is_no_division_by_zero():
    images = np.full((2, 4, 4, 3), 51, np.uint8)
    images[0, 0, 0] = 0
    images[..., 1] = 102
    layer = input_layer("standardised", images)
    assert np.isfinite(layer.scale).all()
    assert layer.scale[1] == pytest.approx(255)
    assert 0.4 * layer.scale[1] + layer.offset[1] == pytest.approx(0, abs=1e-5)


def test_an_unknown_scaling_is_a_sentence(cifar10):
    assert SCALINGS == ("scaled", "raw", "standardised")
    with pytest.raises(SpecError, match=r"pixels are scaled, raw, .* cannot be 'whitened'\."):
        with_scaling(RUN, "whitened", cifar10)


def test_the_gradient_of_a_raw_pixel_is_255_times_that_of_what_the_network_sees(digits):
    spec = RunSpec(
        dataclasses.replace(article_basic((28, 28, 1)), layers=article_basic((28, 28, 1)).layers),
        TrainingSpec(image_count=100),
    )
    data = Dataset(*(getattr(digits, f.name) for f in dataclasses.fields(digits)))
    network = Network.initial(with_scaling(spec, "raw", data).network)
    gradients = network.backward(scale(digits.x_train[:3]), digits.y_train[:3])
    np.testing.assert_allclose(gradients.inputs[0], 255 * gradients.inputs[1], rtol=1e-5)


def test_standardised_pixels_can_be_negative_and_raw_ones_cannot():
    def signs(*layers):
        return never_negative(NetworkSpec((4, 4, 3), layers))

    assert signs(RescaleLayer((255.0,))) == (True,)
    assert signs(RescaleLayer((4.0,), (-2.0,))) == (False,)
    assert signs(RescaleLayer((-1.0,), (1.0,))) == (False,)
    assert signs(RescaleLayer((4.0,), (-2.0,)), RescaleLayer((1.0,))) == (False, False)
