"""A simple cell of the visual cortex: a weighted sum of light, cut off at zero.

The model has three parts, each from the literature on cells like those that Hubel and Wiesel found
(J. Physiol. 148:574, 1959, and 160:106, 1962):

- the weights are a Gabor function (J. P. Jones and L. A. Palmer, J. Neurophysiol. 58:1233, 1987);
- light is summed linearly (J. A. Movshon, I. D. Thompson and D. J. Tolhurst, J. Physiol. 283:53,
  1978), and a sum below zero is silence: half-wave rectification, which is ReLU. (D. J. Heeger,
  Vis. Neurosci. 9:427, 1992, finds that cells are met better when the rest is squared as well.)
- spikes come as a Poisson process, nearly as variable as those of real cells (D. J. Tolhurst, J. A.
  Movshon and A. F. Dean, Vision Res. 23:775, 1983).

Angles are in degrees, counter-clockwise as one sees it: 0 is a level bar, 90 an upright one.
Lengths are in pixels. Rows run down, columns to the right, as everywhere here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cnnlib.kernels import SOBEL_X, SOBEL_Y

SIDE = 41  # pixels of the screen and of the field on it; odd, so that there is a middle
BAR_LENGTH = 31.0
PEAK_RATE = 100.0  # spikes a second for the picture that suits the field best
SIGMA_SHARE = 0.4  # of the wavelength: about 1.5 octaves wide, common in cat cortex
ASPECT = 0.6  # below 1, the field is longer along the bar than across it
LIGHTS = ("light", "dark")
_SIDES = (  # eighths of a turn, counter-clockwise from below
    "below",
    "at the lower right",
    "on the right",
    "at the upper right",
    "above",
    "at the upper left",
    "on the left",
    "at the lower left",
)


class SimpleCellError(ValueError):
    """A cell or a bar that cannot be; the message says what can."""


def gabor(
    size: int,
    wavelength: float,
    orientation: float,
    phase: float = 0.0,
    *,
    sigma: float | None = None,
    aspect: float = ASPECT,
) -> np.ndarray:
    """The receptive field of a simple cell: (size, size) float64, the centre in the middle.

    A wave across the preferred bar, cos(2 pi u / wavelength - phase), under a Gaussian of spread
    `sigma` (0.4 wavelengths unless told) across the bar and sigma / aspect along it. Phase 0 is a
    bright line between dark ones; phase 90 an edge, bright below a level one and to the right of an
    upright one, as Sobel's kernels are.

    The field is balanced: as much of the Gaussian is subtracted as makes its sum 0, so even light
    leaves the cell silent, as Hubel and Wiesel saw. It is scaled so that its positive weights add
    up to 1: no picture in [0, 1] gives a larger sum than 1.

    >>> gabor(3, 4, orientation=90, phase=90, sigma=1, aspect=0).round(4).tolist()
    [[-0.3333, 0.0, 0.3333], [-0.3333, 0.0, 0.3333], [-0.3333, 0.0, 0.3333]]
    """
    if size < 2 or wavelength <= 2:
        raise SimpleCellError(
            f"a field needs at least 2 pixels and a wavelength above 2, or its wave cannot be seen "
            f"in pixels; the size is {size}, the wavelength {wavelength:g}."
        )
    across, along = _bar_axes(size, orientation)
    spread = SIGMA_SHARE * wavelength if sigma is None else sigma
    envelope = np.exp(-(across**2 + (aspect * along) ** 2) / (2 * spread**2))
    wave = envelope * np.cos(2 * math.pi * across / wavelength - math.radians(phase))
    balanced = wave - envelope * (wave.sum() / envelope.sum())
    return balanced / balanced[balanced > 0].sum()


def bar_image(
    size: int,
    row: float,
    column: float,
    angle: float,
    *,
    width: float,
    length: float = BAR_LENGTH,
    light: str = "light",
) -> np.ndarray:
    """A bar on a screen: (size, size) float64, 0 dark to 1 bright, its edges smooth.

    Its centre is at `row`, `column`, which may lie off the screen. A pixel's share of the bar falls
    from 1 to 0 over one pixel's breadth at its edges. A "dark" bar lies on a bright screen.

    >>> bar_image(3, 1, 1, 90, width=1).round(9).tolist()
    [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    >>> bar_image(3, 1, 1, 0, width=2, light="dark").round(9).tolist()
    [[0.5, 0.5, 0.5], [0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]
    """
    if light not in LIGHTS:
        raise SimpleCellError(f"a bar is {' or '.join(LIGHTS)}; this one is {light!r}.")
    across, along = _bar_axes(size, angle, row, column)
    share = np.clip(width / 2 - abs(across) + 0.5, 0, 1) * np.clip(
        length / 2 - abs(along) + 0.5, 0, 1
    )
    return share if light == "light" else 1 - share


def response(image: np.ndarray, field: np.ndarray) -> float:
    """Light times weights, added up, and nothing below 0: one window of a convolution, and ReLU.

    >>> response(np.array([[0.0, 1.0]]), np.array([[-1.0, 1.0]]))
    1.0
    >>> response(np.array([[1.0, 0.0]]), np.array([[-1.0, 1.0]]))
    0.0
    """
    if image.shape != field.shape:
        raise SimpleCellError(f"the picture is {image.shape}, the field {field.shape}.")
    return max(0.0, float((image * field).sum()))


def spike_rate(image: np.ndarray, field: np.ndarray) -> float:
    """The expected spikes a second, from 0 to `PEAK_RATE` for pictures in [0, 1]."""
    return PEAK_RATE * response(image, field)


def tuning_curve(
    field: np.ndarray, angles: Sequence[float], *, width: float, light: str = "light"
) -> np.ndarray:
    """The highest rate at each angle: (angles,) float64, spikes a second.

    At each, the bar is moved across the field in steps of one pixel, as an experimenter would, and
    the best place counts.
    """
    size, middle = len(field), (len(field) - 1) / 2
    rates = []
    for angle in angles:
        down, right = _normal(angle)
        rates.append(
            max(
                spike_rate(
                    bar_image(
                        size,
                        middle + offset * down,
                        middle + offset * right,
                        angle,
                        width=width,
                        light=light,
                    ),
                    field,
                )
                for offset in range(-(size // 2), size // 2 + 1)
            )
        )
    return np.array(rates)


def edge_kernel(size: int, orientation: float) -> np.ndarray:
    """The middle of an edge cell's field, read off at (size, size) places, float64.

    One wave is `size` + 1 places long, so that a kernel of any size holds its bright and its dark
    half.
    """
    return gabor(size, size + 1, orientation, phase=90)


def turned_sobel(orientation: float) -> np.ndarray:
    """Sobel's kernel for edges of this orientation: (3, 3) float64.

    A derivative in any direction is a sum of those along the axes (W. T. Freeman and E. H. Adelson,
    "The Design and Use of Steerable Filters", IEEE PAMI 13:891, 1991).

    >>> turned_sobel(90).round(12).tolist() == SOBEL_X.weights.tolist()
    True
    """
    down, right = _normal(orientation)
    return right * SOBEL_X.weights.astype(np.float64) + down * SOBEL_Y.weights.astype(np.float64)


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """How alike two kernels are, whatever their scale: 1 the same, 0 unrelated, -1 opposite."""
    one, other = first - first.mean(), second - second.mean()
    return float((one * other).sum() / math.sqrt((one**2).sum() * (other**2).sum()))


def bright_side(orientation: float) -> str:
    """Where an edge of phase 90 is bright, in words.

    >>> bright_side(0), bright_side(90), bright_side(135)
    ('below', 'on the right', 'at the upper right')
    """
    down, right = _normal(orientation)
    return _SIDES[round(math.degrees(math.atan2(right, down)) / 45) % 8]


def _normal(angle: float) -> tuple[float, float]:
    """The direction across a bar: rows down and columns to the right, of length 1."""
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def _bar_axes(
    size: int, angle: float, row: float | None = None, column: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's distance from a point, across and along a bar through it: two (size, size)."""
    middle = (size - 1) / 2
    rows, columns = np.mgrid[:size, :size].astype(np.float64)
    rows -= middle if row is None else row
    columns -= middle if column is None else column
    down, right = _normal(angle)
    return right * columns + down * rows, down * columns - right * rows
