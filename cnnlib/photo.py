"""The digit in a photo of a piece of paper, however the light fell on it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from cnnlib.decoder import ImageError
from cnnlib.drawing import check_picture, digit_from_drawing, normalised_digit
from cnnlib.raster import closing, grow, label, measure_parts, select_parts, shrink

_PHOTO = 480  # the longer side, in pixels, at which a photo is looked at
# Of 1: blank paper, photographed with noise, reaches 0.06 and 5.5 times its noise; a pencil 0.08.
_LEAST_CONTRAST = 0.065
_NOISES = 6
_DIMMEST = (
    40  # of 255: what is darker is compared as if it were this bright, noise being loud there
)
_LEAST_SIDE = 0.06  # of the photo's longer side: what is smaller is a speck


def digit_from_photo(rgb: np.ndarray) -> np.ndarray:
    """A photo of one digit on paper as MNIST would hold it: (28, 28) float32 in [0, 1].

    `rgb` is (height, width, 3) uint8. Ink may be darker or lighter than the paper; shadows, noise,
    ruled lines and things that reach the photo's edge are left out, and detached strokes of one
    digit are kept together. A drawing or scan on one even colour is read by `digit_from_drawing`.

    Raises ImageError when no ink stands out, and for any other array.
    """
    check_picture(rgb, 3)
    small = shrink(rgb, -(-max(rgb.shape[:2]) // _PHOTO))
    grey = np.asarray(Image.fromarray(np.ascontiguousarray(small)).convert("L"))
    if _is_even(grey):
        return digit_from_drawing(np.dstack([small, np.full(grey.shape, 255, np.uint8)]))
    blur = ImageFilter.GaussianBlur(max(grey.shape) / _PHOTO)
    coverage = _ink_coverage(np.asarray(Image.fromarray(grey).filter(blur)))
    if coverage is None:
        raise ImageError(
            "No ink stands out in this photo. Write one digit with a dark pen on plain light "
            "paper, and let it fill about half of the photo."
        )
    return normalised_digit(coverage)


def _is_even(grey: np.ndarray) -> bool:
    """Whether this is a drawing rather than a photo: one level for most of it and its edge."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    level = float(np.median(edge))
    return np.mean(np.abs(edge - level) <= 2) > 0.5 and np.mean(np.abs(grey - level) <= 2) > 0.4


def _ink_coverage(smooth: np.ndarray) -> np.ndarray | None:
    """Ink of a grey photo, (height, width) float32 in [0, 1], of one digit alone; None without."""
    contrast = _ink_contrast(smooth)
    middle = float(np.median(contrast))
    noise = 1.4826 * float(np.median(np.abs(contrast - middle)))
    # Otsu's threshold over what is not plain paper: over all pixels, a small digit is outvoted.
    candidates = contrast[contrast > max(middle + 4 * noise, 0.05)]
    if not candidates.size:
        return None
    threshold = _otsu(candidates)
    if threshold - middle < max(_LEAST_CONTRAST, _NOISES * noise):
        return None
    labels, count = label(contrast > threshold)
    kept = _digit_parts(labels, count)
    if not kept.any():
        return None
    digit = select_parts(labels, kept)
    level = float(np.median(contrast[digit]))
    coverage = np.clip(0.5 + 2 * (contrast - threshold) / level, 0, 1)
    return coverage * grow(digit, 2)


def _ink_contrast(smooth: np.ndarray) -> np.ndarray:
    """How much darker, or lighter, each pixel is than the paper around it, from 0 to 1.

    Dark ink as a share of the light there, so that it stands out in a shadow as much as beside it.
    """
    window = max(3, max(smooth.shape) // 2)
    if _ink_is_light(smooth):
        board = 255 - closing(255 - smooth, window)
        return (smooth - board) / np.float32(max(int(smooth.max()), _DIMMEST))
    paper = closing(smooth, window)
    return (paper - smooth) / np.maximum(paper, np.float32(_DIMMEST))


def _ink_is_light(smooth: np.ndarray) -> bool:
    """Whether the few pixels that stand out from the middle of the photo are the brighter ones.

    By the skewness of what is left after a blur: the narrow blur brings out thin strokes and
    ignores shadows, the wide one brings out thick strokes.
    """
    height, width = smooth.shape
    middle = smooth[height // 6 : height - height // 6, width // 6 : width - width // 6]
    skewness = 0.0
    for share in (4, 12):
        blurred = Image.fromarray(middle).filter(ImageFilter.BoxBlur(max(middle.shape) / share))
        difference = middle.astype(np.float32) - np.asarray(blurred)
        difference -= difference.mean()
        spread = float(np.mean(difference**2)) ** 1.5
        skewness += float(np.mean(difference**3)) / spread if spread else 0.0
    return skewness > 0


def _otsu(values: np.ndarray) -> float:
    """The threshold that parts values in [0, 1] into the two most distinct groups.

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE SMC 9 (1979).

    >>> 0.2 < _otsu(np.array([0.1, 0.2, 0.1, 0.8, 0.9])) < 0.8
    True
    """
    counts, edges = np.histogram(values, bins=256, range=(0, 1))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    gap = sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)
    return float(edges[1:][np.argmax(below * above * gap**2)])


def _digit_parts(labels: np.ndarray, count: int) -> np.ndarray:
    """Which parts, (count,) bool, make up the digit: the best inner one and what is close to it."""
    height, width = labels.shape
    areas, boxes = measure_parts(labels, count)
    heights, widths = (boxes[:, 2:] - boxes[:, :2]).T
    sides = np.maximum(heights, widths)
    # A ruled line, or a piece of one, is no digit; it may be the bar of a 5.
    upright = (widths <= 6 * heights) & ((heights < height) | (widths > 0.1 * width))
    eligible = upright & (sides > _LEAST_SIDE * max(height, width))
    inner = (boxes[:, :2] > 0).all(axis=1) & (boxes[:, 2] < height) & (boxes[:, 3] < width)
    # What reaches the edge of the photo is taken for the digit only when nothing else is there.
    companions = inner if (eligible & inner).any() else upright
    eligible &= companions
    if not eligible.any():
        return eligible
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / (height, width) - 0.5
    main = int(np.argmax(areas * (1 - np.hypot(*middles.T)) * eligible))
    near = np.maximum(boxes[main, :2] - boxes[:, 2:], boxes[:, :2] - boxes[main, 2:]).max(axis=1)
    return companions & (near <= 0.15 * sides[main]) & (areas >= 0.03 * areas[main])
