"""A reader's picture as a network's input: the right conversion, and pictures of what was done."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.inputs import (
    MARK,
    STEPS,
    drawing_input,
    ink_box,
    normalising_steps,
    on_white,
    photo_input,
    preview,
)
from cnnlib.pixels import ImageError, digit_from_drawing, digit_from_photo, fit_square

DIGIT, PHOTO = (28, 28, 1), (32, 32, 3)


@pytest.fixture
def bar():
    """An upright black bar, 20 x 200, on white paper of 280 x 280."""
    drawing = np.full((280, 280, 4), 255, np.uint8)
    drawing[40:240, 100:120, :3] = 0
    return drawing


@pytest.fixture
def landscape():
    """Noise, 90 x 160, whose middle square begins at column 35."""
    return np.random.default_rng(3).integers(0, 256, (90, 160, 3)).astype(np.uint8)


def test_a_grey_network_gets_a_drawing_as_mnist_would_hold_it(bar):
    seen = drawing_input(bar, DIGIT)
    assert seen.shape == DIGIT
    assert np.array_equal(seen[:, :, 0], digit_from_drawing(bar))
    rows, columns = np.nonzero(seen[:, :, 0] > 0.5)
    assert rows.max() - rows.min() == 19  # the longer side fills the box of 20 pixels
    assert columns.max() - columns.min() == 1


def test_a_colour_network_gets_a_drawing_on_its_white_paper(bar):
    seen = drawing_input(bar, PHOTO)
    assert seen.shape == PHOTO
    assert np.array_equal(seen, fit_square(bar[:, :, :3], 32))
    assert seen[0, 0].tolist() == [1, 1, 1]
    assert seen[16, 12].max() < 0.1  # the bar, which covers columns 11.4 to 13.7


def test_a_colour_network_sees_white_where_nothing_was_drawn():
    nothing = np.zeros((10, 10, 4), np.uint8)
    assert drawing_input(nothing, PHOTO).min() == 1


def test_a_photo_is_cropped_for_colour_and_searched_for_a_digit_for_grey(landscape, bar):
    middle = np.ascontiguousarray(landscape[:, 35:125])
    assert np.array_equal(photo_input(landscape, PHOTO), fit_square(middle, 32))
    photo = bar[:, :, :3]
    assert np.array_equal(photo_input(photo, DIGIT)[:, :, 0], digit_from_photo(photo))


def test_a_drawing_or_photo_without_a_digit_is_refused_in_a_sentence():
    blank = np.full((280, 280, 4), 255, np.uint8)
    with pytest.raises(ImageError, match="ink"):
        drawing_input(blank, DIGIT)
    with pytest.raises(ImageError, match="ink"):
        photo_input(blank[:, :, :3], DIGIT)


def test_transparency_is_laid_on_white():
    half_red = np.array([[[255, 0, 0, 128], [9, 9, 9, 0]]], np.uint8)
    assert on_white(half_red).tolist() == [[[255, 127, 127], [255, 255, 255]]]


def test_the_box_holds_the_ink_and_leaves_out_what_is_faint(bar):
    assert ink_box(255.0 - bar[:, :, 0]) == (40, 100, 240, 120)
    faint = np.zeros((5, 5))
    faint[2, 2], faint[4, 4] = 1.0, 0.19
    assert ink_box(faint) == (2, 2, 3, 3)


def test_the_steps_show_the_box_the_scaled_ink_and_the_centred_digit(bar):
    digit = digit_from_drawing(bar)
    boxed, cropped, centred = normalising_steps(bar, digit)
    assert len(STEPS) == 3
    assert boxed[39, 99].tolist() == list(MARK)  # the outline runs just outside the ink
    assert boxed[40, 100].tolist() == [0, 0, 0]
    assert np.array_equal(boxed[200, 200], bar[200, 200, :3])
    assert cropped.shape[0] == 200  # 20 pixels, each drawn 10 x 10
    assert centred.shape == (280, 280, 3)
    assert centred[140, 140].tolist() == list(MARK)  # the cross lies at pixel 14 of 28


def test_a_preview_keeps_its_shape_and_outlines_the_square_that_is_kept(landscape):
    plain = preview(landscape, 80, square=False)
    assert plain.shape == (45, 80, 3)
    marked = preview(landscape, 80, square=True)
    changed = np.flatnonzero((marked != plain).any(axis=(0, 2)))
    assert (changed.min(), changed.max()) == (17, 61)  # 45 columns in the middle of 80
    assert marked[20, 17].tolist() == list(MARK)


def test_a_preview_of_a_square_or_a_tiny_picture_is_left_whole():
    tiny = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    enlarged = preview(tiny, 4, square=True)
    assert np.array_equal(enlarged, tiny.repeat(2, axis=0).repeat(2, axis=1))


def test_a_very_long_picture_has_a_preview_of_one_line():
    assert preview(np.zeros((1, 20_000, 3), np.uint8), 280, square=True).shape == (1, 280, 3)
