from __future__ import annotations

import numpy as np
import pytest

from cnnlib import keras_model
from cnnlib.layers import DenseLayer, FlattenLayer
from cnnlib.network import Network
from cnnlib.occlusion import Occluder, OcclusionError, covered, occlusion
from cnnlib.presets import article_basic
from cnnlib.spec import NetworkSpec, SpecError
from tests.cnnlib.test_network import random_network


def sum_network() -> Network:
    """Class 0's logit is the sum of the 3 x 3 pixels, times their number from 0; class 1's is 0."""
    spec = NetworkSpec((3, 3, 1), (FlattenLayer(), DenseLayer(2, "softmax")))
    kernel = np.zeros((9, 2), np.float32)
    kernel[:, 0] = np.arange(9)
    return Network(spec, ({}, {"kernel": kernel, "bias": np.zeros(2, np.float32)}))


def test_the_article_s_setting_gives_keras_s_map(keras):
    network = random_network(article_basic(), 4)
    image = np.random.default_rng(1).random((32, 32, 3), np.float32)
    found = occlusion(network, image, Occluder(patch=5, stride=1, fill="noise", seed=6))
    assert found.logits.shape == (28, 28, 10)
    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    noise = np.random.default_rng(6).random((5, 5, 3)).astype(np.float32)
    for row, column in ((0, 0), (0, 27), (13, 5), (27, 27)):
        hidden = image.copy()
        hidden[row : row + 5, column : column + 5] = noise
        expected = np.asarray(model(hidden[np.newaxis], training=False))[0]
        np.testing.assert_allclose(found.probabilities[row, column], expected, atol=1e-4)
        before = np.asarray(model(image[np.newaxis], training=False))[0]
        np.testing.assert_allclose(found.drops(3)[row, column], (before - expected)[3], atol=1e-4)


def test_a_drop_is_what_the_covered_pixels_were_worth():
    image = np.ones((3, 3, 1), np.float32)
    found = occlusion(sum_network(), image, Occluder(patch=1, fill="grey"))
    # Half of each pixel's worth is lost to grey.
    np.testing.assert_allclose(found.drops(0, score=True), np.arange(9).reshape(3, 3) / 2)
    assert found.original.tolist() == [36.0, 0.0]
    found = occlusion(sum_network(), image, Occluder(patch=2, fill="grey"))
    # Pixels 0, 1, 3, 4 and so on: half of 8, 12, 20, 24.
    drops = found.drops(0, score=True)
    assert drops.tolist() == [[4.0, 6.0], [10.0, 12.0]]
    mean = found.per_pixel(drops)
    assert mean.tolist() == [[4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [10.0, 11.0, 12.0]]


def test_pixels_that_no_patch_reaches_have_no_number():
    found = occlusion(sum_network(), np.ones((3, 3, 1), np.float32), Occluder(2, 2, "grey"))
    assert found.logits.shape == (1, 1, 2)
    mean = found.per_pixel(found.drops(0, score=True))
    assert np.isnan(mean).tolist() == [[False, False, True]] * 2 + [[True] * 3]


def test_what_is_seen_instead():
    image = np.random.default_rng(2).random((6, 6, 3), np.float32)
    grey, noise, blur = (
        covered(image, Occluder(3, 3, fill))[3] for fill in ("grey", "noise", "blur")
    )
    for copy in (grey, noise, blur):
        np.testing.assert_array_equal(copy[:3], image[:3])
        np.testing.assert_array_equal(copy[:, :3], image[:, :3])
        assert (copy[3:, 3:] != image[3:, 3:]).any()
    assert (grey[3:, 3:] == 0.5).all()
    first = covered(image, Occluder(3, 3, "noise"))[0]
    np.testing.assert_array_equal(noise[3:, 3:], first[:3, :3])
    assert blur[3:, 3:].std() < image[3:, 3:].std()


def test_a_flat_picture_s_blur_hides_nothing():
    image = np.full((6, 6, 1), 0.3, np.float32)
    np.testing.assert_allclose(covered(image, Occluder(2, 1, "blur")), 0.3, atol=1e-6)


def test_parts_of_the_places_are_the_places():
    image = np.random.default_rng(3).random((6, 5, 1), np.float32)
    whole = covered(image, Occluder(2, 1))
    assert len(whole) == 20
    np.testing.assert_array_equal(covered(image, Occluder(2, 1), 7, 9), whole[7:9])


def test_progress_ends_at_the_whole():
    told = []
    network = Network.initial(article_basic())
    occlusion(network, np.zeros((32, 32, 3), np.float32), Occluder(8, 2), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 3  # 169 places


def test_what_does_not_fit_is_refused():
    with pytest.raises(OcclusionError, match="9 × 9 does not fit a picture of 8 × 12"):
        Occluder(patch=9).places(8, 12)
    for setting in ({"patch": 0}, {"stride": 0}, {"fill": "cats"}, {"patch": 2.5}):
        with pytest.raises(SpecError):
            Occluder(**setting)
