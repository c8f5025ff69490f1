"""Bit depth: levels worked out by hand, and what must hold for every value."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from cnnlib.quantisation import BitDepthError, Count, count, level_of, quantise

EVERY = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize(
    ("bits", "value", "kept"),
    [
        (1, 127, 0),  # the levels are 0 and 255
        (1, 128, 255),
        (2, 42, 0),  # the levels are 0, 85, 170 and 255; half-way are 42.5, 127.5, 212.5
        (2, 43, 85),
        (2, 128, 170),
        (2, 213, 255),
        (3, 100, 109),  # 100 / 255 × 7 = 2.745: level 3, at 3 / 7 × 255 = 109.29
        (3, 200, 182),  # 5.49: level 5, at 182.14
        (4, 200, 204),  # 11.76: level 12, at 204 exactly
        (7, 100, 100),  # 49.80: level 50, at 100.39
        (7, 64, 64),  # 31.87: level 32, at 64.25
        (7, 63, 62),  # 31.37: level 31, at 62.24
    ],
)
def test_values_worked_out_by_hand(bits, value, kept):
    assert quantise(np.array([value], np.uint8), bits)[0] == kept


@pytest.mark.parametrize("bits", range(1, 9))
def test_every_value_goes_to_the_nearest_level(bits):
    highest = 2**bits - 1
    levels = [Fraction(255 * level, highest) for level in range(highest + 1)]
    for value, kept in zip(EVERY.tolist(), quantise(EVERY, bits).tolist(), strict=True):
        nearest = min(levels, key=lambda level: abs(level - value))
        assert kept == round(nearest)
        assert level_of(value, bits) == levels.index(nearest)


@pytest.mark.parametrize("bits", range(1, 9))
def test_there_are_two_to_the_bits_levels_and_both_ends_stay(bits):
    kept = quantise(EVERY, bits)
    assert len(set(kept.tolist())) == 2**bits
    assert (kept[0], kept[-1]) == (0, 255)
    np.testing.assert_array_equal(quantise(kept, bits), kept)


def test_eight_bits_change_nothing():
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    kept = quantise(image, 8)
    np.testing.assert_array_equal(kept, image)
    assert kept.dtype == np.uint8


@pytest.mark.parametrize("bits", [0, 9, -1, 2.0, "3", True, None])
def test_other_depths_are_refused(bits):
    with pytest.raises(BitDepthError, match="from 1 to 8; it is"):
        quantise(EVERY, bits)


@pytest.mark.parametrize("image", [EVERY.astype(float), [1, 2], None])
def test_other_pictures_are_refused(image):
    with pytest.raises(BitDepthError, match="array of uint8; this is"):
        quantise(image, 3)


def test_the_articles_picture_has_3072_numbers():
    assert count((32, 32, 3)) == Count(3_072, 256, 16_777_216, 24_576)
    assert count((32, 32, 3)).bytes == 3_072


def test_counts_of_other_pictures():
    assert count((28, 28, 1)).numbers == 784
    assert count((4, 5, 3), bits=1) == Count(60, 2, 8, 60)
    assert count((4, 5, 3), bits=1).bytes == 8  # 60 bits are seven and a half


def test_no_picture_is_empty():
    with pytest.raises(BitDepthError, match="at least 1"):
        count((0, 32, 3))
