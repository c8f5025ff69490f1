"""The noise of a batch's gradient, against gradients worked out directly."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.gradient_noise import AT_ONCE, SHOWN, gradient_noise, images_measured
from cnnlib.network import Network

COUNT = 256


@pytest.fixture(scope="module")
def network(tiny_network):
    return Network.initial(tiny_network, 3)


@pytest.fixture(scope="module")
def sample(digits):
    order = np.random.default_rng(0).permutation(len(digits.y_train))[: COUNT + AT_ONCE]
    return datasets.scale(digits.x_train[order]), digits.y_train[order]


@pytest.fixture(scope="module")
def noise(network, sample):
    return gradient_noise(network, *sample)


def gradient(network, images, labels):
    layers = network.backward(images, labels).weights
    return np.concatenate([array.ravel() for layer in layers for array in layer.values()])


def test_the_whole_gradient_is_that_of_all_images(network, sample, noise):
    images, labels = sample
    whole = gradient(network, images[:COUNT], labels[:COUNT])
    assert noise.norm == pytest.approx(np.linalg.norm(whole), rel=1e-4)
    assert (noise.images, noise.parameters) == (COUNT, whole.size)


@pytest.mark.parametrize(("at", "batch"), [(0, 0), (0, 255), (2, 5), (5, 0), (5, 7)])
def test_a_batch_is_compared_with_it(network, sample, noise, at, batch):
    images, labels = sample
    size = noise.sizes[at]
    part = slice(batch * size, (batch + 1) * size)
    one = gradient(network, images[part], labels[part])
    whole = gradient(network, images[:COUNT], labels[:COUNT])
    length = np.linalg.norm(whole)
    error = np.linalg.norm(one - whole) / length
    cosine = one @ whole / np.linalg.norm(one) / length
    assert noise.errors[at][batch] == pytest.approx(error, rel=1e-3)
    assert noise.cosines[at][batch] == pytest.approx(cosine, abs=1e-4)


def test_every_image_is_in_one_batch_of_each_size(noise):
    assert noise.sizes == (1, 2, 4, 8, 16, 32)
    assert [len(errors) for errors in noise.errors] == [256, 128, 64, 32, 16, 8]


def test_the_error_falls_with_one_over_the_square_root(noise):
    """Drawn without putting back, means of B of N have (N - B) / (N - 1) of the variance / B."""
    for at, size in enumerate(noise.sizes):
        expected = noise.mean_error(0) * np.sqrt((COUNT - size) / (COUNT - 1) / size)
        assert noise.mean_error(at) == pytest.approx(expected, rel=0.2)


def test_the_noise_scale_is_the_batch_whose_error_is_as_long_as_the_gradient(noise):
    assert noise.mean_error(0) / np.sqrt(noise.noise_scale) == pytest.approx(1)


def test_clouds_lie_around_the_tip_of_the_whole_gradient(noise):
    small, large = noise.points
    assert noise.shown == (1, 8)
    assert (len(small), len(large)) == (8 * SHOWN, SHOWN)
    # A batch's point is the mean of its images' points, so it scatters less by about the root of 8.
    assert np.allclose(small.reshape(SHOWN, 8, 2).mean(axis=1), large, atol=1e-3)
    assert np.allclose(small.std(axis=0) / large.std(axis=0), np.sqrt(8), rtol=0.4)


def test_the_same_gradient_for_all_images_has_no_noise(network, sample):
    images, labels = sample
    alike = gradient_noise(
        network, np.repeat(images[:1], 64 + AT_ONCE, 0), np.repeat(labels[:1], 64 + AT_ONCE)
    )
    assert max(errors.max() for errors in alike.errors) < 2e-3
    assert min(cosines.min() for cosines in alike.cosines) == pytest.approx(1, abs=1e-5)


def test_progress_goes_from_nothing_to_the_end_and_can_end_it(network, sample):
    told = []
    gradient_noise(network, sample[0][:96], sample[1][:96], progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1] > 0.9) == (0, True)

    def stop(share):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        gradient_noise(network, *sample, progress=stop)


def test_counts_and_networks_that_cannot_be_are_refused(network, sample):
    with pytest.raises(ValueError, match="a power of two from 64; got 100"):
        gradient_noise(network, sample[0][:100], sample[1][:100])
    with pytest.raises(ValueError, match="got 64"):
        gradient_noise(network, sample[0][:64], sample[1][:64])
    broken = tuple({k: v * np.nan for k, v in layer.items()} for layer in network.weights)
    with pytest.raises(FloatingPointError, match="no number"):
        gradient_noise(Network(network.spec, broken), *sample)


def test_larger_networks_are_measured_on_fewer_images():
    counts = [images_measured(10**power) for power in range(4, 11)]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (1_024, 256)
