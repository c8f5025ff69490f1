"""Pen strokes: the way of the pen by hand, and what is drawn, measured on the canvas."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import pen_strokes
from cnnlib.pen_hands import HANDS, OTHERS
from cnnlib.pixels import digit_from_drawing
from cnnlib.raster import label, stroke_width

ALL_HANDS = [(digit, hand) for digit, hands in HANDS.items() for hand in hands]


def test_strokes_and_corners_are_read():
    (knots, corners), (bar, _) = pen_strokes.parsed("0,0 100,0! 50,100|25,50 75,50")
    assert knots.tolist() == [[-0.5, -0.5], [0.5, -0.5], [0.0, 0.5]]
    assert corners.tolist() == [False, True, False]
    assert bar.tolist() == [[-0.25, 0.0], [0.25, 0.0]]


def test_a_spline_goes_through_its_knots_and_between_them_by_the_formula():
    knots = np.array([[0.0, 0], [1, 2], [3, 1], [4, 4]])
    way = pen_strokes.smooth(knots, np.zeros(4, bool))
    assert len(way) == 3 * 12 + 1
    np.testing.assert_allclose(way[::12], knots, atol=1e-12)
    # Half way between inner knots: (-a + 9 b + 9 c - d) / 16.
    np.testing.assert_allclose(way[18], (-knots[0] + 9 * knots[1] + 9 * knots[2] - knots[3]) / 16)


def test_a_corner_is_not_rounded():
    way = pen_strokes.smooth(np.array([[0.0, 0], [1, 0], [1, 1]]), np.array([False, True, False]))
    on_the_way = (way[:, 1] == 0) | (way[:, 0] == 1)
    assert on_the_way.all()


def test_samples_are_as_far_apart_as_asked_and_keep_the_ends():
    angles = np.linspace(0, np.pi, 500)
    half = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    few = pen_strokes.sampled(half, np.pi / 8)
    np.testing.assert_allclose(few, half[np.linspace(0, 499, 9).round().astype(int)], atol=0.01)
    np.testing.assert_array_equal(few[[0, -1]], half[[0, -1]])


def test_a_pen_that_did_not_move_leaves_a_dot():
    dot = np.zeros((2, 2))
    np.testing.assert_array_equal(pen_strokes.sampled(dot, 0.1), dot)


def test_a_drawn_line_has_the_pens_width_and_its_ends():
    line = [np.array([[60.0, 140], [220, 140]])]
    canvas = pen_strokes.drawn(line, 20)
    assert canvas.shape == (280, 280, 4)
    assert canvas.dtype == np.uint8
    assert not canvas[..., :3].any()
    ink = canvas[..., 3] / 255
    assert ink.sum() == pytest.approx(160 * 20 + np.pi * 10**2, rel=0.03)
    assert stroke_width(ink) == pytest.approx(20, abs=0.8)
    blunt = pen_strokes.drawn(line, 20, square=True)[..., 3] / 255
    assert blunt.sum() == pytest.approx(160 * 20, rel=0.06)
    assert set(np.unique(pen_strokes.drawn(line, 20, hard=True)[..., 3])) == {0, 255}


@pytest.mark.parametrize("seed", range(20))
def test_strokes_are_placed_within_the_canvas(seed):
    rng = np.random.default_rng(seed)
    strokes = pen_strokes.placed(pen_strokes.written(HANDS[4][0], rng), 20, rng)
    points = np.concatenate(strokes)
    assert points.min() >= 10
    assert points.max() <= 270


def test_writing_again_differs_and_the_same_seed_does_not():
    first, again, other = (
        pen_strokes.drawing(HANDS[2][0], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_every_hand_stays_in_its_box_and_gives_a_digit():
    rng = np.random.default_rng(0)
    for _, hand in [*ALL_HANDS, *((None, other) for other in OTHERS)]:
        strokes = [pen_strokes.smooth(*stroke) for stroke in pen_strokes.parsed(hand)]
        assert np.abs(np.concatenate(strokes)).max() < 0.6
        image = digit_from_drawing(pen_strokes.drawing(hand, rng))
        assert image.shape == (28, 28)
        assert image.max() == 1


def test_no_two_hands_are_the_same():
    hands = [hand for _, hand in ALL_HANDS] + list(OTHERS)
    assert len(set(hands)) == len(hands)
    assert {digit for digit, _ in ALL_HANDS} == set(range(10))


def test_crossed_sevens_are_of_two_parts_and_plain_ones_of_one():
    rng = np.random.default_rng(0)
    plain, crossed = HANDS[7][0], HANDS[7][2]
    assert len(pen_strokes.parsed(crossed)) == len(pen_strokes.written(crossed, rng)) == 2
    strokes = [150 * pen_strokes.smooth(*stroke) + 140 for stroke in pen_strokes.parsed(plain)]
    assert label(pen_strokes.drawn(strokes, 8)[..., 3] > 128)[1] == 1


def test_a_scribble_is_one_to_three_strokes_anywhere():
    rng = np.random.default_rng(5)
    counts = {len(pen_strokes.parsed(pen_strokes.scribble(rng))) for _ in range(60)}
    assert counts == {1, 2, 3}
