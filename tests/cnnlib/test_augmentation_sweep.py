"""Exact changes of images made by hand, and a network that is a rule."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.augmentation import AUGMENT
from cnnlib.augmentation_sweep import (
    SWEEPS,
    Swept,
    loss_of,
    magnified,
    mirror_all,
    mixture,
    moved,
    sweep,
    turned,
    usual_strength,
)


def pictures(count=3, height=9, width=9, channels=2):
    return np.random.default_rng(1).random((count, height, width, channels), dtype=np.float32)


def leaning(images):
    """A network of two classes: how much of the light is in the left half, and in the right."""
    middle = images.shape[2] // 2
    left, right = images[:, :, :middle].sum((1, 2, 3)), images[:, :, -middle:].sum((1, 2, 3))
    return np.stack([left, right], axis=1) / (left + right)[:, None]


def lit_left(count=2):
    """White in the leftmost column of 8, black elsewhere."""
    images = np.zeros((count, 8, 8, 1), np.float32)
    images[:, :, 0] = 1
    return images


def test_a_quarter_turn_is_clockwise_and_half_a_turn_reverses_both_sides():
    images = pictures()
    np.testing.assert_allclose(turned(images, 90)[1], np.rot90(images[1], -1), atol=1e-5)
    np.testing.assert_allclose(turned(images, 180), images[:, ::-1, ::-1], atol=1e-5)


def test_twice_as_large_shows_the_middle_half():
    row = np.arange(9, dtype=np.float32) / 8
    images = np.tile(row, (1, 9, 1))[..., None]
    np.testing.assert_allclose(
        magnified(images, 2)[0, 0, :, 0], np.arange(2, 6.5, 0.5) / 8, atol=1e-6
    )


def test_a_move_goes_right_by_whole_pixels_and_repeats_the_edge():
    row = np.array([1, 2, 3, 4, 5], np.float32) / 8
    images = np.tile(row, (1, 3, 1))[..., None]
    np.testing.assert_array_equal(moved(images, 0.4)[0, 1, :, 0] * 8, [1, 1, 1, 2, 3])
    np.testing.assert_array_equal(moved(images, 0.29)[0, 1, :, 0] * 8, [1, 1, 2, 3, 4])


def test_light_is_multiplied_and_cut_at_white():
    images = np.array([0.0, 0.2, 0.6], np.float32).reshape(1, 1, 3, 1)
    lit = SWEEPS["brightness"].changed(images, 2.0)
    np.testing.assert_allclose(lit.ravel(), [0, 0.4, 1], atol=1e-6)


def test_a_cut_out_grows_about_the_same_place():
    images = pictures(count=1, height=32, width=32)
    small, large = (SWEEPS["cutout"].changed(images, side) != images for side in (0.2, 0.4))
    assert small.sum() < large.sum()
    assert not np.any(small & ~large)


@pytest.mark.parametrize("name", SWEEPS)
def test_every_sweep_rises_from_within_what_training_does_to_far_beyond(name):
    kind, images = SWEEPS[name], pictures()
    assert name in AUGMENT
    assert list(kind.amounts) == sorted(set(kind.amounts))
    least, most = kind.usual
    assert least <= kind.unchanged <= most < kind.amounts[-1]
    assert kind.unchanged in kind.amounts
    np.testing.assert_allclose(kind.changed(images, kind.unchanged), images, atol=1e-6)
    for amount in kind.amounts:
        changed = kind.changed(images, amount)
        assert changed.shape == images.shape
        assert changed.dtype == np.float32
        assert changed.min() >= 0
        assert changed.max() <= 1
        assert kind.written(amount)


def test_usual_strengths_are_the_defaults_of_the_augmentations():
    assert {name: usual_strength(name) for name in AUGMENT} == {
        "flip": 0.5,
        "shift": 0.125,
        "zoom": 1.2,
        "rotate": 15.0,
        "affine": 1.0,
        "brightness": 0.3,
        "noise": 0.05,
        "cutout": 0.25,
    }


def test_a_sweep_finds_where_the_answer_tips():
    swept = sweep(leaning, lit_left(), 0, "rotate")
    half = 6  # 90 degrees: the column has become the top row, half of it left, half right
    assert SWEEPS["rotate"].amounts[half] == 90
    np.testing.assert_allclose(swept.means[[0, half, -1]], [[1, 0], [0.5, 0.5], [0, 1]], atol=1e-5)
    assert swept.probabilities.shape == (13, 2, 2)
    assert swept.rival == 1
    assert swept.taken_for(0) == (0, 2)
    assert swept.taken_for(12) == (1, 2)


def test_means_shares_rival_and_how_long_it_holds_by_hand():
    # Three amounts, two images, three classes; the images are of class 1.
    probabilities = np.array(
        [
            [[0.1, 0.8, 0.1], [0.2, 0.6, 0.2]],
            [[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]],
            [[0.2, 0.1, 0.7], [0.4, 0.1, 0.5]],
        ]
    )
    swept = Swept(1, probabilities)
    np.testing.assert_allclose(swept.means[:, 1], [0.7, 0.5, 0.1])
    np.testing.assert_array_equal(swept.shares, [1, 0.5, 0])
    assert swept.rival == 2  # 0.6 at the end; class 0 reaches 0.35
    assert swept.taken_for(2) == (2, 2)
    assert swept.holds_to() == 1
    assert swept.holds_to(0.6) == 0
    assert swept.holds_to(0.0) == 2


def test_what_holds_is_counted_from_the_best_amount_on():
    # Dark images say nothing, unchanged ones (the third) do: it holds from there to the fourth.
    told = [0.1, 0.4, 0.9, 0.8, 0.2, 0.9]
    swept = Swept(0, np.array([[[p, 1 - p]] for p in told]))
    assert swept.holds_to() == 3


def test_the_mirror_is_measured_for_each_class():
    left = lit_left(3)
    images = np.concatenate([left, left[:, :, ::-1]])
    labels = np.array([0, 0, 0, 1, 1, 1])
    first, second = mirror_all(leaning, images, labels)
    assert (first.before, first.after, first.taken_for) == (1.0, 0.0, 1)
    assert (second.before, second.after, second.taken_for) == (1.0, 0.0, 0)


def test_mixtures_and_their_loss():
    images = mixture(np.full((2, 2, 1), 0.8), np.zeros((2, 2, 1)), 0.25)
    np.testing.assert_allclose(images, 0.2)
    answer, target = np.array([0.5, 0.25, 0.25]), np.array([0.7, 0.0, 0.3])
    by_hand = -0.7 * math.log(0.5) - 0.3 * math.log(0.25)
    assert loss_of(answer, target) == pytest.approx(by_hand)
    assert loss_of(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(-math.log(1e-7))
