"""Variations of photos stay within [0, 1], are repeated by a seed, and are what they say.

`CNN_DATA=FOLDER python -m tests.cnnlib.test_photo_variations` prints what the shipped photo network
has right of the full test images under each of them; the model card has that.
"""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import datasets, photo_variations
from cnnlib.network import Network
from cnnlib.photo_variations import (
    backgrounds,
    blurred,
    compressed,
    lit,
    nothing_known,
    placed,
    rough,
    slopes,
    varied,
)
from cnnlib.shipped import MODELS


@pytest.fixture
def photos():
    return np.random.default_rng(5).random((40, 32, 32, 3), np.float32)


@pytest.fixture
def digits():
    return np.random.default_rng(6).random((12, 28, 28, 1), np.float32)


@pytest.mark.parametrize("make", [varied, backgrounds, lit, slopes, rough])
def test_pixels_stay_in_range_and_a_seed_repeats_them(make, photos):
    kept = photos.copy()
    first, again = (make(photos, np.random.default_rng(1)) for _ in range(2))
    assert first.shape == photos.shape
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1 + 1e-6
    assert np.array_equal(first, again)
    assert np.array_equal(photos, kept)


def test_a_photo_in_its_place_hides_what_is_behind(photos, monkeypatch):
    monkeypatch.setattr(photo_variations, "LARGEST", 1.0)
    monkeypatch.setattr(photo_variations, "SMALLEST", 1.0)
    monkeypatch.setattr(photo_variations, "TURN", 0.0)
    monkeypatch.setattr(photo_variations, "WAY", 0.0)

    class Still:
        """Draws the middle of every range."""

        def uniform(self, low, high, size):
            return np.full(size, (low + high) / 2)

    shown = placed(photos, np.zeros_like(photos), Still())
    assert np.allclose(shown, photos, atol=1e-5)


def test_where_a_photo_does_not_reach_the_background_shows(photos):
    white = np.ones_like(photos)
    shown = placed(np.zeros_like(photos), white, np.random.default_rng(0))
    shares = shown.mean(axis=(1, 2, 3))
    assert shares.max() > 0.5
    assert shares.min() < 0.05
    assert np.allclose(placed(white, white, np.random.default_rng(0)), 1, atol=1e-5)


def test_blurring_is_the_kernel_it_says():
    dot = np.zeros((1, 5, 5, 3), np.float32)
    dot[0, 2, 2] = 16
    kernel = blurred(dot)[0, 1:4, 1:4, 0]
    assert kernel.tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_compression_loses_little_at_high_quality_and_more_at_low():
    smooth = slopes(np.zeros((8, 32, 32, 3), np.float32), np.random.default_rng(0))
    high, low = (
        np.abs(compressed(smooth, np.full(8, quality)) - smooth).mean() for quality in (95, 10)
    )
    assert high < 0.01 < low < 0.1


def test_nothing_known_is_of_five_kinds(photos, digits):
    made = nothing_known(photos, digits, np.random.default_rng(2))
    assert made.shape == photos.shape
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 1
    kinds = np.random.default_rng(2).integers(0, 5, len(photos))
    squares = np.flatnonzero(kinds == 2)
    assert len(squares)
    for index in squares:  # the same pixels in another order
        assert np.allclose(np.sort(made[index].ravel()), np.sort(photos[index].ravel()))
        assert not np.array_equal(made[index], photos[index])
    coloured = made[kinds == 4]
    assert np.allclose(coloured[:, 0], coloured[:, -1])  # paper at the edges


VARIATIONS = {
    "as they are": lambda images, rng: images,
    "other light": lit,
    "blurred": lambda images, rng: blurred(images),
    "placed elsewhere": lambda images, rng: placed(images, backgrounds(images, rng), rng),
    "JPEG, quality 30": lambda images, rng: compressed(images, np.full(len(images), 30)),
    "all of it": varied,
}

if __name__ == "__main__":
    network = Network.load(MODELS / "cifar10.npz")
    dataset = datasets.load("cifar10", full=True)
    images = datasets.scale(dataset.x_test)
    for title, vary in VARIATIONS.items():
        answers = network.predict(vary(images, np.random.default_rng(1962))).argmax(axis=1)
        print(f"{title}: {np.mean(answers == dataset.y_test):.2%}")
