"""Surfaces to descend: two weights, the cost at each pair of them, and its exact gradient.

A point is (x, y); `value` takes an array of points (..., 2) and gives (...), `gradient` gives
(..., 2). All numbers are float64 and without units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RAVINE_CURVATURE = 20.0
ROSENBROCK_STEEPNESS = 100.0
VALLEY_DEPTH, VALLEY_PITCH = 0.5, 3.0

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Surface:
    """A cost of two weights, and the square of them that is drawn.

    Attributes:
        name: short, for code and addresses.
        title: for people.
        formula: LaTeX.
        says: what it stands for, a sentence.
        value: points (..., 2) to costs (...).
        gradient: points (..., 2) to slopes (..., 2).
        centre: the middle of what is drawn.
        reach: from the middle to the edges of what is drawn.
        minima: the lowest points; a surface may have further, higher valleys.
        start: a telling place to start from.
        learning_rate: one with which something is to be seen.
        contrast: how much more closely contour lines lie near the bottom than far up.
    """

    name: str
    title: str
    formula: str
    says: str
    value: Function
    gradient: Function
    centre: tuple[float, float]
    reach: float
    minima: tuple[tuple[float, float], ...]
    start: tuple[float, float]
    learning_rate: float
    contrast: float

    @property
    def lowest(self) -> float:
        """The cost at the minima."""
        return float(self.value(np.array(self.minima[0])))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of what is drawn."""
        x, y = self.centre
        return x - self.reach, x + self.reach, y - self.reach, y + self.reach

    def nearest_inside(self, x: float, y: float) -> tuple[float, float]:
        """The point of what is drawn that is nearest to any pair of numbers.

        >>> SURFACES["bowl"].nearest_inside(99.0, float("nan"))
        (4.0, 0.0)
        """
        left, right, bottom, top = self.bounds
        x, y = np.nan_to_num((x, y), nan=np.nan)
        x = self.centre[0] if np.isnan(x) else min(max(float(x), left), right)
        y = self.centre[1] if np.isnan(y) else min(max(float(y), bottom), top)
        return x, y

    def levels(self, size: int) -> np.ndarray:
        """How high the surface is drawn: (size, size) in [0, 1], row 0 along the top edge.

        On a scale that is logarithmic far above the lowest point, so that what happens near it is
        not lost: log(1 + contrast x height), and 1 at the highest point drawn.
        """
        left, right, bottom, top = self.bounds
        x, y = np.meshgrid(np.linspace(left, right, size), np.linspace(top, bottom, size))
        heights = np.maximum(self.value(np.stack([x, y], axis=-1)) - self.lowest, 0)
        levels = np.log1p(self.contrast * heights)
        return levels / levels.max()


def _bowl(points: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(points, -1, 0)
    return (x**2 + y**2) / 2


def _bowl_gradient(points: np.ndarray) -> np.ndarray:
    return np.array(points, np.float64)


def _ravine(points: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(points, -1, 0)
    return (x**2 + RAVINE_CURVATURE * y**2) / 2


def _ravine_gradient(points: np.ndarray) -> np.ndarray:
    return points * np.array([1.0, RAVINE_CURVATURE])


def _saddle(points: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(points, -1, 0)
    return (x**2 - y**2) / 2 + y**4 / 16


def _saddle_gradient(points: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(points, -1, 0)
    return np.stack([x, y**3 / 4 - y], axis=-1)


def _rosenbrock(points: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(points, -1, 0)
    return (1 - x) ** 2 / ROSENBROCK_STEEPNESS + (y - x**2) ** 2


def _rosenbrock_gradient(points: np.ndarray) -> np.ndarray:
    x, y = np.moveaxis(points, -1, 0)
    off = y - x**2
    return np.stack([-2 * (1 - x) / ROSENBROCK_STEEPNESS - 4 * x * off, 2 * off], axis=-1)


def _valleys(points: np.ndarray) -> np.ndarray:
    ripples = VALLEY_DEPTH * (1 - np.cos(VALLEY_PITCH * points))
    return (points**2 / 10 + ripples).sum(axis=-1)


def _valleys_gradient(points: np.ndarray) -> np.ndarray:
    return points / 5 + VALLEY_DEPTH * VALLEY_PITCH * np.sin(VALLEY_PITCH * points)


_ALL = (
    Surface(
        name="bowl",
        title="Bowl",
        formula=r"f(x, y) = \tfrac{1}{2}\,(x^2 + y^2)",
        says="As easy as it gets: curved alike on all sides, and the slope points at the bottom.",
        value=_bowl,
        gradient=_bowl_gradient,
        centre=(0.0, 0.0),
        reach=4.0,
        minima=((0.0, 0.0),),
        start=(-3.0, 2.0),
        learning_rate=0.1,
        contrast=1.0,
    ),
    Surface(
        name="ravine",
        title="Ravine",
        formula=r"f(x, y) = \tfrac{1}{2}\,(x^2 + 20\,y^2)",
        says="Twenty times steeper across than along: what is a safe step across is a crawl along.",
        value=_ravine,
        gradient=_ravine_gradient,
        centre=(0.0, 0.0),
        reach=4.0,
        minima=((0.0, 0.0),),
        start=(-3.5, 1.5),
        learning_rate=0.06,
        contrast=0.5,
    ),
    Surface(
        name="saddle",
        title="Saddle",
        formula=r"f(x, y) = \tfrac{1}{2}\,(x^2 - y^2) + \tfrac{1}{16}\,y^4",
        says="In the middle the ground is level, and yet it is no bottom: it falls to both sides.",
        value=_saddle,
        gradient=_saddle_gradient,
        centre=(0.0, 0.0),
        reach=4.0,
        minima=((0.0, 2.0), (0.0, -2.0)),
        start=(-3.0, 0.01),
        learning_rate=0.1,
        contrast=1.0,
    ),
    Surface(
        name="rosenbrock",
        title="Rosenbrock",
        formula=r"f(x, y) = (y - x^2)^2 + \tfrac{1}{100}\,(1 - x)^2",
        says="A bent valley that is easy to find and hard to follow: its floor is nearly level. "
        "Rosenbrock's function of 1960, divided by 100.",
        value=_rosenbrock,
        gradient=_rosenbrock_gradient,
        centre=(0.0, 1.0),
        reach=2.0,
        minima=((1.0, 1.0),),
        start=(-1.2, 2.0),
        learning_rate=0.1,
        contrast=60.0,
    ),
    Surface(
        name="valleys",
        title="Many valleys",
        formula=r"f(x, y) = \tfrac{1}{10}\,(x^2 + y^2) + \tfrac{1}{2}\,(2 - \cos 3x - \cos 3y)",
        says="Every dent is a valley, and only the middle one is the lowest. A slope tells nothing "
        "of what lies behind the next ridge.",
        value=_valleys,
        gradient=_valleys_gradient,
        centre=(0.0, 0.0),
        reach=4.0,
        minima=((0.0, 0.0),),
        start=(-3.2, 3.0),
        learning_rate=0.1,
        contrast=1.0,
    ),
)

SURFACES: dict[str, Surface] = {surface.name: surface for surface in _ALL}
