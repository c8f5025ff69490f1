"""A simple cell against sums made by hand, and against what Hubel and Wiesel saw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib import simple_cell
from cnnlib.convolution import conv2d
from cnnlib.kernels import SOBEL_X, SOBEL_Y, kernel_of_size
from cnnlib.simple_cell import SIDE, SimpleCellError

MIDDLE = SIDE // 2
CORNER, EDGE = math.exp(-1), math.exp(-0.5)  # a Gaussian of spread 1, diagonally and beside


def test_an_edge_field_of_nine_weights_is_the_gaussian_times_the_sine():
    field = simple_cell.gabor(3, 4, orientation=90, phase=90, sigma=1, aspect=1)
    total = 2 * CORNER + EDGE  # of the bright column, which is scaled to 1
    right = np.array([CORNER, EDGE, CORNER]) / total
    assert field == pytest.approx(np.stack([-right, 0 * right, right], axis=1))


def test_a_line_field_of_nine_weights_is_balanced():
    # With wavelength 4 the cosine is 0, 1, 0: only the middle column is lit.
    field = simple_cell.gabor(3, 4, orientation=90, phase=0, sigma=1, aspect=1)
    side, middle = np.array([CORNER, EDGE, CORNER]), np.array([EDGE, 1, EDGE])
    share = middle.sum() / (middle.sum() + 2 * side.sum())
    columns = np.stack([-share * side, (1 - share) * middle, -share * side], axis=1)
    assert field == pytest.approx(columns / ((1 - share) * middle.sum()))


def test_orientation_and_phase_follow_sobels_kernels():
    upright = simple_cell.gabor(3, 4, orientation=90, phase=90)
    level = simple_cell.gabor(3, 4, orientation=0, phase=90)
    assert (np.sign(upright.round(9)) == np.sign(SOBEL_X.weights)).all()
    assert (np.sign(level.round(9)) == np.sign(SOBEL_Y.weights)).all()
    # A slanted bar that rises to the right has its bright side below and to the right.
    slanted = simple_cell.gabor(3, 4, orientation=45, phase=90)
    assert slanted[2, 2] > 0 > slanted[0, 0]
    assert slanted[0, 2] == pytest.approx(0)


@pytest.mark.parametrize("phase", [0, 37, 90, 180, 270])
@pytest.mark.parametrize("orientation", [0, 30, 90, 135])
@pytest.mark.parametrize("wavelength", [8, 24])
def test_even_light_leaves_the_cell_silent(wavelength, orientation, phase):
    field = simple_cell.gabor(SIDE, wavelength, orientation, phase)
    assert field.sum() == pytest.approx(0, abs=1e-12)
    assert field[field > 0].sum() == pytest.approx(1)
    assert simple_cell.spike_rate(np.ones_like(field), field) == pytest.approx(0, abs=1e-9)


def test_a_turned_field_is_the_turned_picture():
    upright = simple_cell.gabor(SIDE, 14, 90, 30)
    assert simple_cell.gabor(SIDE, 14, 270, 30) == pytest.approx(upright[::-1, ::-1])
    # A quarter of a turn counter-clockwise: upright to level, and its bright right goes up.
    assert simple_cell.gabor(SIDE, 14, 180, 30) == pytest.approx(np.rot90(upright))


def test_the_best_picture_of_all_fires_at_the_peak():
    field = simple_cell.gabor(SIDE, 14, 60, 20)
    assert simple_cell.spike_rate((field > 0).astype(float), field) == pytest.approx(100)


def test_bars_cover_the_pixels_they_should():
    # Half a pixel's width on either side of a bar 2 wide: half covered.
    bar = simple_cell.bar_image(5, 2, 1, 90, width=2, length=3)
    assert bar[2] == pytest.approx([0.5, 1, 0.5, 0, 0])
    assert bar[:, 1] == pytest.approx([0, 1, 1, 1, 0])
    dark = simple_cell.bar_image(5, 2, 1, 90, width=2, length=3, light="dark")
    assert (dark == 1 - bar).all()
    assert simple_cell.bar_image(5, 2, 50, 90, width=2).sum() == 0


def test_a_slanted_bar_rises_to_the_right():
    bar = simple_cell.bar_image(5, 2, 2, 45, width=1)
    assert bar[[0, 2, 4], [4, 2, 0]] == pytest.approx(1)
    assert bar[0, 0] == 0


def test_a_response_is_a_window_of_a_convolution_and_relu():
    field = simple_cell.gabor(SIDE, 12, 30, 0)
    for angle in (30, 120):
        bar = simple_cell.bar_image(SIDE, MIDDLE, MIDDLE, angle, width=5)
        answer = conv2d(
            bar[None, :, :, None].astype(np.float32), field[:, :, None, None].astype(np.float32)
        )
        assert simple_cell.response(bar, field) == pytest.approx(max(answer.item(), 0), abs=1e-5)


def test_light_on_the_wrong_side_silences_and_a_dark_bar_does_the_opposite():
    edge = simple_cell.gabor(SIDE, 16, 90, 90)
    rates = {
        (light, column): simple_cell.spike_rate(
            simple_cell.bar_image(SIDE, MIDDLE, column, 90, width=5, light=light), edge
        )
        for light in simple_cell.LIGHTS
        for column in (MIDDLE - 4, MIDDLE + 4)
    }
    assert rates["light", MIDDLE + 4] == pytest.approx(rates["dark", MIDDLE - 4])
    assert rates["light", MIDDLE + 4] > 40
    assert rates["light", MIDDLE - 4] == rates["dark", MIDDLE + 4] == 0


@pytest.mark.parametrize("preferred", [0, 45, 90, 120])
def test_the_tuning_curve_peaks_at_the_preferred_orientation(preferred):
    field = simple_cell.gabor(SIDE, 14, preferred, 0)
    angles = range(0, 180, 15)
    curve = simple_cell.tuning_curve(field, angles, width=5)
    assert angles[int(curve.argmax())] == preferred
    across = list(angles).index((preferred + 90) % 180)
    assert curve[across] < 0.1 * curve.max()


def test_the_tuning_curve_is_the_best_place_at_each_angle():
    field = simple_cell.gabor(SIDE, 16, 90, 90)
    by_hand = max(
        simple_cell.spike_rate(simple_cell.bar_image(SIDE, MIDDLE, column, 90, width=4), field)
        for column in range(SIDE)
    )
    assert simple_cell.tuning_curve(field, [90], width=4)[0] == pytest.approx(by_hand)
    (dark,) = simple_cell.tuning_curve(field, [90], width=4, light="dark")
    assert dark == pytest.approx(by_hand)  # its mirror image


def test_longer_waves_prefer_wider_bars():
    best = [
        max(
            range(2, 16),
            key=lambda width, w=wavelength: simple_cell.tuning_curve(
                simple_cell.gabor(SIDE, w, 90, 0), [90], width=width
            )[0],
        )
        for wavelength in (8, 14, 22)
    ]
    assert best[0] < best[1] < best[2]


def test_nine_weights_of_the_edge_field_are_nearly_sobels():
    # Columns -1, 0, 1 times rows (r, 1, r), with r = exp(-0.36 / (2 * 1.6²)).
    r = math.exp(-0.36 / (2 * 1.6**2))
    expected = (4 * r + 4) / math.sqrt(12 * (4 * r**2 + 2))
    kernel = simple_cell.edge_kernel(3, 90)
    assert simple_cell.correlation(kernel, SOBEL_X.weights) == pytest.approx(expected)
    assert expected == pytest.approx(0.9534, abs=5e-5)


@pytest.mark.parametrize("orientation", [0, 45, 90, 135, 300])
def test_the_kinship_holds_at_every_orientation_and_grows_no_worse_with_size(orientation):
    sobel = simple_cell.turned_sobel(orientation)
    assert simple_cell.correlation(simple_cell.edge_kernel(3, orientation), sobel) > 0.94
    assert simple_cell.edge_kernel(11, orientation).shape == (11, 11)


def test_a_turned_sobel_at_the_axes_is_sobels_own():
    assert simple_cell.turned_sobel(0) == pytest.approx(SOBEL_Y.weights)
    assert simple_cell.turned_sobel(180) == pytest.approx(-SOBEL_Y.weights)
    diagonal = np.array([[-2, -2, 0], [-2, 0, 2], [0, 2, 2]]) / math.sqrt(2)
    assert simple_cell.turned_sobel(45) == pytest.approx(diagonal)


def test_correlations_by_hand():
    first = np.array([[1.0, 2.0, 3.0]])
    assert simple_cell.correlation(first, 5 * first + 7) == pytest.approx(1)
    assert simple_cell.correlation(first, -first) == pytest.approx(-1)
    assert simple_cell.correlation(first, np.array([[1.0, -2.0, 1.0]])) == pytest.approx(0)
    blur, identity = kernel_of_size("gaussian_blur", 3), kernel_of_size("identity", 3)
    # Against (1, 2, 1) x (1, 2, 1): deviations 4 - 16/9 in the middle; 36 - 256/9 squared in all.
    expected = (4 - 16 / 9) / math.sqrt((36 - 256 / 9) * (8 / 9))
    assert simple_cell.correlation(identity, blur) == pytest.approx(expected)


def test_what_cannot_be_is_said():
    with pytest.raises(SimpleCellError, match="the wavelength 2"):
        simple_cell.gabor(SIDE, 2, 90)
    with pytest.raises(SimpleCellError, match="light or dark; this one is 'blue'"):
        simple_cell.bar_image(5, 2, 2, 0, width=1, light="blue")
    with pytest.raises(SimpleCellError, match=r"\(3, 3\), the field \(2, 2\)"):
        simple_cell.response(np.zeros((3, 3)), np.zeros((2, 2)))
