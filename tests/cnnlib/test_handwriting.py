"""Handwriting varied: what is sampled, grown, bent and erased, against slow loops and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import handwriting


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture(scope="module")
def images(digits):
    return digits.x_train[:200, :, :, 0].astype(np.float32) / 255


def test_sampling_agrees_with_a_loop_over_pixels(rng):
    image = rng.random((1, 5, 4)).astype(np.float32)
    places = rng.uniform(-2, 6, (1, 2, 3, 3))
    found = handwriting.sampled_at(image, places)[0]
    black = np.zeros((20, 20))
    black[8:13, 8:12] = image[0]
    for row in range(3):
        for column in range(3):
            y, x = places[0, :, row, column] + 8
            top, left = int(np.floor(y)), int(np.floor(x))
            down, right = y - top, x - left
            expected = (1 - down) * (
                (1 - right) * black[top, left] + right * black[top, left + 1]
            ) + down * ((1 - right) * black[top + 1, left] + right * black[top + 1, left + 1])
            assert found[row, column] == pytest.approx(expected, abs=1e-5)


def test_no_strength_changes_nothing(images, rng):
    np.testing.assert_allclose(handwriting.deform(images, rng, 0.0), images, atol=1e-5)


def test_a_deformation_stays_an_image_and_keeps_most_of_the_ink(images, rng):
    varied = handwriting.deform(images, rng)
    assert varied.dtype == np.float32
    assert varied.shape == images.shape
    assert varied.min() >= 0
    assert varied.max() <= 1
    shares = varied.sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    assert 0.9 < np.median(shares) < 1.1
    assert np.abs(varied - images).mean() > 0.05


def test_an_elastic_field_is_as_large_and_as_smooth_as_it_says(rng):
    field = handwriting.elastic_field(500, (28, 28), rng)
    spread = np.sqrt(np.square(field).mean(axis=(1, 2, 3)))
    assert spread.max() <= handwriting.MOST_ELASTIC * 1.001
    assert spread.mean() == pytest.approx(handwriting.MOST_ELASTIC / 2, rel=0.1)
    # Noise blurred by a Gaussian of width s is alike at a distance d by exp(-d² / 4 s²).
    middle, beside = field[:, :, 14, 12].ravel(), field[:, :, 14, 16].ravel()
    expected = np.exp(-(4**2) / (4 * handwriting.ELASTIC_SMOOTHNESS**2))
    assert np.corrcoef(middle, beside)[0, 1] == pytest.approx(expected, abs=0.05)


def test_a_pen_is_changed_towards_dilation_or_erosion_with_a_cross(images, rng):
    changed = handwriting.change_pen(images, rng)
    wide, narrow = images.copy(), images.copy()
    for axis in (1, 2):
        for step in (-1, 1):
            wide = np.maximum(wide, np.roll(images, step, axis))
            narrow = np.minimum(narrow, np.roll(images, step, axis))
    assert (changed <= wide + 1e-6).all()
    assert (changed >= narrow - 1e-6).all()
    kept = (changed == images).all(axis=(1, 2))
    assert 0.25 < kept.mean() < 0.42
    # The share of the way is one number for a whole image, at most 0.7.
    for image, new, most in zip(images[~kept], changed[~kept], wide[~kept], strict=True):
        if new.sum() > image.sum():
            ways = (new - image)[most > image + 0.1] / (most - image)[most > image + 0.1]
            assert np.ptp(ways) < 1e-4
            assert ways.max() <= 0.7 + 1e-4


def test_ink_is_missing_from_a_round_spot_of_some_images(rng):
    white = np.ones((2_000, 28, 28), np.float32)
    erased = handwriting.erase(white, rng)
    missing = (1 - erased).sum(axis=(1, 2))
    assert (missing > 0).mean() == pytest.approx(0.15, abs=0.03)
    radii = np.sqrt(missing[missing > 0] / np.pi)
    assert radii.min() > 0.9
    assert radii.max() < 2.6
    assert (white == 1).all()


def test_the_same_seed_varies_alike_and_another_one_does_not(images):
    first, again, other = (
        handwriting.vary(images, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.01
