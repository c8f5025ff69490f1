"""Augmentations, pixel by pixel, on images made by hand and with dice that are loaded."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.augmentation import AUGMENT, affine, augment, flip, shift
from cnnlib.spec import AUGMENTATIONS


class LoadedDice:
    """A generator that throws what it was told to."""

    def __init__(self, *throws):
        self.throws = list(throws)

    def random(self, size):
        return np.broadcast_to(np.asarray(self.throws.pop(0), float), size)

    def integers(self, low, high, size):
        throw = np.broadcast_to(self.throws.pop(0), size)
        assert throw.min() >= low
        assert throw.max() < high
        return throw

    def uniform(self, low, high, size):
        throw = np.broadcast_to(self.throws.pop(0), size)
        assert throw.min() >= low
        assert throw.max() <= high
        return throw


def pictures(count=4, height=8, width=8, channels=1):
    """Random float32 images in [0, 1]."""
    rng = np.random.default_rng(5)
    return rng.random((count, height, width, channels), dtype=np.float32)


def affine_dice(angle=0.0, slant=0.0, scale_y=1.0, scale_x=1.0):
    return LoadedDice(angle, slant, np.array([[scale_y], [scale_x]]))


def test_flip_mirrors_left_and_right_and_nothing_else():
    image = np.array([[1, 2, 3], [4, 5, 6]], np.float32).reshape(1, 2, 3, 1)
    mirrored = np.array([[3, 2, 1], [6, 5, 4]], np.float32).reshape(1, 2, 3, 1)
    both = flip(np.concatenate([image, image]), LoadedDice([0.49, 0.5]))
    np.testing.assert_array_equal(both, np.concatenate([mirrored, image]))


def test_flip_keeps_channels_in_their_order():
    images = pictures(channels=3)
    np.testing.assert_array_equal(flip(images, LoadedDice(0.0))[..., 0], images[:, :, ::-1, 0])


def test_half_of_the_images_are_flipped():
    images = pictures(count=2_000)
    flipped = flip(images, np.random.default_rng(0))
    changed = np.any(flipped != images, axis=(1, 2, 3)).mean()
    assert changed == pytest.approx(0.5, abs=0.04)


def test_a_shift_moves_the_image_and_repeats_its_edge():
    # An 8 x 8 image moves by at most one pixel. The throw (top, left) is where it is cut out of
    # an image with one more pixel all around: (0, 0) moves it down and to the right.
    image = pictures(count=1)
    cut = LoadedDice([[0, 0]])
    moved = shift(image, cut)[0, ..., 0]
    np.testing.assert_array_equal(moved[1:, 1:], image[0, :-1, :-1, 0])
    np.testing.assert_array_equal(moved[0, 1:], image[0, 0, :-1, 0])
    np.testing.assert_array_equal(moved[1:, 0], image[0, :-1, 0, 0])
    assert moved[0, 0] == image[0, 0, 0, 0]


@pytest.mark.parametrize("top", [0, 1, 5, 8])
@pytest.mark.parametrize("left", [0, 4, 7])
def test_a_shift_is_a_roll_within_the_part_that_stays(top, left):
    images = pictures(count=2, height=32, width=36, channels=3)
    down, right = 4 - top, 4 - left
    moved = shift(images, LoadedDice([[top, left], [4, 4]]))
    rolled = np.roll(images[0], (down, right), axis=(0, 1))
    inside = (
        slice(max(down, 0), 32 + min(down, 0)),
        slice(max(right, 0), 36 + min(right, 0)),
    )
    np.testing.assert_array_equal(moved[0][inside], rolled[inside])
    for row in range(max(down, 0)):
        np.testing.assert_array_equal(moved[0, row], moved[0, down])
    for column in range(max(right, 0)):
        np.testing.assert_array_equal(moved[0, :, column], moved[0, :, right])
    np.testing.assert_array_equal(moved[1], images[1])


@pytest.mark.parametrize(("side", "reach"), [(4, 1), (8, 1), (28, 4), (32, 4), (64, 8)])
def test_shifts_go_as_far_as_an_eighth_of_the_side_in_every_direction(side, reach):
    ramp = np.tile(np.arange(side, dtype=np.float32), (1_000, side, 1))[..., None]
    moved = shift(ramp, np.random.default_rng(1))
    middle = moved[:, side // 2, side // 2, 0] - side // 2
    assert set(middle) == set(range(-reach, reach + 1))


def test_an_affine_map_that_does_nothing_does_nothing():
    images = pictures(count=3, height=7, width=10, channels=3)
    np.testing.assert_allclose(affine(images, affine_dice()), images, atol=1e-6)


def test_an_affine_map_of_half_the_scale_doubles_the_image_about_its_centre():
    # One over the throw is the magnification: 0.85 makes the image larger.
    column = np.arange(9, dtype=np.float32) / 8
    images = np.tile(column, (1, 9, 1))[..., None]
    scaled = affine(images, affine_dice(scale_x=0.85))
    expected = (4 + (np.arange(9) - 4) * 0.85) / 8
    np.testing.assert_allclose(scaled[0, 4, :, 0], expected, atol=1e-6)
    np.testing.assert_allclose(scaled[0, 0, :, 0], expected, atol=1e-6)


def test_an_affine_slant_moves_each_row_by_its_height():
    column = np.arange(11, dtype=np.float32) / 10
    images = np.tile(column, (1, 11, 1))[..., None]
    slanted = affine(images, affine_dice(slant=0.2))
    for row in range(11):
        expected = (np.arange(2, 9) + 0.2 * (row - 5)) / 10
        np.testing.assert_allclose(slanted[0, row, 2:9, 0], expected, atol=1e-6)


def test_an_affine_turn_takes_each_pixel_from_the_turned_place():
    rows, columns = np.mgrid[:9, :9].astype(np.float32)
    images = np.stack([rows, columns], axis=-1)[None] / 8
    turned = affine(images, affine_dice(angle=0.2))[0] * 8 - 4
    offsets = np.stack([rows, columns], axis=-1) - 4
    cosine, sine = np.cos(0.2), np.sin(0.2)
    expected_row = cosine * offsets[..., 0] - sine * offsets[..., 1]
    expected_column = sine * offsets[..., 0] + cosine * offsets[..., 1]
    inside = slice(2, 7)
    np.testing.assert_allclose(turned[inside, inside, 0], expected_row[inside, inside], atol=1e-5)
    np.testing.assert_allclose(
        turned[inside, inside, 1], expected_column[inside, inside], atol=1e-5
    )


def test_outside_of_the_image_an_affine_map_finds_black():
    images = np.ones((1, 9, 9, 1), np.float32)
    shrunk = affine(images, affine_dice(scale_y=1.15, scale_x=1.15))[0, ..., 0]
    # The corner looks 4 x 1.15 = 4.6 cells from the middle: 0.6 of a cell outside, 0.4 inside.
    assert shrunk[0, 0] == pytest.approx(0.4 * 0.4, abs=1e-6)
    assert shrunk[0, 4] == pytest.approx(0.4, abs=1e-6)
    assert shrunk[1, 1] == pytest.approx(1.0, abs=1e-6)


def test_affine_is_what_another_sampler_makes_of_it():
    """Pillow's bilinear transform is the oracle; the borders differ, and are left out."""
    from PIL import Image

    image = np.zeros((28, 28), np.float32)
    image[8:20, 10:18] = np.random.default_rng(3).random((12, 8))
    angle, slant, scale_y, scale_x = 0.15, -0.1, 0.9, 1.1
    ours = affine(image[None, ..., None], affine_dice(angle, slant, scale_y, scale_x))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[scale_y, 0], [slant, scale_x]])  # on (row, column)
    (yy, yx), (xy, xx) = matrix
    # Pillow counts x first, and from the corner of the first pixel rather than from its centre.
    coefficients = (xx, xy, 14 - 14 * xx - 14 * xy, yx, yy, 14 - 14 * yx - 14 * yy)
    theirs = Image.fromarray(image).transform(
        (28, 28), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )
    np.testing.assert_allclose(ours[0, ..., 0], np.asarray(theirs), atol=1e-5)
    assert np.abs(ours[0, ..., 0] - image).max() > 0.1


@pytest.mark.parametrize("names", [(name,) for name in AUGMENTATIONS] + [AUGMENTATIONS])
@pytest.mark.parametrize("shape", [(300, 28, 28, 1), (100, 32, 32, 3), (50, 5, 9, 3), (0, 8, 8, 1)])
def test_every_augmentation_keeps_shape_type_and_range_and_leaves_its_input_alone(names, shape):
    images = np.random.default_rng(2).random(shape, dtype=np.float32)
    images[: len(images) // 2] = 1.0  # where a rounding error would show
    before = images.copy()
    images.setflags(write=False)
    changed = augment(images, names, np.random.default_rng(8))
    assert changed.shape == images.shape
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(images, before)
    if len(images):
        assert changed.min() >= 0.0
        assert changed.max() <= 1.0
        assert not np.array_equal(changed, images)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_same_seed_draws_the_same_variations(name):
    images = pictures(count=20, height=16, width=16)
    first, again, other = (
        augment(images, (name,), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_augmentations_are_applied_in_their_order():
    images = pictures(count=3)
    rng = np.random.default_rng(4)
    expected = flip(shift(images, rng), rng)
    np.testing.assert_array_equal(
        augment(images, ("shift", "flip"), np.random.default_rng(4)), expected
    )
    assert augment(images, (), np.random.default_rng(4)) is images


def test_every_augmentation_a_spec_may_name_exists():
    assert tuple(AUGMENT) == AUGMENTATIONS
