"""Preprocessing taken apart, held to values worked out by hand and to the layer that does it."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.fields import SpecError
from cnnlib.passes import forward
from cnnlib.preprocessing import bin_edges, channel_maps, level_shares, one_hot
from cnnlib.scaling import SCALINGS, input_layer

# Levels 0, 51, 102 are 0, 0.2, 0.4: mean 0.2, deviation sqrt(0.08 / 3) = 0.163299.
THREE = np.array([0, 51, 102], np.uint8).reshape(3, 1, 1, 1)


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [("raw", [0, 51, 102]), ("scaled", [0, 0.2, 0.4]), ("standardised", [-1.224745, 0, 1.224745])],
)
def test_three_levels_by_hand(scaling, expected):
    (affine,) = channel_maps(scaling, THREE)
    np.testing.assert_allclose([affine(level) for level in (0, 51, 102)], expected, atol=2e-6)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_it_is_what_the_networks_own_layer_does(scaling):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, (20, 4, 4, 3), dtype=np.uint8)
    layer = input_layer(scaling, images)
    scaled = images.astype(np.float32) / 255
    seen = scaled if layer is None else forward(layer, {}, scaled)
    maps = channel_maps(scaling, images)
    for channel, affine in enumerate(maps):
        np.testing.assert_allclose(
            affine(images[..., channel].astype(float)), seen[..., channel], rtol=1e-4, atol=1e-4
        )


def test_standardised_channels_have_mean_0_and_deviation_1(digits):
    (affine,) = channel_maps("standardised", digits.x_train)
    numbers = affine(digits.x_train.astype(np.float64))
    assert abs(numbers.mean()) < 1e-4
    assert abs(numbers.std() - 1) < 1e-4


def test_an_unknown_scaling_is_refused():
    with pytest.raises(SpecError, match="cannot be 'half'"):
        channel_maps("half", THREE)


def test_levels_are_shared_out_among_bins():
    images = np.zeros((1, 2, 2, 2), np.uint8)
    images[0, :, :, 1] = [[0, 63], [64, 255]]
    shares = level_shares(images, bins=4)
    assert shares.tolist() == [[1.0, 0, 0, 0], [0.5, 0.25, 0, 0.25]]


def test_shares_are_numpys_histogram(digits):
    counts, _ = np.histogram(digits.x_train, bins=32, range=(0, 256))
    np.testing.assert_allclose(level_shares(digits.x_train)[0], counts / digits.x_train.size)


def test_bins_begin_and_end_between_levels():
    assert bin_edges(4).tolist() == [0, 64, 128, 192, 256]
    assert len(bin_edges()) == 33


def test_one_hot_is_the_identitys_rows():
    labels = np.array([3, 0, 9, 3])
    assert (one_hot(labels, 10) == np.eye(10)[labels]).all()
    assert one_hot(np.array([], int), 10).shape == (0, 10)


@pytest.mark.parametrize("labels", [[10], [-1], [0, 99]])
def test_a_label_that_is_no_class_is_refused(labels):
    with pytest.raises(ValueError, match="go from 0 to 9"):
        one_hot(np.array(labels), 10)
