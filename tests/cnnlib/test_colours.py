"""The colour scales: their ends and middle, and that they can be told apart."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.colours import magnitude, signed


def lightness(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L* of uint8 sRGB colours (IEC 61966-2-1, CIE 15)."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    root = np.where(luminance > 216 / 24389, np.cbrt(luminance), 841 / 108 * luminance + 4 / 29)
    return 116 * root - 16


def test_ends_and_middle():
    assert signed(np.array([-1.0, 0.0, 1.0]), 1.0).tolist() == [
        [140, 81, 10],
        [247, 247, 247],
        [20, 89, 157],
    ]
    assert magnitude(np.array([0.0, 1.0]), 1.0).tolist() == [[0, 34, 77], [246, 236, 153]]


def test_between_two_stops_colours_are_mixed():
    # A quarter of the way from 0 to the limit: half-way from #F7F7F7 to #77B0D7.
    assert signed(np.array(0.25), 1.0).tolist() == [183, 212, 231]


def test_beyond_the_limit_lie_the_ends():
    assert signed(np.array([-5.0, 5.0]), 2.0).tolist() == signed(np.array([-2, 2]), 2.0).tolist()
    assert magnitude(np.array([-5.0, 5.0]), 2.0).tolist() == magnitude(np.array([0, 2]), 2).tolist()


def test_a_limit_of_zero_divides_nothing():
    assert signed(np.zeros(2), 0.0).tolist() == [[247, 247, 247]] * 2
    assert magnitude(np.zeros(2), 0.0).tolist() == [[0, 34, 77]] * 2


def test_the_shape_gains_a_last_axis_of_bytes():
    colours = magnitude(np.ones((2, 3, 4), np.float32), 1.0)
    assert (colours.shape, colours.dtype) == ((2, 3, 4, 3), np.uint8)


def test_lightness_rises_evenly_with_magnitude():
    rise = np.diff(lightness(magnitude(np.linspace(0, 1, 10), 1.0)))
    assert rise.min() > 0
    assert rise.max() < 2 * rise.min()


@pytest.mark.parametrize("sign", [-1, 1])
def test_lightness_falls_with_distance_from_zero(sign):
    assert np.diff(lightness(signed(sign * np.linspace(0, 1, 50), 1.0))).max() < 0


def test_the_signs_differ_in_blue_and_red_which_all_readers_see():
    minus, plus = signed(np.array([-1.0, 1.0]), 1.0).astype(int)
    assert plus[2] - minus[2] > 100
    assert minus[0] - plus[0] > 100
