"""Learning rates at hand-computed steps, and the shapes of the curves."""

from __future__ import annotations

import math

import pytest

from cnnlib.schedules import SCHEDULES, learning_rate_at


def curve(schedule, steps, peak=0.1):
    return [learning_rate_at(schedule, peak, step, steps) for step in range(steps)]


def test_constant_is_constant():
    assert curve("constant", 50) == [0.1] * 50


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 1.0), (25, 0.8535534), (50, 0.5), (75, 0.1464466), (99, 0.000246720)],
)
def test_cosine_by_hand(step, expected):
    # (1 + cos(pi t)) / 2 at t = 0, 1/4, 1/2, 3/4 and 99/100.
    assert learning_rate_at("cosine", 1.0, step, 100) == pytest.approx(expected, rel=1e-6)


def test_cosine_is_that_of_keras(keras):
    decay = keras.optimizers.schedules.CosineDecay(0.3, decay_steps=40)
    ours = curve("cosine", 40, peak=0.3)
    assert ours == pytest.approx([float(decay(step)) for step in range(40)], abs=1e-7)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0.04),
        (5, 0.04 + 0.96 * 5 / 25),
        (24, 0.04 + 0.96 * 24 / 25),
        (25, 1.0),
        (50, 0.75),  # a third of the way down: (1 + cos 60 degrees) / 2
        (75, 0.25),
        (99, (1 + math.cos(math.pi * 74 / 75)) / 2),
    ],
)
def test_one_cycle_by_hand(step, expected):
    assert learning_rate_at("one_cycle", 1.0, step, 100) == pytest.approx(expected, rel=1e-12)


def test_one_cycle_rises_for_a_quarter_and_falls_for_the_rest():
    rates = curve("one_cycle", 200)
    assert rates[:51] == sorted(rates[:51])
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert max(rates) == rates[50] == 0.1


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 1000])
def test_every_step_of_every_training_is_positive_and_at_most_the_peak(schedule, steps):
    assert all(0 < rate <= 0.1 for rate in curve(schedule, steps))
