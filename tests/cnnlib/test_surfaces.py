"""Surfaces: their slopes against finite differences, their minima, and what is drawn of them."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.surfaces import SURFACES

ALL = pytest.mark.parametrize("surface", SURFACES.values(), ids=lambda surface: surface.name)


@ALL
def test_the_gradient_is_what_finite_differences_say(surface):
    points = np.random.default_rng(0).uniform(-3, 3, (200, 2))
    width = 1e-6
    for axis in range(2):
        shift = width * np.eye(2)[axis]
        slope = (surface.value(points + shift) - surface.value(points - shift)) / (2 * width)
        assert surface.gradient(points)[:, axis] == pytest.approx(slope, rel=1e-6, abs=1e-6)


@ALL
def test_the_minima_are_level_and_nothing_drawn_is_lower(surface):
    for minimum in surface.minima:
        assert surface.gradient(np.array(minimum)) == pytest.approx([0, 0], abs=1e-12)
        assert surface.value(np.array(minimum)) == pytest.approx(surface.lowest)
    left, right, bottom, top = surface.bounds
    x, y = np.meshgrid(np.linspace(left, right, 301), np.linspace(bottom, top, 301))
    assert surface.value(np.stack([x, y], axis=-1)).min() >= surface.lowest - 1e-12


@ALL
def test_the_start_is_drawn(surface):
    assert surface.nearest_inside(*surface.start) == surface.start


def test_values_by_hand():
    point = np.array([2.0, -1.0])
    values = {name: float(surface.value(point)) for name, surface in SURFACES.items()}
    ripples = 0.5 * (2 - np.cos(6) - np.cos(3))
    assert values == pytest.approx(
        {
            "bowl": 2.5,
            "ravine": (4 + 20) / 2,
            "saddle": 1.5 + 1 / 16,
            "rosenbrock": (1 + 100 * 25) / 100,
            "valleys": 0.5 + ripples,
        }
    )
    assert SURFACES["rosenbrock"].gradient(point) == pytest.approx([0.02 + 40, -10])


@ALL
def test_levels_go_from_the_lowest_point_to_the_highest_one_drawn(surface):
    levels = surface.levels(97)
    assert levels.shape == (97, 97)
    assert levels.max() == 1
    assert 0 <= levels.min() < 0.1
    # Row 0 is the top edge: the value there is that of the largest y.
    left, right, _, top = surface.bounds
    corner = surface.value(np.array([left, top])) - surface.lowest
    other = surface.value(np.array([right, top])) - surface.lowest
    expected = np.log1p(surface.contrast * corner) / np.log1p(surface.contrast * other)
    assert levels[0, 0] / levels[0, -1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given", "inside"),
    [
        ((1.5, -2.0), (1.5, -2.0)),
        ((9.0, -9.0), (4.0, -4.0)),
        ((float("inf"), float("-inf")), (4.0, -4.0)),
        ((float("nan"), 1.0), (0.0, 1.0)),
    ],
)
def test_any_pair_of_numbers_has_a_nearest_point_inside(given, inside):
    assert SURFACES["bowl"].nearest_inside(*given) == inside
