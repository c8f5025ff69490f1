"""Trainings with batches of several sizes, and the one whose images stay on disk."""

from __future__ import annotations

import pytest

from cnnlib import batch_trials
from cnnlib.batch_figures import memory_figure, speed_figure
from cnnlib.batch_trials import forecast_speed, measured_speed, size_trial, speed_trial
from cnnlib.events import BatchEvent, EpochEvent
from cnnlib.forecast import Forecast


def test_trials_differ_in_the_batch_alone_and_can_be_trained():
    trials = speed_trial()
    assert [spec.training.batch_size for spec in trials] == [1, 4, 16, 64, 256, 1_024]
    assert (
        len(
            {
                spec.to_json().replace(f'"batch_size": {size}', "")
                for spec, size in zip(trials, batch_trials.TRIED_SPEEDS, strict=True)
            }
        )
        == 1
    )
    for spec in (*trials, *size_trial(True, 1)):
        spec.check()
    assert {spec.training.image_count - 114 for spec in trials} == {1_024}


def test_the_switch_scales_the_rate_and_nothing_else():
    plain, scaled = size_trial(False, 5), size_trial(True, 5)
    assert {spec.training.learning_rate for spec in plain} == {batch_trials.BASE_RATE}
    for one, other in zip(plain, scaled, strict=True):
        shares = other.training.learning_rate / other.training.batch_size
        assert shares == pytest.approx(batch_trials.BASE_RATE / batch_trials.BASE_SIZE)
        assert (one.network, one.training.seed) == (other.network, 5)


def test_a_speed_is_that_of_the_last_epoch_once_there_are_two():
    first, second = (EpochEvent(n, 1, 0.5, 1, 0.5, 100.0 * n, 1.0) for n in (1, 2))
    batch = BatchEvent(1, 1, 2, 1, 0.5, 50.0, 0.5)
    assert measured_speed((batch, first)) is None
    assert measured_speed((batch, first, second)) == 200.0


def test_a_forecast_speed_is_what_one_epoch_more_takes():
    assert forecast_speed(Forecast(5.0, 0), Forecast(15.0, 0)) == 5_700.0
    one, two = batch_trials.speed_specs(16)
    assert (one.training.epochs, two.training.epochs) == (1, 2)
    assert one.training.batch_size == 16


def test_figures_hold_what_was_measured():
    figure = speed_figure({1: 100.0, 4: 300.0}, {4: 310.0}, batch_trials.SIZES)
    assert [list(line.y) for line in figure.data] == [[100.0, 300.0], [310.0]]
    batches = [BatchEvent(1, n, 2, 1, 0.5, 50.0, n, 1e9 * n) for n in (0, 1, 2)]
    memory = memory_figure(batches, 3e9, 1.5e9)
    assert list(memory.data[0].y) == [1.0, 2.0]  # one was not measured
    assert sorted(line.y0 for line in memory.layout.shapes) == [1.5, 4.0]
