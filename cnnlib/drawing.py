"""A drawn digit brought into the form of MNIST's digits.

MNIST's black and white digits were scaled to fit a box of 20 × 20 pixels, aspect kept, antialiased,
and placed in 28 × 28 with their centre of mass in the middle (Y. LeCun, L. Bottou, Y. Bengio,
P. Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86 (1998)). In
MNIST's own pictures the centre of mass lies at index 14.0 ± 0.5 of both axes, because they were
moved by whole pixels, and the strokes are 2.7 ± 0.7 pixels wide (mean and standard deviation of
`raster.stroke_width` over 10,000 of them; 90 % lie between 1.8 and 4.0).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from cnnlib.decoder import ImageError
from cnnlib.raster import grow, label, measure_parts, select_parts, shrink, stroke_width, thin

SIDE = 28
BOX = 20
CENTRE = 14.0
# Strokes outside are widened or narrowed to the nearer end, in pixels of the box.
STROKE_WIDTHS = (2.0, 3.2)

_WORK = 120  # the longer side of a digit, in pixels, while its strokes are worked on: 120 to 239
_CANVAS = 1024
_LEAST_CONTRAST = 24  # of 255, between the ink of a drawing and what it is drawn on
_LEAST_INK = 3.0  # pixels
_MOST_INK = 0.7  # of the canvas


def digit_from_drawing(rgba: np.ndarray) -> np.ndarray:
    """A drawing as MNIST would hold it: (28, 28) float32 in [0, 1], white ink on black.

    `rgba` is (height, width, 4) uint8: strokes of any colour on a transparent canvas, or on any
    even colour, dark on light or light on dark. Dots beside the digit are dropped; very thin or
    thick strokes are brought to `STROKE_WIDTHS`.

    Raises ImageError for an empty drawing, one that fills the canvas, and any other array.
    """
    coverage = _ink_coverage(rgba)
    if coverage is None:
        raise ImageError(
            "There is no ink to read: the picture is one even colour. Draw a digit from 0 to 9, "
            "large and in one colour, on the empty canvas."
        )
    if coverage.mean() > _MOST_INK:
        raise ImageError(
            "The ink fills the whole canvas, so no digit stands out. Clear it and draw one digit "
            "from 0 to 9, leaving free space around it."
        )
    return normalised_digit(_without_dots(coverage))


def is_blank(rgba: np.ndarray) -> bool:
    """Whether a (height, width, 4) uint8 canvas has no ink on it that `digit_from_drawing` sees.

    >>> is_blank(np.zeros((28, 28, 4), np.uint8))
    True
    """
    return _ink_coverage(rgba) is None


def normalised_digit(coverage: np.ndarray) -> np.ndarray:
    """Ink of one digit, (height, width) in [0, 1] and of any size, as (28, 28) float32 in [0, 1].

    The strokes get MNIST's width, the longer side of the digit 20 pixels, and its centre of mass
    index 14 of both axes, as near as whole pixels and the edge allow.
    """
    worked = _with_usual_strokes(_cropped(coverage))
    height, width = worked.shape
    longest = max(height, width)
    size = (max(1, round(BOX * width / longest)), max(1, round(BOX * height / longest)))
    # The mean over each pixel's area: of Pillow's filters the one that comes closest to MNIST's.
    box = np.asarray(Image.fromarray(worked.astype(np.float32)).resize(size, Image.Resampling.BOX))
    box = box / box.max()
    digit = np.zeros((SIDE, SIDE), np.float32)
    place = []
    for axis, length in enumerate(box.shape):
        centre = float(box.sum(axis=1 - axis) @ np.arange(length) / box.sum())
        start = min(max(round(CENTRE - centre), 0), SIDE - length)
        place.append(slice(start, start + length))
    digit[tuple(place)] = box
    return digit


def check_picture(pixels: np.ndarray, channels: int) -> None:
    """Raise ImageError unless `pixels` is a (height, width, `channels`) uint8 array."""
    if not isinstance(pixels, np.ndarray):
        raise ImageError(f"A picture must be an array of uint8; this is a {type(pixels).__name__}.")
    if pixels.dtype != np.uint8:
        raise ImageError(f"A picture must be an array of uint8; this is one of {pixels.dtype}.")
    if pixels.ndim != 3 or pixels.shape[2] != channels or not pixels.size:
        raise ImageError(
            f"A picture here has the shape (height, width, {channels}); this one has "
            f"{pixels.shape}."
        )


def _ink_coverage(rgba: np.ndarray) -> np.ndarray | None:
    """How much of each pixel is ink, (height, width) float32 in [0, 1]; None when there is none."""
    check_picture(rgba, 4)
    rgba = shrink(rgba, -(-max(rgba.shape[:2]) // _CANVAS))
    edge = np.concatenate([rgba[0], rgba[-1], rgba[:, 0], rgba[:, -1]])
    canvas = np.median(edge, axis=0).astype(np.float32)
    alpha = rgba[:, :, 3].astype(np.float32)
    if canvas[3] < 128:
        contrast = alpha
    else:
        # The largest difference of any channel, so that yellow on white counts as ink too.
        difference = np.abs(rgba[:, :, :3] - canvas[:3]).max(axis=2)
        contrast = difference * (alpha / 255)
    strongest = float(contrast.max())
    if strongest < _LEAST_CONTRAST:
        return None
    # The pen's full strength, not that of a few darker pixels where strokes overlap.
    full = np.percentile(contrast[contrast > strongest / 4], 90)
    coverage = np.minimum(contrast / np.float32(full), 1)
    coverage[coverage < 0.08] = 0  # what JPEG leaves around strokes
    return coverage if coverage.sum() >= _LEAST_INK else None


def _without_dots(coverage: np.ndarray) -> np.ndarray:
    """The drawing without dots the size of the pen: slips of the hand, as no digit has one."""
    labels, count = label(coverage > 0.3)
    if count < 2:
        return coverage
    areas, boxes = measure_parts(labels, count)
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    dots = (sides <= 1.6 * stroke_width(coverage) + 1) & (areas < 0.06 * areas.sum())
    # A digit dotted on purpose is left alone.
    if not dots.any() or areas[dots].sum() > 0.1 * areas.sum():
        return coverage
    return coverage * grow(select_parts(labels, ~dots), 2)


def _cropped(coverage: np.ndarray) -> np.ndarray:
    ink = coverage > 0.2
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return coverage[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _with_usual_strokes(coverage: np.ndarray) -> np.ndarray:
    """A cropped digit, scaled to `_WORK` or more pixels, with strokes as wide as MNIST's."""
    work = _work_sized(coverage)
    longest = max(work.shape)
    width = stroke_width(work)
    usual = min(max(width * BOX / longest, STROKE_WIDTHS[0]), STROKE_WIDTHS[1])
    # Growing by r widens strokes and box by 2 r: (width + 2 r) / (longest + 2 r) = usual / BOX.
    radius = round((usual * longest / BOX - width) / (2 * (1 - usual / BOX)))
    if radius > 0:
        return _cropped(grow(np.pad(work, radius), radius))
    if radius < 0:
        # Peeling further and growing back leaves no hairline where a thick stroke was thinner.
        back = round(0.15 * usual * longest / BOX)
        return _cropped(grow(np.pad(thin(work > 0.5, back - radius), back), back))
    return work


def _work_sized(coverage: np.ndarray) -> np.ndarray:
    longest = max(coverage.shape)
    if longest < _WORK:
        factor = -(-_WORK // longest)
        return coverage.repeat(factor, axis=0).repeat(factor, axis=1)
    factor = longest // _WORK
    if factor == 1:
        return coverage
    if stroke_width(coverage) < 2 * factor:  # a mean over blocks would fade a hairline
        coverage = grow(coverage, factor // 2)
    levels = np.rint(coverage * 255).astype(np.uint8)
    return shrink(levels, factor).astype(np.float32) / 255
