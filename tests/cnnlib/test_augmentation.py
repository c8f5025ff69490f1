"""Augmentations, pixel by pixel, on images made by hand and with dice that are loaded."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from cnnlib.augmentation import (
    AUGMENT,
    AUGMENTATIONS,
    affine,
    augment,
    bilinear,
    brightness,
    cutout,
    flip,
    functions,
    mapped,
    mixup,
    noise,
    rotate,
    shift,
    zoom,
)


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

    def standard_normal(self, size, dtype):
        return np.broadcast_to(np.asarray(self.throws.pop(0), dtype), size)

    def beta(self, first, second, size):
        assert first == second > 0
        return np.broadcast_to(np.asarray(self.throws.pop(0), float), size)

    def permutation(self, count):
        order = np.asarray(self.throws.pop(0))
        assert sorted(order) == list(range(count))
        return order


def pictures(count=4, height=8, width=8, channels=1):
    """Random float32 images in [0, 1]."""
    rng = np.random.default_rng(5)
    return rng.random((count, height, width, channels), dtype=np.float32)


def dice(seed):
    return np.random.default_rng(seed)


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


@pytest.mark.parametrize("names", [(name,) for name in AUGMENT] + [AUGMENTATIONS])
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


@pytest.mark.parametrize("name", AUGMENT)
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


def test_a_zoom_of_two_looks_at_the_middle_half():
    # 2 ** (throw): 1 magnifies twice, -1 shrinks to half, 0 does nothing.
    column = np.arange(9, dtype=np.float32) / 8
    images = np.tile(column, (3, 9, 1))[..., None]
    zoomed = zoom(images, LoadedDice([1.0, -1.0, 0.0]), 2.0)[:, 4, :, 0] * 8
    np.testing.assert_allclose(zoomed[0], [2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6], atol=1e-5)
    # Shrunk, its sides are filled with the image's edge.
    np.testing.assert_allclose(zoomed[1], [0, 0, 0, 2, 4, 6, 8, 8, 8], atol=1e-5)
    np.testing.assert_allclose(zoomed[2], np.arange(9), atol=1e-5)


def test_zooms_are_as_often_in_as_out():
    ramp = np.tile(np.arange(33, dtype=np.float32) / 32, (2_000, 3, 1))[..., None]
    ends = zoom(ramp, np.random.default_rng(0), 1.5)[:, 1, 24, 0] * 32 - 16  # 8 / magnification
    factors = 8 / ends
    assert np.mean(factors > 1) == pytest.approx(0.5, abs=0.04)
    assert factors.max() == pytest.approx(1.5, abs=0.01)
    assert factors.min() == pytest.approx(1 / 1.5, abs=0.01)


def test_a_rotation_by_a_right_angle_or_two_moves_every_pixel_to_its_place():
    images = pictures(count=2, height=9, width=9, channels=3)
    turned = rotate(images, LoadedDice([90.0, 180.0]), 180)
    # Clockwise: what was at the top is at the right.
    np.testing.assert_allclose(turned[0], np.rot90(images[0], -1), atol=1e-5)
    np.testing.assert_allclose(turned[1], images[1, ::-1, ::-1], atol=1e-5)


def test_rotations_turn_both_ways_up_to_their_degrees():
    class Asked(LoadedDice):
        def uniform(self, low, high, size):
            assert (low, high, size) == (-15.0, 15.0, 4)
            return super().uniform(low, high, size)

    rotate(pictures(), Asked(0.0))


def test_a_turned_white_image_stays_white():
    white = np.ones((1, 12, 12, 1), np.float32)
    np.testing.assert_allclose(rotate(white, LoadedDice(45.0), 45), white, atol=1e-6)


def test_brightness_multiplies_and_stops_at_white():
    images = np.array([0.0, 0.25, 0.5, 0.9], np.float32).reshape(1, 2, 2, 1).repeat(2, axis=0)
    lit = brightness(images, LoadedDice([1.3, 0.7]))
    np.testing.assert_allclose(lit[0].ravel(), [0, 0.325, 0.65, 1], atol=1e-6)
    np.testing.assert_allclose(lit[1].ravel(), [0, 0.175, 0.35, 0.63], atol=1e-6)


def test_light_is_never_negative():
    images = pictures()
    lowest = brightness(images, LoadedDice(0.0), 2.5)  # the dice would refuse 1 - 2.5
    np.testing.assert_array_equal(lowest, np.zeros_like(images))


def test_noise_is_added_and_cut_at_black_and_white():
    images = np.array([0.5, 0.98, 0.02], np.float32).reshape(1, 1, 3, 1)
    grains = np.array([1.0, 2.0, -2.0]).reshape(1, 1, 3, 1)
    noisy = noise(images, LoadedDice(grains), 0.1)
    np.testing.assert_allclose(noisy.ravel(), [0.6, 1.0, 0.0], atol=1e-6)


def test_noise_has_the_deviation_it_was_asked_for():
    grey = np.full((20, 32, 32, 3), 0.5, np.float32)
    grains = noise(grey, np.random.default_rng(1)) - grey
    assert grains.std() == pytest.approx(0.05, rel=0.02)
    assert grains.mean() == pytest.approx(0, abs=0.001)


def test_a_cut_out_paints_a_square_with_the_mean_colour():
    # A quarter of 8 pixels is 2: with its middle at (4, 6) it covers rows 3, 4 and columns 5, 6.
    images = pictures(count=1, channels=3)
    cut = cutout(images, LoadedDice(4, 6))
    inside = np.zeros((8, 8), bool)
    inside[3:5, 5:7] = True
    np.testing.assert_array_equal(cut[0][~inside], images[0][~inside])
    np.testing.assert_allclose(cut[0][inside], np.tile(images[0].mean((0, 1)), (4, 1)), rtol=1e-6)


def test_a_cut_out_may_lie_partly_outside():
    images = pictures(count=1)
    cut = cutout(images, LoadedDice(0, 7), 0.5)  # 4 x 4 about a corner: rows 0, 1, columns 5 to 7
    changed = (cut != images)[0, ..., 0]
    np.testing.assert_array_equal(np.argwhere(changed), [(r, c) for r in (0, 1) for c in (5, 6, 7)])


def test_mixup_mixes_images_and_targets_in_the_same_shares():
    images = np.array([0.0, 1.0, 0.5], np.float32).reshape(3, 1, 1, 1)
    targets = np.eye(3, dtype=np.float32)
    mixed, labels = mixup(images, targets, LoadedDice([0.75, 1.0, 0.1], [1, 2, 0]))
    np.testing.assert_allclose(mixed.ravel(), [0.25, 1.0, 0.05], atol=1e-6)
    np.testing.assert_allclose(labels, [[0.75, 0.25, 0], [0, 1, 0], [0.9, 0, 0.1]], atol=1e-6)
    assert mixed.dtype == labels.dtype == np.float32


@pytest.mark.parametrize(("alpha", "middling"), [(0.2, 0.16), (1.0, 0.5), (8.0, 0.97)])
def test_the_smaller_alpha_the_purer_the_mixtures(alpha, middling):
    # The shares of Beta(alpha, alpha) between a quarter and three quarters.
    count = 4_000
    targets = np.eye(count, dtype=np.float32)
    _, labels = mixup(np.zeros((count, 1, 1, 1), np.float32), targets, dice(3), alpha)
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    shares = labels.diagonal()
    assert np.mean((shares > 0.25) & (shares < 0.75)) == pytest.approx(middling, abs=0.02)


def test_white_mixed_with_white_is_white():
    white = np.ones((64, 4, 4, 1), np.float32)
    mixed, _ = mixup(white, np.zeros((64, 2), np.float32), dice(0))
    assert mixed.max() <= 1.0
    np.testing.assert_allclose(mixed, white, atol=1e-6)


def test_augment_leaves_mixup_to_those_who_have_targets():
    images = pictures()
    np.testing.assert_array_equal(
        augment(images, ("mixup", "flip"), dice(4)), augment(images, ("flip",), dice(4))
    )


def test_bilinear_samples_are_what_four_neighbours_weigh():
    image = np.array([[0.0, 0.4], [0.8, 1.0]], np.float32).reshape(1, 2, 2, 1)
    places = np.array([[(0.25, 0.5), (1, 1), (-0.5, 0), (1.5, 1.5), (-40, 3), (0, 99)]])
    # 0.75 (0.5 0 + 0.5 0.4) + 0.25 (0.5 0.8 + 0.5 1) = 0.375; outside of the image is 0.
    np.testing.assert_allclose(
        bilinear(image, places)[0, :, 0], [0.375, 1, 0, 0.25, 0, 0], atol=1e-6
    )


def test_many_images_are_mapped_each_by_its_own_matrix():
    images = pictures(count=19, height=7, width=7)
    matrices = np.stack([np.eye(2) if i % 3 else -np.eye(2) for i in range(19)])
    expected = np.stack([x if i % 3 else x[::-1, ::-1] for i, x in enumerate(images)])
    np.testing.assert_allclose(mapped(images, matrices), expected, atol=1e-6)


@pytest.mark.parametrize("names", [(name,) for name in AUGMENTATIONS] + [AUGMENTATIONS])
def test_a_program_with_nothing_else_can_run_the_functions_it_is_given(names):
    lines = ["from __future__ import annotations", "import numpy as np"]
    place = {}
    exec("\n\n".join(lines + [inspect.getsource(x) for x in functions(names)]), place)
    for name in names:
        images = pictures(channels=3)
        if name == "mixup":
            targets = np.eye(4, dtype=np.float32)
            np.testing.assert_array_equal(
                place["mixup"](images, targets, dice(2))[0], mixup(images, targets, dice(2))[0]
            )
        else:
            np.testing.assert_array_equal(
                place[name](images, dice(2)), AUGMENT[name](images, dice(2))
            )
