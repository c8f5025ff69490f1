"""What is timed, and the laws drawn through times."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cnnlib.sparse_cost import (
    SIDES,
    SideTimes,
    extrapolated,
    fitted_law,
    laws,
    measured_times,
)


def times_at(side: int) -> SideTimes:
    return SideTimes(side, 2e-8 * side**4, 3e-9 * side**6, 1e-7 * side**2)


def test_exact_laws_are_found_and_lead_on():
    measured = [times_at(side) for side in SIDES]
    found = laws(measured)
    assert {name: round(law.exponent, 6) for name, law in found.items()} == {
        "encoding": 4,
        "update": 6,
        "convolution": 2,
    }
    far, expected = extrapolated(measured), times_at(64)
    for name in found:
        assert getattr(far, name) == pytest.approx(getattr(expected, name))


def test_only_the_largest_sides_decide():
    measured = [SideTimes(8, 1.0, 1.0, 1.0), *(times_at(side) for side in (16, 24, 32))]
    assert laws(measured[::-1])["encoding"].exponent == pytest.approx(4)


def test_a_law_through_scattered_values_is_the_least_squares_of_logarithms():
    sides, values = np.array([2.0, 4.0, 8.0, 16.0]), np.array([5.0, 9.0, 40.0, 70.0])
    law = fitted_law(sides, values)
    design = np.stack([np.ones(4), np.log(sides)], axis=1)
    logarithm, exponent = np.linalg.lstsq(design, np.log(values))[0]
    assert (law.factor, law.exponent) == pytest.approx((np.exp(logarithm), exponent))


def test_a_pass_encodes_every_image_and_updates_after_every_batch():
    # 5,000 images in batches of 256 are 20 batches.
    assert SideTimes(8, 0.01, 0.5, 0.002).learning_pass == pytest.approx(50 + 10)
    assert SideTimes(8, 0.01, 0.5, 0.002).convolution_pass == pytest.approx(10)


def test_times_are_of_one_image_by_the_clock_given():
    ticks = itertools.count(0.0, 1.0)
    images = np.random.default_rng(0).random((40, 4, 4, 3), np.float32)
    times = measured_times(images, clock=lambda: next(ticks))
    # A tick a run: 32 images are encoded in one, and the atoms updated in one.
    assert (times.side, times.encoding, times.update) == (4, 1 / 32, 1.0)
    assert times.convolution == 1 / 40
    assert (times.inputs, times.atoms, times.weights) == (48, 96, 4_608)


def test_real_times_grow_faster_for_sparse_coding():
    rng = np.random.default_rng(0)
    small, large = (measured_times(rng.random((32, side, side, 3), np.float32)) for side in (4, 16))
    # Four times the side: 16 times the work for the layer, 256 times for the encoding.
    assert large.encoding / small.encoding > 2 * large.convolution / small.convolution
