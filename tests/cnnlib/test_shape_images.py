"""Drawn images: the same wherever they are drawn, alike at every side, and the shape they say."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from cnnlib import shape_images
from cnnlib.shape_images import FIELDS, SHAPES, SPLITS, shape_image, shape_labels


def share_inside(name: str) -> float:
    """The area of a shape of radius 1, counted on a fine grid."""
    x = np.linspace(-1.05, 1.05, 1_401, dtype=np.float32)
    inside = FIELDS[name](*np.meshgrid(x, x)) < 0
    return float(inside.mean() * 2.1**2)


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("circle", np.pi),
        ("square", 2.0),
        ("triangle", 3 * np.sqrt(3) / 4),
        ("hexagon", 3 * np.sqrt(3) / 2),
        ("ring", np.pi * (1 - 0.6**2)),
        ("cross", 2 * 1.9 * 0.6 - 0.6**2),
        # A pentagram in a circle of radius 1: ten triangles with a corner in the middle.
        ("star", 5 * np.sin(np.pi / 5) * np.cos(2 * np.pi / 5) / np.cos(np.pi / 5)),
    ],
)
def test_a_shape_has_its_area(name, area):
    assert share_inside(name) == pytest.approx(area, rel=0.01)


def test_a_crescent_is_a_circle_with_a_bite():
    assert 0.3 * np.pi < share_inside("crescent") < 0.6 * np.pi
    assert FIELDS["crescent"](np.float32([[-0.9]]), np.float32([[0.0]])) < 0
    assert FIELDS["crescent"](np.float32([[0.5]]), np.float32([[0.0]])) > 0


def test_an_image_is_the_same_wherever_it_is_drawn():
    digest = hashlib.sha256(shape_image("train", 5, 32).tobytes()).hexdigest()
    assert digest == hashlib.sha256(shape_image("train", 5, 32).tobytes()).hexdigest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shape_images, "SEED", 1)
        assert digest != hashlib.sha256(shape_image("train", 5, 32).tobytes()).hexdigest()


def test_splits_and_numbers_are_told_apart():
    pictures = {shape_image(split, n, 16).tobytes() for split in SPLITS for n in range(40)}
    assert len(pictures) == 80


@pytest.mark.parametrize("number", range(8))
def test_the_same_picture_comes_in_every_side(number):
    small = shape_image("test", number, 32).astype(float)
    large = shape_image("test", number, 96).astype(float)
    merged = large.reshape(32, 3, 32, 3, 3).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), merged.ravel())[0, 1] > 0.9


def test_a_shape_stands_out_from_its_ground_and_is_whole(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        shape_images, "_draw", lambda rng, canvas, shape, colour: drawn.append(canvas.copy())
    )
    grounds = [shape_image("train", number, 64).astype(float) for number in range(64)]
    monkeypatch.undo()
    for number, ground in enumerate(grounds):
        differs = np.abs(shape_image("train", number, 64) - ground).max(axis=2) > 40
        rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
        assert 0.02 < differs.mean() < 0.6
        assert max(np.ptp(rows), np.ptp(columns)) > 0.3 * 64
    assert len(drawn) == 64


def test_labels_name_the_shapes_by_turns():
    assert shape_labels(17).tolist() == [*range(8), *range(8), 0]
    assert shape_labels(3).dtype == np.uint8
    assert len(SHAPES) == len(FIELDS) == 8


@pytest.mark.parametrize("wrong", [("valid", 0, 32), ("train", -1, 32), ("train", 0, 300)])
def test_what_cannot_be_drawn_is_said(wrong):
    with pytest.raises(ValueError, match="side from 8 to 256"):
        shape_image(*wrong)
