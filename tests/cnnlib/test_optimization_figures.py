"""What the figures on optimization draw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnlib.losses import least_cost
from cnnlib.optimization_figures import (
    answer_cost,
    lengths_figure,
    range_figure,
    schedules_figure,
    smoothing_figure,
)
from cnnlib.optimization_trials import SCHEDULES
from cnnlib.rate_range import read
from cnnlib.schedules import learning_rate_at


def test_all_schedules_are_drawn_and_the_chosen_one_strongly():
    figure = schedules_figure(SCHEDULES, "cosine", 0.1, 8, 50, 100)
    *curves, mark = figure.data
    assert [curve.name for curve in curves] == list(SCHEDULES.values())
    assert [curve.line.width for curve in curves] == [2, 2, 4, 2]
    for name, curve in zip(SCHEDULES, curves, strict=True):
        for at in (0, 57, 399):
            assert curve.y[at] == learning_rate_at(name, 0.1, at, 400)
    assert (mark.x[0], mark.y[0]) == (2.0, learning_rate_at("cosine", 0.1, 100, 400))


def test_the_smoothed_loss_is_least_where_it_is_marked():
    figure = smoothing_figure(10, 0.2, 0.5)
    curve = next(trace for trace in figure.data if trace.name == "smoothed labels")
    mark = next(trace for trace in figure.data if trace.name == "least smoothed loss")
    assert mark.x[0] == pytest.approx(0.82)
    assert mark.y[0] == pytest.approx(least_cost(10, 0.2))
    assert min(curve.y) == pytest.approx(mark.y[0], abs=1e-4)
    assert curve.x[int(np.argmin(curve.y))] == pytest.approx(0.82, abs=0.011)
    assert len(smoothing_figure(10, 0.0, 0.5).data) == 2  # nothing is smoothed


def test_the_loss_of_an_answer():
    assert answer_cost(10, 0.7, 0.0) == pytest.approx(-math.log(0.7))
    # 0.91 x -ln 0.7 + 9 x 0.01 x -ln (0.3 / 9)
    expected = -0.91 * math.log(0.7) - 0.09 * math.log(0.3 / 9)
    assert answer_cost(10, 0.7, 0.1) == pytest.approx(expected)


def test_a_suggestion_lies_on_its_curve():
    rates = np.geomspace(1e-4, 10, 101)
    losses = np.where(rates < 0.5, 2.3 - 0.3 * np.log10(rates / 1e-4), np.nan)
    test = read(rates, losses)
    dots, line, mark = range_figure({"SGD": test}).data
    assert np.isnan(dots.y[-1])
    assert len(line.x) == len(line.y) == len(test.smoothed)
    assert mark.x[0] == test.suggestion
    assert mark.y[0] == pytest.approx(2.3 - 0.3 * math.log10(test.suggestion / 1e-4), abs=0.01)


def test_a_range_test_that_has_not_begun_is_an_empty_figure():
    empty = read(np.array([]), np.array([]))
    assert all(len(trace.x) == 0 for trace in range_figure({"SGD": empty}).data)


def test_lengths_that_are_no_numbers_are_not_drawn():
    (curve,) = lengths_figure({"decay 1": [3.0, math.inf, math.nan]}).data
    assert curve.y == (3.0, None, None)
