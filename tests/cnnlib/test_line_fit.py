"""A line and its points: residuals, cost, slope, and where descent leads."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.line_fit import POINTS, START, Line, best, fit, largest_rate, step


def test_errors_that_add_up_to_nothing_have_squares_that_do_not():
    found = fit(START, *POINTS)
    assert found.residuals.tolist() == [0.0, 1.0, -1.0]
    assert found.residuals.sum() == 0
    assert found.cost == pytest.approx(2 / 3)


def test_the_slope_by_hand_and_by_finite_differences():
    # -2/3 (0 x 1 + 1 x 2 - 1 x 3) = 2/3; -2/3 (0 + 1 - 1) = 0
    assert fit(START, *POINTS).gradient == pytest.approx((2 / 3, 0))
    line, width = Line(-0.3, 2.2), 1e-6
    costs = [
        fit(Line(line.slope + a, line.intercept + b), *POINTS).cost
        for a, b in ((width, 0), (-width, 0), (0, width), (0, -width))
    ]
    slopes = (costs[0] - costs[1]) / (2 * width), (costs[2] - costs[3]) / (2 * width)
    assert fit(line, *POINTS).gradient == pytest.approx(slopes, abs=1e-6)


def test_a_step_goes_against_the_slope():
    after = step(fit(START, *POINTS), 0.1)
    assert (after.slope, after.intercept) == pytest.approx((1 - 0.1 * 2 / 3, 1))
    assert fit(after, *POINTS).cost < fit(START, *POINTS).cost


def descend(rate: float, steps: int) -> Line:
    line = START
    for _ in range(steps):
        line = step(fit(line, *POINTS), rate)
    return line


def test_descent_ends_at_the_least_squares_line():
    wanted = best(*POINTS)
    assert (wanted.slope, wanted.intercept) == pytest.approx((0.5, 2.0))
    line = descend(0.1, 2_000)
    assert (line.slope, line.intercept) == pytest.approx((0.5, 2.0), abs=1e-6)


def test_the_largest_rate_parts_what_settles_from_what_diverges():
    limit = largest_rate(POINTS[0])
    assert limit == pytest.approx(0.180295, abs=1e-6)  # 2 / 11.0929
    assert fit(descend(0.98 * limit, 500), *POINTS).cost < 0.6
    assert fit(descend(1.02 * limit, 500), *POINTS).cost > 1e6


def test_the_best_line_has_no_slope_left():
    assert np.abs(fit(best(*POINTS), *POINTS).gradient) == pytest.approx([0, 0], abs=1e-12)
