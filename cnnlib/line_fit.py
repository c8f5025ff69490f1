"""A line through points by descent: residuals, their squares, the cost, its slope, one step down.

The smallest model that learns: two weights, `slope` and `intercept`, and prediction = slope x input
+ intercept. Inputs and targets are (points,) float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.descent import SGD
from cnnlib.descent_formulas import number


@dataclass(frozen=True)
class Line:
    """The weights."""

    slope: float
    intercept: float


@dataclass(frozen=True, eq=False)
class Fit:
    """How far a line is from its points, and which way is down.

    Attributes:
        line: the weights.
        inputs, targets: (points,), what is known.
        predictions: (points,), what the line says.
        residuals: (points,), target - prediction.
        cost: the mean of the squared residuals.
        gradient: the cost's slope with the line's slope and with its intercept.
    """

    line: Line
    inputs: np.ndarray
    targets: np.ndarray
    predictions: np.ndarray
    residuals: np.ndarray
    cost: float
    gradient: tuple[float, float]


# The line y = x + 1 misses the three by 0, 1 and -1.
POINTS = (np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 3.0]))
START = Line(1.0, 1.0)


def fit(line: Line, inputs: np.ndarray, targets: np.ndarray) -> Fit:
    """Hold a line to its points.

    d cost / d slope = -2/n sum(residual x input), d cost / d intercept = -2/n sum(residual).

    >>> found = fit(START, *POINTS)
    >>> found.residuals.tolist(), float(found.residuals.sum()), round(found.cost, 4)
    ([0.0, 1.0, -1.0], 0.0, 0.6667)
    """
    predictions = line.slope * inputs + line.intercept
    residuals = np.round(targets - predictions, 12)  # 0.3 - 0.2 - 0.1 is to be 0
    gradient = (-2 * _mean(residuals * inputs), -2 * _mean(residuals))
    cost = float(np.mean(residuals**2))
    return Fit(line, inputs, targets, predictions, residuals, cost, gradient)


def _mean(values: np.ndarray) -> float:
    """The mean; what is left of numbers that cancel out is 0, not 1e-17."""
    mean = float(np.mean(values))
    return mean if abs(mean) > 1e-12 else 0.0


def step(found: Fit, learning_rate: float) -> Line:
    """The line after one step of gradient descent; DescentError for a rate that cannot be."""
    rule = SGD(learning_rate)
    weights = np.array([found.line.slope, found.line.intercept])
    weights, _ = rule.step(weights, np.array(found.gradient), rule.start(weights))
    return Line(*weights.tolist())


def best(inputs: np.ndarray, targets: np.ndarray) -> Line:
    """The line with the least cost, by the formula that a line has and a network has not."""
    slope, intercept = np.polyfit(inputs, targets, 1)
    return Line(float(slope), float(intercept))


def largest_rate(inputs: np.ndarray) -> float:
    """The learning rate beyond which descent diverges: 2 / the cost's largest curvature."""
    matrix = np.stack([inputs, np.ones_like(inputs)], axis=1)
    curvature = np.linalg.eigvalsh(2 * matrix.T @ matrix / len(inputs))
    return float(2 / curvature[-1])


def cost_formula(found: Fit) -> str:
    """The cost with its numbers, in LaTeX."""
    count = len(found.residuals)
    squares = " + ".join(f"{_in_brackets(r)}^2" for r in found.residuals.tolist())
    return (
        rf"\begin{{aligned}} C &= \tfrac{{1}}{{{count}}} \left({squares}\right) \\ "
        rf"&= {number(found.cost)} \end{{aligned}}"
    )


def step_formulas(found: Fit, learning_rate: float) -> tuple[str, str]:
    """One step of descent with its numbers, in LaTeX: the cost's slopes, and the new weights."""
    count, after = len(found.residuals), step(found, learning_rate)
    pairs = list(zip(found.residuals.tolist(), found.inputs.tolist(), strict=True))
    products = " + ".join(rf"{_in_brackets(r)} \cdot {number(x)}" for r, x in pairs)
    residuals = " + ".join(_in_brackets(r) for r, _ in pairs)
    slopes = (
        r"\begin{aligned} "
        rf"\frac{{\partial C}}{{\partial a}} &= -\tfrac{{2}}{{{count}}} "
        rf"\left({products}\right) \\ &= {number(found.gradient[0])} \\[12pt] "
        rf"\frac{{\partial C}}{{\partial b}} &= -\tfrac{{2}}{{{count}}} "
        rf"\left({residuals}\right) \\ &= {number(found.gradient[1])} \end{{aligned}}"
    )
    moved = (
        r"\begin{aligned} "
        + r" \\ ".join(
            rf"{name} &\leftarrow {number(old)} - {number(learning_rate)} \cdot "
            rf"{_in_brackets(slope)} = {number(new)}"
            for name, old, slope, new in (
                ("a", found.line.slope, found.gradient[0], after.slope),
                ("b", found.line.intercept, found.gradient[1], after.intercept),
            )
        )
        + r" \end{aligned}"
    )
    return slopes, moved


def _in_brackets(value: float) -> str:
    """A number in LaTeX that may follow a sign.

    >>> _in_brackets(-0.5), _in_brackets(2.0)
    ('(-0.5)', '2')
    """
    return f"({number(value)})" if value < 0 else number(value)
