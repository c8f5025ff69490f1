"""Drawings to train on: whose hands they are by, their labels, and that seeds give them again."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib import digit_drawings
from cnnlib.drawing import digit_from_drawing
from cnnlib.pen_hands import HANDS, OTHERS
from cnnlib.pen_strokes import drawing


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(digit_drawings, "CHUNK", 20)


@pytest.fixture
def asked(small_chunks, monkeypatch):
    """Hands that were asked for a drawing, in order; what they draw is an empty sheet."""
    hands = []
    monkeypatch.setattr(digit_drawings, "drawing", lambda hand, rng: hands.append(hand))
    monkeypatch.setattr(digit_drawings, "digit_from_drawing", lambda none: np.zeros((28, 28)))
    monkeypatch.setattr(digit_drawings, "_mapped", lambda draw, chunks: (draw(*x) for x in chunks))
    return hands


def test_digits_by_hand_are_labelled_and_of_all_classes(small_chunks):
    found = digit_drawings.draw_hands(20, 4)
    assert found.images.shape == (20, 28, 28)
    assert found.images.dtype == np.uint8
    assert (found.images.max(axis=(1, 2)) == 255).all()
    assert found.labels.tolist() == [*range(10), *range(10)]


def test_hands_for_validation_draw_nothing_to_train_on(asked):
    labels = digit_drawings.draw_hands(2_000, 1).labels
    drawn_by, asked[:] = {*zip(labels.tolist(), asked, strict=True)}, []
    labels = digit_drawings.draw_hands(400, 1, validation=True).labels
    held_back = {*zip(labels.tolist(), asked, strict=True)}
    everyone = {(digit, hand) for digit, hands in HANDS.items() for hand in hands}
    assert held_back == {(digit, hand) for digit, hands in HANDS.items() for hand in hands[-2:]}
    assert drawn_by == everyone - held_back


def test_other_things_are_no_digit_and_a_third_of_them_are_scribbles(asked):
    labels = digit_drawings.draw_others(600, 1).labels
    assert (labels == digit_drawings.NO_DIGIT).all()
    scribbles = [hand for hand in asked if hand not in OTHERS]
    assert len(scribbles) == 30 * 7  # of each chunk of 20
    assert set(asked) >= set(OTHERS)


def test_scans_drawn_anew_stay_what_they_are(small_chunks, digits):
    images = digits.x_train[::450, :, :, 0]
    labels = digits.y_train[::450]
    found = digit_drawings.draw_again(images, labels, 2)
    np.testing.assert_array_equal(found.labels, labels)
    # Like itself more often than like any other: the mean picture of a shift-tolerant comparison.
    blurred = [_blurred(stack / 255) for stack in (images, found.images)]
    old, new = (stack / np.linalg.norm(stack, axis=1, keepdims=True) for stack in blurred)
    assert np.mean((new @ old.T).argmax(axis=1) == np.arange(len(labels))) >= 0.8
    assert (found.images != images).any()


def _blurred(images):
    coarse = np.pad(images, ((0, 0), (2, 2), (2, 2))).reshape(len(images), 8, 4, 8, 4)
    return coarse.mean(axis=(2, 4)).reshape(len(images), -1)


def test_processes_draw_what_one_would(small_chunks):
    several = digit_drawings.draw_hands(21, 3)
    hands, labels = digit_drawings._hands_chunk(3, 1, 20, False)
    assert several.labels.tolist() == [*range(10)] * (len(several.labels) // 10)
    np.testing.assert_array_equal(
        several.images[-len(labels) :], np.rint(np.stack(hands) * 255).astype(np.uint8)
    )


def test_the_count_so_far_is_told(asked):
    told = []
    digit_drawings.draw_hands(60, 0, done=told.append)
    assert told == [20, 40, 60]


def test_a_drawing_comes_as_a_visitors_does(small_chunks, monkeypatch):
    zero = drawing(HANDS[0][0], np.random.default_rng(0))
    monkeypatch.setattr(digit_drawings, "drawing", lambda hand, rng: zero)
    expected = np.rint(digit_from_drawing(zero) * 255).astype(np.uint8)
    np.testing.assert_array_equal(digit_drawings.draw_hands(20, 0).images[3], expected)
