"""Figures of the optimizer page: what they draw is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.descent import TITLES
from cnnlib.descent_figures import (
    charges_figure,
    cost_figure,
    first_losses_figure,
    line_figure,
)
from cnnlib.line_fit import POINTS, START, fit
from cnnlib.losses import cross_entropy, squared_error


def area(trace) -> float:
    x, y = np.array(trace.x, float), np.array(trace.y, float)
    return abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2


def test_the_squares_have_the_area_of_the_squared_residuals():
    found = fit(START, *POINTS)
    squares = [trace for trace in line_figure(found).data if trace.fill == "toself"]
    assert [area(trace) for trace in squares] == pytest.approx((found.residuals**2).tolist())


def test_the_tangent_touches_the_cost_where_the_line_stands():
    found = fit(START, *POINTS)
    cost, tangent, here = cost_figure(found).data
    assert (here.x[0], here.y[0]) == (found.line.slope, found.cost)
    rise = (tangent.y[1] - tangent.y[0]) / (tangent.x[1] - tangent.x[0])
    assert rise == pytest.approx(found.gradient[0])
    assert np.interp(found.line.slope, cost.x, cost.y) == pytest.approx(found.cost, abs=1e-3)


def test_both_losses_are_marked_at_the_lead():
    figure = charges_figure(-6.0)
    marks = [trace.y[0] for trace in figure.data if trace.mode == "markers"]
    scores = np.array([-6.0, 0.0])
    wanted = [
        number
        for charge in (cross_entropy(scores, 0), squared_error(scores, 0))
        for number in (charge.cost, -charge.slopes[0])
    ]
    assert marks == pytest.approx(wanted)


def test_each_curve_has_a_look_of_its_own_and_no_infinite_point():
    curves = {name: np.array([2.3, 1.0 + at, np.inf]) for at, name in enumerate(TITLES)}
    figure = first_losses_figure(curves, TITLES)
    assert [trace.name for trace in figure.data] == list(TITLES.values())
    assert len({trace.line.dash for trace in figure.data}) == 5
    assert len({trace.marker.symbol for trace in figure.data}) == 5
    assert all(np.isnan(trace.y[2]) for trace in figure.data)
    assert figure.layout.yaxis.range == (0, pytest.approx(1.5 * 2.3))
